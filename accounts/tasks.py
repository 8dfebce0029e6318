"""What Celery beat starts at night; see CELERY_BEAT_SCHEDULE."""

import structlog
from celery import shared_task

from accounts import tokens

log = structlog.get_logger(__name__)


@shared_task
def flush_expired_sessions() -> None:
    log.info("sessions_flushed", deleted=tokens.flush_expired())
