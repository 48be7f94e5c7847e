"""Tasks for a real worker that take their time, and note when they begin and end."""

import os
import time
from pathlib import Path

from tasks.app import app


@app.task(name="tasks.sweeps.nap")
def nap(name: str, seconds: str) -> None:
    note("began", name)
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        time.sleep(0.02)
    note("ended", name)


def note(what: str, name: str) -> None:
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(f"{what} {name} {os.getpid()}\n")
