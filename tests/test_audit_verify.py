"""Whoever changes, removes or inserts an entry without the operator's secret is found out."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from ostiary.audit.audit import Audit
from ostiary.audit.chain import Chain, digest_of
from ostiary.audit.entries import COLUMNS, Entry
from ostiary.audit.finding import Disturbed, Finding, Report
from ostiary.audit.months import Months
from ostiary.audit.proof import Proof
from ostiary.audit.reading import Reading
from ostiary.audit.retention import Retention
from ostiary.audit.sealer import Sealer
from ostiary.audit.verification import Verification
from ostiary.events import AccountDeleted
from ostiary.platform.database import Database, open_database
from ostiary.platform.hmac_keys import Macs
from ostiary.platform.identifiers import new_id
from tests.app_client import PASSWORD, HeldClock
from tests.command_line_fixture import Command, ostiary

__all__ = ["ostiary"]

OLD = "an old secret that is long enough as well"
NEW = "a new secret that is long enough as well"
AN_ENTRY = "SELECT %(id)s, %(at)s, '', NULL, NULL, NULL, NULL, '{}', '', ''"
Later = Callable[..., None]


@dataclasses.dataclass
class House:
    """An audit whose operator has these secrets."""

    database: Database
    clock: HeldClock
    secrets: tuple[str, ...] = (NEW,)

    def __post_init__(self) -> None:
        self.macs = Macs(self.secrets, purpose="audit")
        self.chain = Chain(self.database, self.macs)
        self.sealer = Sealer(self.database, self.chain, self.clock)
        self.audit = Audit(self.database, self.macs, self.clock)
        months = Months(self.database, self.clock)
        self.retention = Retention(self.database, self.chain, self.sealer, months, self.clock)

    def having(self, *secrets: str) -> "House":
        return House(self.database, self.clock, secrets)

    def record(self, count: int = 1) -> list[UUID]:
        """Their ids, in the order of the chain."""
        for _ in range(count):
            self.audit.record(AccountDeleted(account_id=new_id()))
        self.sealer.seal()
        links = self.database.fetch_all("SELECT entry_id FROM audit_link ORDER BY seq")
        return [link.entry_id for link in links]

    def verify(self, anchors: dict[int, bytes] | None = None) -> Report:
        return Verification(self.database, self.macs, self.sealer).verify(anchors or {})

    def proof(self) -> Proof:
        return Proof(Reading(self.database), self.chain)

    def finding(self) -> Finding:
        found = self.verify().finding
        assert found
        return found

    def run(self, statement: str, **params: Any) -> None:
        assert self.database.run(statement, **params)

    def count(self, table: str) -> int:
        return int(self.database.fetch_all(f"SELECT count(*) AS n FROM {table}")[0].n)


@pytest.fixture
def house(database_url: str, clock: HeldClock) -> Iterator[House]:
    database = open_database(database_url)
    yield House(database, clock)
    database.close()


class TestAnIntactAudit:
    def test_is_said_to_be_intact(self, house: House) -> None:
        house.record(3)
        report = house.verify()
        assert (report.intact, report.entries, report.seq) == (True, 3, 3)
        assert report.since == house.clock()

    def test_may_be_empty(self, house: House) -> None:
        assert house.verify()[:2] == (True, 0)

    def test_is_read_in_any_order_of_commits(self, house: House) -> None:
        """A transaction that commits late brings an older id than the chain's last."""
        early = AccountDeleted(account_id=new_id())
        other = open_database(house.database.database)
        with other.atomic():
            Audit(other, house.macs, house.clock).record(early)
            house.record(2)
        other.close()
        assert len(house.record()) == 4
        assert house.verify().intact

    def test_holds_more_than_a_batch(self, house: House) -> None:
        for _ in range(10):
            with house.database.atomic():
                for _ in range(250):
                    house.audit.record(AccountDeleted(account_id=new_id()))
        assert house.sealer.seal() == 2500
        assert house.verify()[:2] == (True, 2500)

    def test_is_sealed_once_whoever_seals(self, house: House) -> None:
        house.record(2)
        assert house.having(NEW).sealer.seal() == 0


class TestAGlance:
    def test_costs_the_same_however_long_the_chain_is(self, house: House) -> None:
        first, *_ = house.record(3)
        house.run("UPDATE audit SET ip = '192.0.2.1' WHERE id = %(first)s", first=first)
        house.proof().glance(2)
        with pytest.raises(Disturbed):
            house.proof().glance(3)

    def test_does_not_miss_what_was_pruned(self, house: House, later: Later) -> None:
        house.record(2)
        later(days=450)
        house.retention.prune()
        house.record()
        house.proof().glance(1000)


