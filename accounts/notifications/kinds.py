"""The registry of notification kinds.

An app declares each kind once, in the module that sends it, and registers it when the app is ready.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Notification

Attachment = tuple[str, bytes, str]


class Unwanted(Exception):
    """The mail has become pointless and is not sent. Mail builders raise it."""


@dataclass(frozen=True)
class MailContent:
    """Additions to the mail of one notification.

    `subject` replaces the headline, `context` is for the template, and each attachment is (name, content, media type).
    """

    subject: str | None = None
    context: dict[str, Any] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, kw_only=True)
class NotificationKind:
    """One kind of notification.

    - `value` is stored and is part of the API, so it never changes; at most 32 characters.
    - `label` describes the kind in the API's document and in the admin.
    - `action` is the text of the link in a mail.
    - `build_mail` is called in the worker just before the mail is sent. It may raise Unwanted.
    - `template` is the path of the mail's templates without an ending: a .txt and a .html file that extend
      accounts/mails/notification or accounts/mails/layout.
    - `buttons` is the path of a template with what can be done at once, shown on the page of notifications until the
      notification is read. It gets `notification`; its element has the class `notification-buttons`.
    - `is_optional`: the user's mail preferences apply, and digests include it. Other kinds are about what the user
      bought or asked for, and are always mailed at once, also to an address that is not confirmed (`unconfirmed`).
    """

    value: str
    label: str
    action: str
    build_mail: Callable[[Notification], MailContent]
    template: str = "accounts/mails/notification"
    buttons: str = ""
    is_optional: bool = False


_registry: dict[str, NotificationKind] = {}


def register(*kinds: NotificationKind) -> None:
    """Make `kinds` known, in this order. Raise ValueError for a value that is registered already."""
    for kind in kinds:
        if kind.value in _registry:
            raise ValueError(f"The notification kind {kind.value!r} is registered twice.")
        _registry[kind.value] = kind


def get(value: str) -> NotificationKind:
    """Return the kind with this value. Raise LookupError when none is registered."""
    try:
        return _registry[value]
    except KeyError:
        raise LookupError(f"The notification kind {value!r} is not registered.") from None


def buttons_of(value: str) -> str:
    """Return the template of the kind's buttons; empty where it has none or is not registered any more."""
    kind = _registry.get(value)
    return kind.buttons if kind else ""


def all_kinds() -> list[NotificationKind]:
    """Return every kind, in the order of registration."""
    return list(_registry.values())


def optional_values() -> list[str]:
    """Return the values of the kinds to which mail preferences apply."""
    return [kind.value for kind in all_kinds() if kind.is_optional]


def choices() -> list[tuple[str, str]]:
    """Return (value, label) of every kind."""
    return [(kind.value, kind.label) for kind in all_kinds()]
