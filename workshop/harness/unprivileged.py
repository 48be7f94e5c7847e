"""How root runs a server that refuses root: as another user, from a place that user can reach."""

import hashlib
import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import TypedDict

from workshop.harness.errors import CannotStart

PREFERRED_USERS = ("postgres", "nobody")
COMMON_GROUND = Path("/var/lib/ostiary-dev")


class Identity(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that change who a child is."""

    user: int
    group: int
    extra_groups: list[int]


def server_identity() -> Identity:
    """Empty unless we are root. Raises CannotStart when this user has no name."""
    if os.geteuid() == 0:
        user = _unprivileged_user()
        return Identity(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise CannotStart(
            f"Postgres needs a user with a name, and uid {os.geteuid()} has none in /etc/passwd.\n"
            "Run as a named user, or set DATABASE_URL to a Postgres that is running."
        ) from None
    return Identity()


def give_to_server(folder: Path, identity: Identity) -> None:
    if COMMON_GROUND in folder.parents:
        _open_to_all(folder.parent)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if identity:
        os.chown(folder, identity["user"], identity["group"])


def reachable_home(home: Path) -> Path:
    """`home`, or as root its stand-in on common ground when others cannot enter it."""
    home = home.absolute()
    if is_reachable(home):
        return home
    return COMMON_GROUND / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]


def reachable_package(program: Path) -> Path:
    """`program`, or as root its copy on common ground, made once with the package around it."""
    if is_reachable(program):
        return program
    package = program.parents[2]
    if not (package / "pginstall").is_dir():
        raise CannotStart(f"root runs Postgres as another user, who cannot reach {program}.")
    mark = hashlib.sha256(f"{program}{program.stat().st_mtime_ns}".encode()).hexdigest()[:16]
    ground = COMMON_GROUND / mark
    if not ground.exists():
        _copy_package(package, ground)
    return ground / program.relative_to(package.parent)


def is_reachable(path: Path) -> bool:
    """Whether a server started by us can enter every folder above `path`."""
    if os.geteuid() != 0:
        return True
    above = path.resolve().parents
    return all(each.stat().st_mode & stat.S_IXOTH for each in above if each.exists())


def _copy_package(package: Path, ground: Path) -> None:
    half_made = ground.with_suffix(f".{os.getpid()}")
    _open_to_all(half_made)
    for part in (package, package.with_suffix(".libs")):
        if part.exists():
            shutil.copytree(part, half_made / part.name, symlinks=True)
    try:
        half_made.rename(ground)
    except OSError:
        # Somebody else was quicker.
        shutil.rmtree(half_made)
        if not ground.exists():
            raise


def _open_to_all(folder: Path) -> None:
    """Folders of our own making on common ground, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (COMMON_GROUND, folder):
        each.chmod(0o755)


def _unprivileged_user() -> pwd.struct_passwd:
    for name in PREFERRED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("Postgres refuses to run as root, and there is no user `nobody` to run it.")