class TestAnEntryThatWasChanged:
    @pytest.mark.parametrize(
        "change",
        [
            "event = 'account_created'",
            "actor_id = account_id",
            "account_id = NULL",
            "ip = '10.0.0.1'",
            "request_id = 'x'",
            "detail = '{}'",
            "key_id = 'x'",
            "mac = 'x'",
            "at = at + interval '1 microsecond'",
            "at = at + interval '1 year'",
        ],
    )
    def test_is_named(self, house: House, change: str) -> None:
        ids = house.record(3)
        house.run(f"UPDATE audit SET {change} WHERE id = %(id)s", id=ids[1])
        found = house.finding()
        assert (found.what, found.entry_id, found.seq) == ("changed", ids[1], 2)

    def test_is_found_before_it_was_sealed(self, house: House) -> None:
        house.audit.record(AccountDeleted(account_id=new_id()))
        house.run("UPDATE audit SET ip = '10.0.0.1'")
        assert house.finding().what == "changed"

    def test_is_found_though_the_chain_was_fitted_to_it(self, house: House) -> None:
        ids = house.record(3)
        house.run("UPDATE audit SET ip = '10.0.0.1' WHERE id = %(id)s", id=ids[1])
        forge(house)
        assert house.finding().entry_id == ids[1]

    def test_is_the_first_of_those_that_are_named(self, house: House) -> None:
        ids = house.record(5)
        house.run("UPDATE audit SET ip = '10.0.0.1' WHERE id = ANY (%(ids)s::uuid[])", ids=ids[2:])
        assert house.finding().entry_id == ids[2]


class TestAnEntryThatWasRemoved:
    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_is_named(self, house: House, place: int) -> None:
        ids = house.record(3)
        house.run("DELETE FROM audit WHERE id = %(id)s", id=ids[place])
        found = house.finding()
        assert (found.what, found.entry_id, found.seq) == ("removed", ids[place], place + 1)
        assert found.at == house.clock()

    @pytest.mark.parametrize("seq", [1, 2, 3])
    def test_is_missed_with_its_link(self, house: House, seq: int) -> None:
        ids = house.record(3)
        house.run("DELETE FROM audit WHERE id = %(id)s", id=ids[seq - 1])
        house.run("DELETE FROM audit_link WHERE seq = %(seq)s", seq=seq)
        assert house.finding()[:3:2] == ("removed", seq)

    def test_is_missed_when_the_others_moved_up(self, house: House) -> None:
        ids = house.record(3)
        house.run("DELETE FROM audit WHERE id = %(id)s", id=ids[1])
        house.run("DELETE FROM audit_link WHERE seq = 2")
        house.run("UPDATE audit_link SET seq = 2 WHERE seq = 3")
        house.run("UPDATE audit_head SET last_seq = 2")
        assert house.finding().what == "broken"

    def test_is_not_forgotten_by_those_that_follow(self, house: House) -> None:
        ids = house.record(3)
        house.run("DELETE FROM audit WHERE id = %(id)s", id=ids[2])
        house.run("DELETE FROM audit_link WHERE seq = 3")
        house.record(1)
        assert house.finding()[:3:2] == ("removed", 3)

    def test_is_missed_before_it_was_sealed(self, house: House) -> None:
        house.audit.record(AccountDeleted(account_id=new_id()))
        house.run("DELETE FROM audit")
        assert house.finding().what == "removed"

    def test_is_missed_with_everything_else(self, house: House) -> None:
        house.record(3)
        house.run("DELETE FROM audit")
        house.run("DELETE FROM audit_link")
        assert house.finding()[:3:2] == ("removed", 1)


