"""Building the mails: text and HTML from a pair of templates, and the headers of bulk mail."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import queries
from accounts.models import Mail, Notification, User
from accounts.notifications import kinds
from accounts.notifications.unsubscribe_links import unsubscribe_url
from common.mail_headers import OutgoingMessage

DIGEST_TEMPLATE = "accounts/mails/digest"
SUBJECT_LENGTH = 150


def build_message(notification: Notification, nth: int = 0) -> OutgoingMessage:
    """Return the mail of one notification; `nth` counts how often it was sent before.

    Raise Unwanted when the kind's mail builder does, and LookupError when the kind is not registered.
    """
    kind = kinds.get(notification.kind)
    content = kind.build_mail(notification)
    context = {
        "notification": notification,
        "title": content.subject or notification.headline,
        "link": settings.PUBLIC_URL + notification.link,
        "action": kind.action,
    }
    message = _render(
        notification.user,
        kind.template,
        context | content.context,
        # "notice", as ever: a mail that is made again after an update must have the same Message-ID.
        # One that is sent again on request has another, or mail programs would hide it.
        message_key=f"notice.{notification.pk}.{int(notification.created_at.timestamp())}" + (f".{nth}" if nth else ""),
        optional=kind.is_optional,
    )
    for name, data, media_type in content.attachments:
        message.attach(name, data, media_type)
    return message


def build_account_message(mail: Mail) -> OutgoingMessage:
    """Return the mail about an account, from its row."""
    headers = _headers(f"account.{mail.pk}.{int(mail.created_at.timestamp())}")
    return OutgoingMessage(mail.subject, mail.text, to=[mail.address], headers=headers)


def build_digest_message(user: User, day: date, notifications: Sequence[Notification]) -> OutgoingMessage:
    """Return the mail with these notifications, one or more of them."""
    several = len(notifications) > 1
    items = [
        {
            "headline": notification.headline,
            "details": notification.details,
            "link": settings.PUBLIC_URL + notification.link,
            "action": kinds.get(notification.kind).action,
        }
        for notification in notifications
    ]
    context = {
        "title": f"{len(notifications)} updates for you" if several else notifications[0].headline,
        "items": items,
        "day": day,
    }
    message_key = f"digest.{user.pk}.{int(user.created_at.timestamp())}.{day:%Y%m%d}"
    return _render(user, DIGEST_TEMPLATE, context, message_key=message_key, optional=True)


def _render(user: User, template: str, context: dict[str, Any], *, message_key: str, optional: bool) -> OutgoingMessage:
    """Return the mail; `message_key` makes its Message-ID, by which mail programs recognize one that comes twice."""
    context |= {"person": user, "cinema": settings.CINEMA_NAME, "public_url": settings.PUBLIC_URL}
    context["is_unconfirmed"] = not optional and not queries.is_confirmed(user)
    context["preferences_url"] = settings.PUBLIC_URL + reverse("account_preferences")
    headers = _headers(message_key)
    if optional:
        context["unsubscribe_url"] = unsubscribe_url(user)
        headers |= {
            "List-Unsubscribe": f"<{context['unsubscribe_url']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    subject = " ".join(context["title"].split())[:SUBJECT_LENGTH]
    text, html = render_to_string(f"{template}.txt", context), render_to_string(f"{template}.html", context)
    message = OutgoingMessage(subject, text.strip() + "\n", to=[user.email], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def _headers(message_key: str) -> dict[str, str]:
    host = urlsplit(settings.PUBLIC_URL).hostname
    return {"Message-ID": f"<{message_key}@{host}>", "Auto-Submitted": "auto-generated"}
