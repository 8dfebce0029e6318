"""What Celery beat starts at night; see CELERY_BEAT_SCHEDULE."""

from celery import shared_task

from cinema import tidying


@shared_task
def tidy_box_office() -> None:
    tidying.tidy()