class TestAnEntryThatWasInserted:
    def test_is_named(self, house: House) -> None:
        ids = house.record(3)
        forged = insert_like(house, ids[0])
        found = house.finding()
        assert (found.what, found.entry_id, found.event) == ("inserted", forged, "account_deleted")

    def test_is_found_though_it_was_sealed(self, house: House) -> None:
        ids = house.record(3)
        forged = insert_like(house, ids[0])
        house.run("INSERT INTO audit_waiting SELECT id, at FROM audit WHERE id = %(f)s", f=forged)
        found = house.finding()
        assert (found.what, found.entry_id, found.seq) == ("changed", forged, 4)

    def test_is_found_though_it_claims_another_secret(self, house: House) -> None:
        ids = house.record(3)
        forged = insert_like(house, ids[0])
        house.run("UPDATE audit SET key_id = 'x' WHERE id = %(id)s", id=forged)
        house.run("INSERT INTO audit_waiting SELECT id, at FROM audit WHERE id = %(f)s", f=forged)
        assert house.finding()[:4:3] == ("unknown_secret", forged)

    @pytest.mark.parametrize("seq", [-5, 0, 4])
    def test_is_found_though_it_has_a_link(self, house: House, seq: int) -> None:
        ids = house.record(3)
        forged = insert_like(house, ids[0])
        house.run(
            "INSERT INTO audit_link SELECT %(seq)s, id, at, mac FROM audit WHERE id = %(id)s",
            seq=seq,
            id=forged,
        )
        assert not house.verify().intact
        house.record(1)
        assert not house.verify().intact


