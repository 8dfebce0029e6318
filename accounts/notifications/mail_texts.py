"""What stands in the mails: text and HTML of the same templates' words, and the headers of bulk mail."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Notification, User
from accounts.notifications import kinds

DIGEST = "accounts/mails/digest"
SUBJECT_LENGTH = 150
UNSUBSCRIBE_SALT = "accounts.unsubscribe"


def of_notice(notification: Notification) -> EmailMultiAlternatives:
    kind = kinds.get(notification.kind)
    content = kind.build_mail(notification)
    context = {
        "notification": notification,
        "title": content.subject or notification.headline,
        "link": absolute(notification.link),
        "action": kind.action,
    }
    message = compose(
        notification.user,
        kind.template,
        context | content.context,
        key=f"notice.{notification.pk}.{int(notification.created_at.timestamp())}",
        optional=kind.is_optional,
    )
    for name, data, media_type in content.attachments:
        message.attach(name, data, media_type)
    return message


def of_digest(user: User, day: date, notifications: Sequence[Notification]) -> EmailMultiAlternatives:
    title = f"{len(notifications)} pieces of news" if len(notifications) > 1 else notifications[0].headline
    items = [
        {
            "headline": notification.headline,
            "details": notification.details,
            "link": absolute(notification.link),
            "action": kinds.get(notification.kind).action,
        }
        for notification in notifications
    ]
    context = {"title": title, "items": items, "day": day}
    key = f"digest.{user.pk}.{int(user.created_at.timestamp())}.{day:%Y%m%d}"
    return compose(user, DIGEST, context, key=key, optional=True)


def compose(user: User, template: str, context: dict[str, Any], *, key: str, optional: bool) -> EmailMultiAlternatives:
    """`key` makes the Message-ID: a mail that comes twice in spite of all is one to programs that look."""
    context |= {"person": user, "cinema": settings.CINEMA_NAME, "public_url": settings.PUBLIC_URL}
    context["preferences_url"] = absolute(reverse("account_preferences"))
    headers = {"Message-ID": f"<{key}@{urlsplit(settings.PUBLIC_URL).hostname}>", "Auto-Submitted": "auto-generated"}
    if optional:
        context["unsubscribe_url"] = unsubscribe_url(user)
        headers |= {
            "List-Unsubscribe": f"<{context['unsubscribe_url']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    subject = " ".join(context["title"].split())[:SUBJECT_LENGTH]
    text, html = render_to_string(f"{template}.txt", context), render_to_string(f"{template}.html", context)
    message = EmailMultiAlternatives(subject, text.strip() + "\n", to=[user.email], headers=headers)
    message.attach_alternative(html, "text/html")
    return message


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def unsubscribe_url(user: User) -> str:
    """Works for ever and without signing in: the signature is the authority, to this one thing only."""
    token = signing.Signer(salt=UNSUBSCRIBE_SALT).sign(str(user.pk))
    return absolute(reverse("unsubscribe", args=[token]))


def unsubscriber(token: str) -> User | None:
    """Whose link that is; nobody's when it was tampered with, or they are gone."""
    try:
        pk = int(signing.Signer(salt=UNSUBSCRIBE_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return User.objects.filter(pk=pk).first()
