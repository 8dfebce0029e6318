"""Mails about the account itself: links to confirm and to reset, and news of what was changed."""

from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

log = structlog.get_logger(__name__)


def send_account_mail(template: str, address: str, context: dict[str, Any]) -> None:
    """Send the mail of the templates `template`_subject.txt and `template`_message.txt, with links of PUBLIC_URL.

    A failure is logged and the caller goes on: what was changed stays changed, and links can be requested again.
    """
    context = context | {"cinema": settings.CINEMA_NAME, "public_url": settings.PUBLIC_URL}
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    text = render_to_string(f"{template}_message.txt", context).strip()
    try:
        EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [address]).send()
    except (OSError, SMTPException) as error:
        log.error("mail_not_sent", template=template, reason=type(error).__name__)