class TestTheHead:
    def test_cannot_be_changed(self, house: House) -> None:
        house.record(3)
        house.run("UPDATE audit_head SET sealed_at = sealed_at + interval '1 day'")
        assert house.finding().what == "broken"

    def test_cannot_be_removed(self, house: House) -> None:
        house.record(3)
        house.run("DELETE FROM audit_head")
        assert not house.verify().intact

    def test_that_was_changed_vouches_for_nothing_before(self, house: House) -> None:
        house.record(3)
        house.run("UPDATE audit_head SET last_hash = 'x'")
        house.record(2)
        found = house.finding()
        assert (found.what, found.seq) == ("broken", 4)

    def test_is_said_in_the_log(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        house.record(3)
        assert f"hash={house.verify().hash}" in capsys.readouterr().out

    def test_that_was_put_back_contradicts_the_log(self, house: House) -> None:
        house.record(3)
        old = house.database.fetch_one("SELECT * FROM audit_head")
        house.record(2)
        anchors = {5: bytes.fromhex(house.verify().hash)}
        assert house.verify(anchors).intact
        roll_back(house, old)
        assert house.verify().intact
        assert not house.verify(anchors).intact


class TestSecretsThatRotate:
    def test_leave_the_audit_intact(self, house: House) -> None:
        house.having(OLD).record(3)
        assert house.having(NEW, OLD).verify()[:2] == (True, 3)

    def test_leave_it_intact_once_the_old_one_is_gone(self, house: House) -> None:
        house.having(OLD).record(3)
        house.having(NEW, OLD).sealer.seal()
        report = house.having(NEW).verify()
        assert (report.intact, report.old_secrets) == (True, 3)

    def test_still_name_what_was_changed_under_the_old_one(self, house: House) -> None:
        ids = house.having(OLD).record(3)
        house.having(NEW, OLD).sealer.seal()
        house.run("UPDATE audit SET ip = '10.0.0.1' WHERE id = %(id)s", id=ids[1])
        assert house.having(NEW).finding()[:4:3] == ("changed", ids[1])

    def test_still_bind_what_was_changed_with_its_link(self, house: House) -> None:
        ids = house.having(OLD).record(3)
        house.having(NEW, OLD).sealer.seal()
        house.run("UPDATE audit SET ip = '10.0.0.1' WHERE id = %(id)s", id=ids[1])
        forge(house)
        assert house.having(NEW).finding().what == "broken"

    def test_that_were_all_replaced_at_once_are_not_called_tampering(self, house: House) -> None:
        house.having(OLD).record(3)
        assert house.having(NEW).finding().what == "unknown_secret"

    def test_do_not_let_a_process_with_the_old_one_break_the_chain(self, house: House) -> None:
        house.having(NEW, OLD).record(3)
        house.having(OLD).record(1)
        assert house.having(NEW, OLD).verify()[:2] == (True, 4)


class TestRetention:
    def test_forgets_whole_months_and_stays_intact(self, house: House) -> None:
        house.retention.prune()
        house.record(3)
        house.clock.advance(days=200)
        house.record(2)
        house.clock.advance(days=240)
        assert house.retention.prune() == 3
        assert (house.count("audit"), house.count("audit_link")) == (2, 2)
        assert house.verify()[:2] == (True, 2)

    def test_keeps_what_is_younger_than_four_hundred_days(self, house: House) -> None:
        house.record(3)
        house.clock.advance(days=399)
        assert house.retention.prune() == 0
        assert house.count("audit") == 3

    def test_excuses_what_was_sealed_out_of_order_at_the_turn_of_a_month(
        self, house: House
    ) -> None:
        house.clock.moment = datetime.fromisoformat("2026-04-01T00:00:00Z")
        house.record(1)
        house.clock.advance(seconds=-1)
        house.record(1)
        house.clock.advance(days=401)
        house.retention.prune()
        assert house.verify()[:2] == (True, 1)

    def test_can_forget_everything(self, house: House) -> None:
        house.record(3)
        house.clock.advance(days=900)
        house.retention.prune()
        assert house.count("audit_link") == 0
        assert house.verify().intact
        house.record(2)
        assert house.verify().seq == 5

    def test_is_no_excuse_for_removing_more(self, house: House) -> None:
        ids = house.record(3)
        house.clock.advance(days=450)
        house.record(3)
        house.retention.prune()
        house.run("DELETE FROM audit_link WHERE seq = 4")
        assert ids
        assert house.finding()[:3:2] == ("removed", 4)

    def test_moves_what_came_before_its_month_was_made(self, house: House) -> None:
        house.clock.advance(days=2000)
        house.record(3)
        assert house.count("audit_default") == 3
        house.retention.prune()
        assert house.count("audit_default") == 0
        assert house.verify()[:2] == (True, 3)

    def test_drops_the_partition(self, house: House, later: Later) -> None:
        house.retention.prune()
        name = f"audit_{house.clock():%Y_%m}"
        assert house.database.table_exists(name)
        later(days=800)
        house.retention.prune()
        assert not house.database.table_exists(name)

    def test_does_not_wait_for_those_who_write(self, house: House) -> None:
        house.retention.prune()
        writer = open_database(house.database.database)
        with writer.atomic():
            writer.run(f"INSERT INTO audit {AN_ENTRY}", id=new_id(), at=house.clock())
            house.clock.advance(days=3000)
            house.retention.months.prepare()
        writer.close()
        assert house.database.table_exists(f"audit_{house.clock():%Y_%m}")


class TestTheCommand:
    def test_says_that_all_is_well(self, ostiary: Command) -> None:
        ostiary("accounts", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
        said = ostiary("audit", "verify")
        assert (said.returncode, said.stderr) == (0, "")
        assert said.stdout.startswith("The audit is intact: 1 entries since ")

    def test_names_what_is_wrong(self, ostiary: Command, database_url: str) -> None:
        ostiary("accounts", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
        ostiary("audit", "verify")
        database = open_database(database_url)
        (row,) = database.fetch_all("UPDATE audit SET ip = '10.0.0.1' RETURNING id, at")
        database.close()
        said = ostiary("audit", "verify")
        assert said.returncode == 1
        assert (
            f"CHANGED: The entry is not what was written.\nLink   1\nEntry  {row.id}" in said.stdout
        )
        assert ostiary.json("audit", "verify")["finding"]["entry_id"] == str(row.id)

    def test_refuses_an_anchor_that_is_none(self, ostiary: Command) -> None:
        assert ostiary("audit", "verify", "--anchor", "5:abc").returncode == 2


def insert_like(house: House, entry_id: UUID) -> UUID:
    """What somebody can do who may write to the table and has seen an entry."""
    forged = new_id()
    house.run(
        """
        INSERT INTO audit SELECT %(forged)s, at, event, account_id, actor_id, ip, request_id,
            detail, key_id, mac FROM audit WHERE id = %(id)s
        """,
        forged=forged,
        id=entry_id,
    )
    return forged


def forge(house: House) -> None:
    """Fits the chain to what is there, as far as that takes no secret."""
    for row in house.database.fetch_all(f"SELECT {COLUMNS}, key_id, mac FROM audit"):
        digest = digest_of(Entry(*row[:-2]).canonical(), row.key_id, row.mac)
        house.run(
            "UPDATE audit_link SET digest = %(digest)s WHERE entry_id = %(id)s",
            digest=digest,
            id=row.id,
        )


def roll_back(house: House, head: Any) -> None:
    house.run("DELETE FROM audit_head")
    columns = ", ".join(head._fields)
    values = ", ".join(f"%({name})s" for name in head._fields)
    house.run(f"INSERT INTO audit_head ({columns}) VALUES ({values})", **head._asdict())
    seq = head.last_seq
    house.run(
        "DELETE FROM audit WHERE id IN (SELECT entry_id FROM audit_link WHERE seq > %(n)s)", n=seq
    )
    house.run("DELETE FROM audit_link WHERE seq > %(seq)s", seq=seq)
