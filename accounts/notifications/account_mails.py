"""Mails about the account itself: links to confirm and to reset, and news of what was changed."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from accounts.models import Mail
from accounts.notifications.notify import wake_after_commit


@transaction.atomic
def send_account_mail(template: str, address: str, context: dict[str, Any]) -> None:
    """Store the mail of the templates `template`_subject.txt and `template`_message.txt, with links of PUBLIC_URL.

    The worker sends it after the commit: no request waits for a mail server.
    """
    context = context | {"cinema": settings.CINEMA_NAME, "public_url": settings.PUBLIC_URL}
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    text = render_to_string(f"{template}_message.txt", context).strip()
    Mail.objects.create(address=address, subject=subject[:200], text=text)
    wake_after_commit()
