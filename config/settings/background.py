"""Celery: how tasks run, and the schedule of the recurring ones."""

from datetime import timedelta

from celery.schedules import crontab

from config.settings.environment import VAR_DIR
from config.settings.services import BROKER_URL

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True  # every task here may run twice: runs are claimed in the database
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Redis hands a task out again after this; it must exceed the longest task.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": int(timedelta(hours=6).total_seconds()),
    "socket_connect_timeout": 1,
    "socket_timeout": 10,
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "genres": {"task": "catalog_sync.tasks.sync_genres", "schedule": crontab(hour="1", minute="0")},
    # Begins with the movies; what follows them is in catalog_sync.nightly.night.
    "night": {"task": "catalog_sync.tasks.sync_night", "schedule": crontab(hour="2", minute="0")},
    "interrupted": {"task": "catalog_sync.tasks.resume_interrupted", "schedule": crontab(minute="*/10")},
    "fetches": {"task": "catalog_sync.tasks.resume_fetches", "schedule": crontab()},
    "ratings": {"task": "movies.tasks.mend_ratings", "schedule": crontab(hour="3", minute="0")},
    "sessions": {"task": "accounts.tasks.flush_expired_sessions", "schedule": crontab(hour="3", minute="30")},
    # What could not be asked for after its commit, and what is tried again.
    "mails": {"task": "accounts.tasks.send_mails", "schedule": crontab()},
    # By the cinema's clock, which this one is not: the task itself knows whether it is time.
    "digests": {"task": "accounts.tasks.plan_digests", "schedule": crontab(minute="*/10")},
    "notifications": {"task": "accounts.tasks.clean_notifications", "schedule": crontab(hour="4", minute="15")},
    # Offers that ran out, and seats that became free by themselves.
    "waiting": {"task": "cinema.tasks.offer_freed_seats", "schedule": crontab()},
    # From 10:00 on by the cinema's clock: see cinema.notifications.how_was_it.
    "how-was-it": {"task": "cinema.tasks.ask_how_it_was", "schedule": crontab(minute="*/15")},
    "box-office": {"task": "cinema.tasks.tidy_box_office", "schedule": crontab(hour="3", minute="45")},
    "posters": {"task": "movies.tasks.sweep_posters", "schedule": crontab(hour="4", minute="0")},
    "vocabulary": {"task": "movies.tasks.rebuild_vocabulary", "schedule": crontab(hour="4", minute="45")},
    "imports": {"task": "movies.tasks.clean_library_imports", "schedule": crontab(hour="4", minute="30")},
    "stuck-imports": {"task": "movies.tasks.resume_library_imports", "schedule": crontab(minute="*/10")},
}
