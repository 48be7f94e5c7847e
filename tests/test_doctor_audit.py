"""The doctor sees what was done to the newest part of the audit, and what nobody vouches for."""

import pytest

from tests.doctor_fixture import Clinic, clinic, ward

__all__ = ["clinic", "ward"]

FIRST = "(SELECT entry_id FROM audit_link WHERE seq = 1)"


@pytest.fixture(autouse=True)
def _three_entries(clinic: Clinic) -> None:
    for _ in range(3):
        record(clinic)


def record(clinic: Clinic) -> None:
    clinic.services.keys.rotate_at_once()
    clinic.services.auditing.sealer.seal()


class TestTheAudit:
    def test_that_is_as_it_was_written(self, clinic: Clinic) -> None:
        assert clinic.found("the audit") == set()

    @pytest.mark.parametrize(
        "deed",
        [
            f"UPDATE audit SET ip = '192.0.2.1' WHERE id = {FIRST}",
            f"UPDATE audit SET at = at - interval '1 s' WHERE id = {FIRST}",
            f"DELETE FROM audit WHERE id = {FIRST}",
            "DELETE FROM audit_link WHERE seq = 2",
            "DELETE FROM audit_link WHERE seq = 3",
            "INSERT INTO audit_link SELECT 4, entry_id, entry_at, digest FROM audit_link LIMIT 1",
        ],
    )
    def test_that_somebody_has_changed(self, clinic: Clinic, deed: str) -> None:
        clinic.run(deed)
        assert clinic.found("the audit") == {"audit_disturbed"}

    def test_whose_head_somebody_has_changed(self, clinic: Clinic) -> None:
        clinic.run("UPDATE audit_head SET sealed_at = now()")
        assert clinic.found("the audit") == {"audit_unproven"}

    def test_whose_head_somebody_has_removed(self, clinic: Clinic) -> None:
        clinic.run("DELETE FROM audit_head")
        assert clinic.found("the audit") != set()

    def test_for_whose_beginning_nobody_vouches(self, clinic: Clinic) -> None:
        clinic.run("UPDATE audit_head SET sealed_at = now()")
        record(clinic)
        assert clinic.found("the audit") == {"audit_unproven"}

    def test_whose_secret_is_gone(self, clinic: Clinic) -> None:
        assert clinic.found("the audit", SECRET_KEYS="k" * 32) == {"audit_unproven"}
