"""What a change of an account's credentials ends, and what its owner is told.

Every entry point (API, pages, admin, command line) comes through `credentials_changed`. A change that does not say so
itself, because a library or a new command made it, is caught by `User.save`: see `report_saved_change`.
"""

from collections.abc import Callable
from enum import Enum, Flag, auto
from typing import Any, TypeAlias

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession as SiteSession
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User, UserSession
from accounts.notifications.account_mails import send_account_mail
from accounts.sign_in import site_sign_ins, tokens
from common.client_ip import client_ip

log = structlog.get_logger(__name__)

AtHand: TypeAlias = HttpRequest | UserSession | None
"""The sign-in that makes the change, which goes on: a browser's request, a program's sign-in, or none."""


class Ends(Flag):
    """What a change can end."""

    NOTHING = 0
    SIGN_INS = auto()
    """Sign-ins on the site and of programs but the one at hand, reset links, and marks of known browsers."""
    ADDRESSES = auto()
    """Addresses that wait for their link to be opened: opened later, it would hand the account over."""
    LINKS = auto()
    """Private links that need no sign-in: the calendar feed."""
    WAYS_IN = auto()
    """Linked accounts and second factors of an account whose address was never confirmed: its maker set them up."""


SIGN_INS, ALL = Ends.SIGN_INS, Ends.SIGN_INS | Ends.ADDRESSES | Ends.LINKS


class Change(Enum):
    """The kinds of change: what each ends, and the template of the mail to the owner, empty for none.

    No second factor is remembered by browsers here, so there are no such marks to end.
    """

    PASSWORD_CHANGED = ALL, "account/email/password_changed"
    PASSWORD_SET = ALL, "account/email/password_set"
    PASSWORD_RESET = ALL | Ends.WAYS_IN, "account/email/password_reset"
    PASSWORD_REPLACED = ALL, "account/email/password_replaced"
    ADDRESS_REQUESTED = Ends.NOTHING, "account/email/email_requested"
    ADDRESS_CONFIRMED = Ends.SIGN_INS | Ends.ADDRESSES, "account/email/email_confirm"
    ADDRESS_CHANGED = ALL, "account/email/email_changed"
    SECOND_FACTOR_ON = SIGN_INS, "mfa/email/totp_activated"
    SECOND_FACTOR_OFF = SIGN_INS, "mfa/email/totp_deactivated"
    RECOVERY_CODES_RENEWED = SIGN_INS, "mfa/email/recovery_codes_generated"
    ACCOUNT_LINKED = Ends.NOTHING, "socialaccount/email/account_connected"
    ACCOUNT_UNLINKED = SIGN_INS, "socialaccount/email/account_disconnected"
    STAFF_ROLE_LOST = SIGN_INS, ""
    CLOSED = ALL, ""


# What ends the private links of the apps above, which register it when they start.
_link_endings: list[Callable[[User], None]] = []


def register_links(end: Callable[[User], None]) -> None:
    """Have `end` called where a change ends the private links of a user."""
    _link_endings.append(end)


def credentials_changed(
    user: User,
    change: Change,
    *,
    at_hand: AtHand = None,
    former_address: str = "",
    is_new_told: bool = True,
    **details: Any,
) -> None:
    """End what `change` ends but the sign-in at hand, and tell the owner, at `former_address` as well.

    Without `is_new_told` only there: the caller mails something else to the new address. Part of the caller's
    transaction, in which the row of the user is written already; `details` are for the mail.
    """
    ends, mail = change.value
    with transaction.atomic():
        if Ends.SIGN_INS in ends:
            _end_sign_ins(user, at_hand)
        if Ends.WAYS_IN in ends and not EmailAddress.objects.filter(user=user, verified=True).exists():
            SocialAccount.objects.filter(user=user).delete()
            Authenticator.objects.filter(user=user).delete()
        if Ends.ADDRESSES in ends:
            EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
        if Ends.LINKS in ends:
            for end_links in _link_endings:
                end_links(user)
        if mail:
            context = _describe_request(at_hand) | {"user": user, "former_address": former_address} | details
            context |= {"ends_sign_ins": Ends.SIGN_INS in ends, "ends_links": Ends.LINKS in ends}
            told = [user.email, former_address] if is_new_told else [former_address]
            for address in dict.fromkeys(filter(None, told)):
                send_account_mail(mail, address, context)
    log.info("credentials_changed", user=user.pk, change=change.name.lower())


def report_saved_change(user: User, before: dict[str, Any]) -> None:
    """Treat a change that `User.save` has found; `before` has the former values of the changed columns."""
    if "password" in before:
        credentials_changed(user, Change.PASSWORD_REPLACED)
    if "email" in before and before["email"].lower() != user.email.lower():
        credentials_changed(user, Change.ADDRESS_CHANGED, former_address=before["email"])
    if before.get("is_active") and not user.is_active:
        credentials_changed(user, Change.CLOSED)
    if before.get("role") == User.Role.MANAGER or before.get("is_superuser"):
        credentials_changed(user, Change.STAFF_ROLE_LOST)


def _end_sign_ins(user: User, at_hand: AtHand) -> None:
    """End the sign-ins of browsers and programs, and with `sign_outs` what is derived from it, such as reset links."""
    kept_program = at_hand if isinstance(at_hand, UserSession) else None
    kept_browser = at_hand if isinstance(at_hand, HttpRequest) and at_hand.user == user else None
    kept_key = kept_browser.session.session_key if kept_browser else None
    User.objects.filter(pk=user.pk).update(sign_outs=F("sign_outs") + 1)
    user.refresh_from_db(fields=["sign_outs"])
    tokens.revoke_all(user, keep=kept_program)
    site_sign_ins.end_site_sign_ins(user, keep=kept_key)
    if kept_browser:
        update_session_auth_hash(kept_browser, user)  # gives the session another key
        SiteSession.objects.filter(session_key=kept_key).update(session_key=kept_browser.session.session_key)


def _describe_request(at_hand: AtHand) -> dict[str, Any]:
    """Return when, from where and with what the change was made, for the mail."""
    described: dict[str, Any] = {"timestamp": timezone.now()}
    if isinstance(at_hand, UserSession):
        return described | {"ip": at_hand.ip, "user_agent": at_hand.user_agent}
    if at_hand is not None:
        return described | {"ip": client_ip(at_hand), "user_agent": at_hand.headers.get("User-Agent", "")[:200]}
    return described
