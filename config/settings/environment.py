"""The sources of settings: the environment, `.env`, and the files that `make run` writes."""

from pathlib import Path
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from environs import Env, ValidationError

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Env()
env.read_env(env.str("ENV_FILE", str(BASE_DIR / ".env")), recurse=False)

VAR_DIR = env.path("MARQUEE_VAR", BASE_DIR / "var")
# While `make run` is running, it leaves word of its services there: so manage.py works in another terminal.
env.read_env(VAR_DIR / "running.env", recurse=False)

DEBUG = env.bool("DEBUG", False)


def required_secret(name: str) -> str:
    """Return the secret `name`. Stop the start with a message when it is missing, short or a well-known default."""
    value = env.str(name, "")
    if DEBUG:
        return value or "only-for-debugging-on-this-machine"
    if len(value) < 32 or value.startswith(("django-insecure", "change", "secret")):
        raise ImproperlyConfigured(
            f"{name} is missing or too weak: set it to a random text of 32 characters or more "
            f"(with DEBUG off, Marquee does not start without it)."
        )
    return value


def required_url(name: str) -> str:
    """Return the address `name`. Stop the start with a message when it is missing."""
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: start `make run` in another terminal, which sets it by itself, or put it into .env."
        )
    return value


def is_time_zone(name: str) -> None:
    """Validate a time zone: of the IANA database only, as PostgreSQL must have it too."""
    if name not in available_timezones() - {"localtime"}:  # a file that some machines keep beside the zones
        raise ValidationError(f"{name!r} is no known time zone: use a name of the IANA database such as Europe/Vienna.")
