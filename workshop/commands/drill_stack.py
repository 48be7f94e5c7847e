"""Which stack `ostiary drill` breaks: one of its own, or one that a file names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from workshop.drills import BY_NAME
from workshop.harness.errors import CannotStart
from workshop.harness.state import sole_use
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.named.admission import Admission
from workshop.rehearsal.named.file import StackFile, read_stack_file
from workshop.rehearsal.named.marker import FOLDER, Marker
from workshop.rehearsal.named.stack import open_named_stack
from workshop.rehearsal.own_stack import open_own_stack
from workshop.rehearsal.stack import Opening, Say

alone = partial(sole_use, FOLDER, by="A drill")


class Ground(NamedTuple):
    """What is rehearsed, and on what."""

    drills: Sequence[Drill]
    open_stack: Opening


@contextmanager
def ground(on: Path | None, drills: Sequence[Drill], say: Say) -> Iterator[Ground]:
    """Raises CannotStart before anything is broken; mends first what a killed drill has left."""
    mend_leftover(say)
    if on is None:
        yield Ground(drills, partial(open_own_stack, Path.cwd()))
        return
    with alone():
        file = read_stack_file(on, [*BY_NAME])
        possible = _possible(file, drills, say)
        operator = Admission(file).operator(possible)
        yield Ground(possible, partial(open_named_stack, file, on, operator))


def mend_leftover(say: Say) -> None:
    """Raises CannotStart while whoever has broken it goes on, and where mending fails."""
    if Marker.find() is None:
        return
    with alone():
        if left := Marker.find():
            left.mend()
            say(f"undone: {left.drill} on {left.stack}, which a drill that was killed had left")


def ended(on: Path | None) -> str:
    """How it was left by somebody who was interrupted."""
    if on is None:
        return "every fault is undone, and every stack is gone"
    return "the fault is undone" if Marker.find() is None else "the fault is NOT undone"


def undo(*, as_json: bool) -> None:
    """What `ostiary drill --undo` does; nothing, where there is nothing."""
    try:
        mend_leftover(partial(click.echo, err=as_json))
    except CannotStart as problem:
        raise click.ClickException(str(problem)) from None


def _possible(file: StackFile, drills: Sequence[Drill], say: Say) -> Sequence[Drill]:
    """Of several, those that the file says enough for; one alone has to be."""
    if len(drills) == 1:
        return drills
    for each in drills:
        if lacking := file.lacking(each):
            say(f"left out: {each.name} needs {', '.join(lacking)}")
    return [each for each in drills if not file.lacking(each)]
