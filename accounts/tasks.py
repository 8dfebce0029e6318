"""Tasks of Celery beat (see CELERY_BEAT_SCHEDULE), and the task that sends mails after a commit."""

import structlog
from celery import shared_task

from accounts.notifications import cleanup, digests, mail_queue
from accounts.sign_in import tokens
from common.services import publishing

log = structlog.get_logger(__name__)


@shared_task
def flush_expired_sessions() -> None:
    log.info("sessions_flushed", deleted=tokens.delete_expired())


@shared_task
def send_mails() -> None:
    """Send the due mails: after each commit that creates some, and each minute for those that were missed."""
    publishing.begin_sweep(send_mails.name)
    mail_queue.send_due()


@shared_task
def plan_digests() -> None:
    if planned := digests.plan_digests():
        log.info("digests_planned", mails=planned)


@shared_task
def clean_notifications() -> None:
    notifications, mails = cleanup.delete_old()
    log.info("notifications_cleaned", notifications=notifications, mails=mails)
