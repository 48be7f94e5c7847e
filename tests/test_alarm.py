"""An alarm rings when a sign has lasted, and falls silent after a calm."""

from datetime import UTC, datetime, timedelta

import pytest

from ostiary.watch.alerts.alarm import Alarm

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rings(signs: str, *, delay: int = 3, calm: int = 4) -> str:
    """One letter a second: `x` a sign, `.` none, `?` unknown; `R`ing, `S`ilence, `-` neither."""
    alarm = Alarm(timedelta(seconds=delay), timedelta(seconds=calm))
    meaning = {"x": True, ".": False, "?": None}
    said = {True: "R", False: "S", None: "-"}
    return "".join(
        said[alarm.feel(meaning[sign], BEGAN + timedelta(seconds=second))]
        for second, sign in enumerate(signs)
    )


@pytest.mark.parametrize(
    ("signs", "said"),
    [
        pytest.param("xxxxx", "---RR", id="rings once it has lasted"),
        pytest.param("xx.....", "------S", id="says nothing of what passes"),
        pytest.param("xxxx.....", "---R----S", id="falls silent after a calm"),
        pytest.param("x.x.x.x.x.....", "----R-R-R----S", id="takes coming and going for lasting"),
        pytest.param("xxxx...x....", "---R---R----", id="begins the calm anew"),
        pytest.param("xx?xxxx", "------R", id="forgets what nobody knows"),
        pytest.param("xxxx???...", "---R------", id="leaves everything as it is meanwhile"),
        pytest.param("x.....x..", "-----S---", id="begins anew after a calm"),
    ],
)
def test_it(signs: str, said: str) -> None:
    assert rings(signs) == said


def test_it_may_do_both_at_once() -> None:
    assert rings("x.x", delay=0, calm=0) == "RSR"
