"""All sign-ins of a user in one list, those of browsers on the site and those of programs, and ending them."""

from uuid import UUID

from accounts import queries
from accounts.models import User
from accounts.sign_in import site_sign_ins, tokens
from accounts.sign_in.devices import describe_device
from accounts.sign_in.site_sign_ins import SignIn


def list_sign_ins(user: User, current_key: str | None) -> list[SignIn]:
    """Return the live sign-ins; `current_key` is the session key of the browser that asks."""
    programs = [
        SignIn(f"api-{row.pk}", f"{describe_device(row.user_agent)} (API)", row.ip or "", row.created_at, current=False)
        for row in queries.live_sign_ins(user)
    ]
    return site_sign_ins.list_site_sign_ins(user, current_key) + programs


def end_sign_in(user: User, sign_in_id: str) -> bool:
    """End one sign-in by its `id` in the list; return False when it is another user's, unknown or over."""
    kind, _, key = sign_in_id.partition("-")
    try:
        if kind == "site":
            return site_sign_ins.end_site_sign_in(user, int(key))
        if kind == "api":
            row = queries.live_sign_ins(user).filter(pk=UUID(key)).first()
            return row is not None and tokens.revoke(row)
    except ValueError:  # neither a number nor a UUID
        return False
    return False


def end_other_sign_ins(user: User, current_key: str | None) -> None:
    """End every sign-in but the site's session with the key `current_key`."""
    site_sign_ins.end_site_sign_ins(user, keep=current_key)
    tokens.revoke_all(user)
