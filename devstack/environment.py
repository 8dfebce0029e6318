"""The environment of the launcher, and the settings that it derives for the processes it starts."""

import os
import secrets
import sys
from pathlib import Path

from environs import Env

from devstack.errors import StartError

RUNNING = "running.env"  # in var/; config/settings/environment.py reads it
SHARED = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY", "PORT", "REALTIME_PORT")
# Where the web process and the realtime process listen, by the name of the setting.
USUAL_PORTS = {"PORT": 8000, "REALTIME_PORT": 8001}
PROJECT = Path(__file__).resolve().parent.parent


def read_env_file() -> None:
    """Fill the environment from `.env`; a variable that is set already stays, even when it is empty."""
    Env().read_env(os.environ.get("ENV_FILE") or str(PROJECT / ".env"), recurse=False)


def var_folder() -> Path:
    var = Path(os.environ.get("MARQUEE_VAR") or PROJECT / "var").resolve()
    try:
        (var / "log").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"{var} cannot be written ({error.strerror}): set MARQUEE_VAR to another folder.") from None
    if not (os.access(var, os.W_OK) and os.access(var / "log", os.W_OK)):
        raise StartError(f"{var} belongs to another user: run make as that user, or set MARQUEE_VAR to another folder.")
    return var


def ports() -> dict[str, int]:
    """Return the ports by the names of their settings. Raises StartError where two are the same."""
    found = {name: port(name) for name in USUAL_PORTS}
    if len(set(found.values())) < len(found):
        raise StartError(
            f"PORT and REALTIME_PORT are both {found['PORT']}: choose another, {port_example('REALTIME_PORT')}."
        )
    return found


def port(name: str) -> int:
    text = os.environ.get(name) or str(USUAL_PORTS[name])
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartError(f"{name} must be a number from 1 to 65535, not {text!r}: {port_example(name)}.")
    return int(text)


def port_example(name: str) -> str:
    return f"for example `{name}={USUAL_PORTS[name] + 80} make run`"


def write_running(file: Path, env: dict[str, str]) -> None:
    """Write down the addresses of the services, for `manage.py` in another terminal; only their owner may read it."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.writelines(f"{name}={env[name]}\n" for name in SHARED if name in env)


def secret_key(var: Path) -> str:
    """Return the secret of the environment, or the one that this installation made for itself."""
    if given := os.environ.get("SECRET_KEY"):
        return given
    file = var / "secret_key"
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(50))
    return file.read_text()


def write_secret(file: Path, text: str) -> None:
    """Write to a new file that other users cannot read at any moment."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)


def program_path() -> str:
    """Return PATH with the programs of our own virtual environment first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
