"""Every route of Ostiary, on one screen."""

from typing import Any

from falcon import App

from api.admin_account_verbs import (
    AccountDisablingResource,
    AccountEnablingResource,
    AccountPasswordResetResource,
    AccountRolesResource,
    AccountSessionsResource,
    AccountUnlockingResource,
)
from api.admin_accounts import AdminAccountResource, AdminAccountsResource
from api.admin_alerts import AdminAlertsResource, AlertAcknowledgementResource
from api.admin_audit import AdminAuditResource
from api.admin_keys import AdminKeysResource, RotationResource
from api.admin_lockouts import AdminLockoutResource, AdminLockoutsResource
from api.admin_messages import (
    AdminMessagesResource,
    MessageCancellationResource,
    MessageRetryResource,
)
from api.admin_readiness import AdminReadinessResource
from api.devices import DeviceResource, DevicesResource
from api.factory import create_app
from api.health import HealthResource
from api.http.rate_limits import RateLimits
from api.jwks import JwksResource
from api.login import LoginResource
from api.logout import LogoutResource
from api.me import MeResource
from api.metrics import MetricsResource, observe
from api.pages.reset_password import ResetPasswordPage
from api.pages.unlock import UnlockPage
from api.pages.verify_email import VerifyEmailPage
from api.password_change import PasswordChangeResource
from api.ready import ReadyResource
from api.recovery import ForgotResource, ResetResource
from api.refresh import RefreshResource
from api.registration import RegistrationResource
from api.sessions import SessionResource, SessionsResource
from api.unlocking import UnlockResource
from api.verification import ResendResource, VerificationResource
from ostiary.platform.settings import Settings
from ostiary.services import Services


def routes(services: Services) -> list[tuple[str, object]]:
    """`/openapi.json` and `/docs` are made from this list, and added to it."""
    return [
        ("/health", HealthResource()),
        ("/ready", ReadyResource(services.readiness)),
        ("/metrics", MetricsResource(services.metrics_guard, services.scrape)),
        ("/.well-known/jwks.json", JwksResource(services.signing_keys)),
        ("/v1/auth/register", RegistrationResource(services.accounts.registration)),
        ("/v1/auth/verify-email", VerificationResource(services.login)),
        ("/v1/auth/verify-email/resend", ResendResource(services.accounts.verification_letters)),
        ("/v1/auth/login", LoginResource(services.login)),
        ("/v1/auth/unlock", UnlockResource(services.accounts.unlocking)),
        ("/v1/auth/password/forgot", ForgotResource(services.accounts.recovery)),
        ("/v1/auth/password/reset", ResetResource(services.accounts.recovery)),
        ("/v1/auth/password/change", PasswordChangeResource(services.password_change)),
        ("/v1/auth/refresh", RefreshResource(services.refresh)),
        ("/v1/auth/logout", LogoutResource(services.sessions)),
        *_own_account(services),
        *_administration(services),
        ("/verify-email", VerifyEmailPage(services.login)),
        ("/reset-password", ResetPasswordPage(services.accounts.recovery)),
        ("/unlock", UnlockPage(services.accounts.unlocking)),
    ]


def _own_account(services: Services) -> list[tuple[str, object]]:
    devices, sessions = services.protection.devices, services.sessions
    return [
        ("/v1/auth/me", MeResource(services.accounts.profiles)),
        ("/v1/auth/me/devices", DevicesResource(devices)),
        ("/v1/auth/me/devices/{device_id:uuid}", DeviceResource(devices)),
        ("/v1/auth/sessions", SessionsResource(sessions)),
        ("/v1/auth/sessions/{session_id:uuid}", SessionResource(sessions)),
    ]


def _administration(services: Services) -> list[tuple[str, object]]:
    alerts, protection = services.alerting.alerts, services.protection
    return [
        *_admin_accounts(services),
        *_admin_messages(services),
        ("/v1/admin/audit", AdminAuditResource(services.auditing.history)),
        ("/v1/admin/lockouts", AdminLockoutsResource(protection.locks)),
        (
            "/v1/admin/lockouts/{lockout_id:uuid}",
            AdminLockoutResource(protection.lockouts),
        ),
        ("/v1/admin/alerts", AdminAlertsResource(alerts)),
        (
            "/v1/admin/alerts/{alert_id:uuid}/acknowledge",
            AlertAcknowledgementResource(alerts),
        ),
        ("/v1/admin/readiness", AdminReadinessResource(services.records)),
        ("/v1/admin/keys", AdminKeysResource(services.keys)),
        ("/v1/admin/keys/rotate", RotationResource(services.keys)),
    ]


def _admin_accounts(services: Services) -> list[tuple[str, object]]:
    accounts, account = services.accounts, "/v1/admin/accounts/{account_id:uuid}"
    directory, administration = accounts.directory, accounts.administration
    return [
        ("/v1/admin/accounts", AdminAccountsResource(directory, accounts.invitations)),
        (account, AdminAccountResource(directory, administration)),
        (f"{account}/disable", AccountDisablingResource(directory, administration)),
        (f"{account}/enable", AccountEnablingResource(directory, administration)),
        (f"{account}/unlock", AccountUnlockingResource(directory, administration)),
        (f"{account}/roles", AccountRolesResource(directory, accounts.roles)),
        (f"{account}/password-reset", AccountPasswordResetResource(administration)),
        (f"{account}/sessions", AccountSessionsResource(services.sessions)),
    ]


def _admin_messages(services: Services) -> list[tuple[str, object]]:
    correspondence, messages = services.correspondence, services.messages
    message = "/v1/admin/messages/{message_id:uuid}"
    return [
        ("/v1/admin/messages", AdminMessagesResource(correspondence)),
        (f"{message}/retry", MessageRetryResource(correspondence, messages)),
        (f"{message}/cancel", MessageCancellationResource(correspondence, messages)),
    ]


def open_app(services: Services, settings: Settings) -> App[Any, Any]:
    limits = services.protection.limits
    return create_app(
        routes(services),
        settings=settings,
        authenticate=services.sessions.resume,
        rate_limits=RateLimits(limits.take, limits.give_back),
        observe=observe,
    )
