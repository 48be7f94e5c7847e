"""The accounts wing, put together: each part is made when it is first asked for."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from ostiary.accounts.administration import Administration
from ostiary.accounts.credentials import Credentials
from ostiary.accounts.directory import Directory
from ostiary.accounts.emails import EmailRules
from ostiary.accounts.erasure import Erasure
from ostiary.accounts.invitations import Invitations
from ostiary.accounts.letter_tokens import LetterTokens, Purpose
from ostiary.accounts.notices import PasswordNotices
from ostiary.accounts.opening import Opening
from ostiary.accounts.own_password import OwnPassword
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.pending_registrations import PendingRegistrations
from ostiary.accounts.profiles import Profiles
from ostiary.accounts.recovery import Recovery
from ostiary.accounts.registration import Registration
from ostiary.accounts.roles import Roles
from ostiary.accounts.signing_out import SigningOut
from ostiary.accounts.token_letters import TokenLetters
from ostiary.accounts.unlocking import Unlocking
from ostiary.accounts.verification import Verification
from ostiary.accounts.verification_letters import VerificationLetters
from ostiary.protection.forgetting import Forgetting
from ostiary.services.foundation import Foundation


@dataclass(frozen=True)
class Accounts:
    base: Foundation

    @cached_property
    def registration(self) -> Registration:
        return Registration(
            database=self.base.database,
            outbox=self.base.outbox,
            registrations=self.registrations,
            opening=self.opening,
            token_letters=self.token_letters,
            hashing=self.base.hashing,
            emails=self.emails,
            policy=self.policy,
            limits=self.base.protection.limits,
            now=self.base.now,
            letter_life=self.base.settings.verification_token_life,
            verification_required=self.base.settings.email_verification_required,
        )

    @cached_property
    def verification(self) -> Verification:
        return Verification(
            database=self.base.database,
            outbox=self.base.outbox,
            tokens=self.tokens,
            registrations=self.registrations,
            opening=self.opening,
            hashing=self.base.hashing,
            devices=self.base.protection.devices,
            now=self.base.now,
        )

    @cached_property
    def verification_letters(self) -> VerificationLetters:
        base = self.base
        limits, life = base.protection.limits, base.settings.verification_token_life
        return VerificationLetters(
            base.database, base.outbox, self.token_letters, limits, base.now, life
        )

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery(
            database=self.base.database,
            outbox=self.base.outbox,
            tokens=self.tokens,
            token_letters=self.token_letters,
            registrations=self.registrations,
            opening=self.opening,
            hashing=self.base.hashing,
            policy=self.policy,
            devices=self.base.protection.devices,
            lockouts=self.base.protection.lockouts,
            limits=self.base.protection.limits,
            now=self.base.now,
        )

    @cached_property
    def unlocking(self) -> Unlocking:
        return Unlocking(
            database=self.base.database,
            outbox=self.base.outbox,
            tokens=self.tokens,
            token_letters=self.token_letters,
            devices=self.base.protection.devices,
            limits=self.base.protection.limits,
        )

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(
            database=self.base.database,
            outbox=self.base.outbox,
            opening=self.opening,
            token_letters=self.token_letters,
            emails=self.emails,
            now=self.base.now,
            token_life=self.base.settings.verification_token_life,
        )

    @cached_property
    def administration(self) -> Administration:
        return Administration(
            database=self.base.database,
            outbox=self.base.outbox,
            hashing=self.base.hashing,
            emails=self.emails,
            policy=self.policy,
            opening=self.opening,
            tokens=self.tokens,
            lockouts=self.base.protection.lockouts,
            erasure=self.erasure,
            now=self.base.now,
        )

    @cached_property
    def credentials(self) -> Credentials:
        base, settings = self.base, self.base.settings
        required = settings.email_verification_required
        return Credentials(base.database, base.hashing, base.now, proof_required=required)

    @cached_property
    def profiles(self) -> Profiles:
        return Profiles(self.base.database, self.own_password, self.erasure)

    @cached_property
    def own_password(self) -> OwnPassword:
        base = self.base
        return OwnPassword(
            base.database, base.hashing, base.protection.guard, self.tokens, base.now
        )

    @cached_property
    def erasure(self) -> Erasure:
        base, forgetting = self.base, Forgetting(self.base.database)
        return Erasure(
            base.database, base.outbox, self.tokens, self.registrations, forgetting, base.now
        )

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.base.database, self.base.now)

    @cached_property
    def roles(self) -> Roles:
        return Roles(self.base.database, self.base.outbox)

    @cached_property
    def signing_out(self) -> SigningOut:
        return SigningOut(self.base.database)

    @cached_property
    def notices(self) -> PasswordNotices:
        return PasswordNotices(self.base.deliveries, self.base.letters)

    @cached_property
    def tokens(self) -> LetterTokens:
        settings = self.base.settings
        lives = {
            Purpose.VERIFICATION: settings.verification_token_life,
            Purpose.INVITATION: settings.verification_token_life,
            Purpose.RESET: settings.reset_token_life,
            Purpose.UNLOCK: settings.unlock_token_life,
        }
        return LetterTokens(self.base.database, self.base.now, lives)

    @cached_property
    def token_letters(self) -> TokenLetters:
        return TokenLetters(self.base.deliveries, self.base.letters, self.tokens)

    @cached_property
    def registrations(self) -> PendingRegistrations:
        return PendingRegistrations(self.base.database, self.base.outbox, self.base.now)

    @cached_property
    def opening(self) -> Opening:
        return Opening(self.base.database, self.registrations, self.base.now)

    @cached_property
    def policy(self) -> PasswordPolicy:
        settings = self.base.settings
        host = urlsplit(settings.public_url).hostname or ""
        return PasswordPolicy(settings.password_min_length, (settings.app_name, host))

    @cached_property
    def emails(self) -> EmailRules:
        return EmailRules(strict=self.base.settings.app_env == "production")
