"""Where somebody is signed in, the site's sessions and the programs' in one list, and ending them."""

from uuid import UUID

from accounts import queries
from accounts.models import User
from accounts.sign_in import site_sign_ins, tokens
from accounts.sign_in.devices import describe
from accounts.sign_in.site_sign_ins import SignedIn


def places(user: User, current_key: str | None) -> list[SignedIn]:
    programs = [
        SignedIn(f"api-{row.pk}", f"{describe(row.user_agent)} (API)", row.ip or "", row.created_at, current=False)
        for row in queries.live_sessions(user)
    ]
    return site_sign_ins.signed_in(user, current_key) + programs


def end(user: User, place: str) -> bool:
    """Signs that place out; False when it is not theirs, or over already."""
    kind, _, key = place.partition("-")
    try:
        if kind == "site":
            return site_sign_ins.end(user, int(key))
        if kind == "api":
            row = queries.live_sessions(user).filter(pk=UUID(key)).first()
            return row is not None and tokens.revoke(row)
    except ValueError:  # no number and no UUID: no place
        return False
    return False


def end_others(user: User, current_key: str | None) -> None:
    site_sign_ins.end_all(user, keep=current_key)
    tokens.revoke_all(user)
