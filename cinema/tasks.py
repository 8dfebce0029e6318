"""Tasks that Celery beat starts at night or every few seconds or minutes; see CELERY_BEAT_SCHEDULE."""

import structlog
from celery import shared_task

from cinema.box_office import cleanup, waiting_list
from cinema.notifications import how_was_it

log = structlog.get_logger(__name__)


@shared_task
def tidy_box_office() -> None:
    cleanup.tidy()


@shared_task
def offer_freed_seats() -> None:
    waiting_list.sweep()


@shared_task
def ask_how_it_was() -> None:
    if asked := how_was_it.ask_visitors():
        log.info("how_was_it_asked", people=asked)
