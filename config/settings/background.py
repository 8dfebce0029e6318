"""Celery: how tasks run, and the schedule of the recurring ones."""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from kombu.entity import Exchange, Queue

from config.settings.environment import VAR_DIR
from config.settings.services import BROKER_URL

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
# A message is acknowledged when its task begins; what a dead worker leaves is in rows, which a sweep takes up. A worker
# that holds an unacknowledged message does not survive a restart of Redis (kombu fails to return the message).
CELERY_TASK_ACKS_LATE = False
# A message waits in Redis, where any process can take it, and not in a worker whose processes are busy for hours.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Redis hands out a message again that was fetched and not acknowledged for so long: its worker died in between.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": int(timedelta(hours=1).total_seconds()),
    "socket_connect_timeout": 1,
    "socket_timeout": 10,
    "max_retries": 0,  # a task or beat that sends a message goes on; see common.services.publishing
}
# One queue for each kind of work, so that none waits behind another; see Procfile for the workers that take them.
# `sweeps` is for what lasts seconds, `jobs` for what a visitor waits for, `sync` for what may last hours.
CELERY_TASK_DEFAULT_QUEUE = "sweeps"
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), name) for name in ("mail", "sweeps", "jobs", "sync")]
CELERY_TASK_ROUTES = {
    "accounts.tasks.send_mails": {"queue": "mail"},
    "catalog_sync.tasks.carry_out_fetch": {"queue": "jobs"},
    "catalog_sync.tasks.resume_*": {"queue": "sweeps"},
    "catalog_sync.tasks.*": {"queue": "sync"},
    "movies.tasks.*_library_import": {"queue": "jobs"},
    "movies.tasks.import_films": {"queue": "jobs"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")


def _beat(task: str, schedule: crontab | timedelta, expires: timedelta) -> dict[str, Any]:
    """Return an entry of the schedule. A message that no worker took until it `expires` is superseded by the next."""
    return {"task": task, "schedule": schedule, "options": {"expires": expires.total_seconds()}}


_TEN_SECONDS, _MINUTE = timedelta(seconds=10), timedelta(minutes=1)
_TEN_MINUTES, _NIGHT = timedelta(minutes=10), timedelta(hours=20)
CELERY_BEAT_SCHEDULE = {
    "genres": _beat("catalog_sync.tasks.sync_genres", crontab(hour="1", minute="0"), _NIGHT),
    # Begins with the movies; what follows them is in catalog_sync.nightly.night.
    "night": _beat("catalog_sync.tasks.sync_night", crontab(hour="2", minute="0"), _NIGHT),
    "interrupted": _beat("catalog_sync.tasks.resume_interrupted", crontab(minute="*/10"), _TEN_MINUTES),
    "fetches": _beat("catalog_sync.tasks.resume_fetches", crontab(), _MINUTE),
    # Films that came from OMDb and wait for TMDB's details.
    "completions": _beat("catalog_sync.tasks.complete_wanted", crontab(minute="*/10"), _TEN_MINUTES),
    "ratings": _beat("movies.tasks.mend_ratings", crontab(hour="3", minute="0"), _NIGHT),
    "sessions": _beat("accounts.tasks.flush_expired_sessions", crontab(hour="3", minute="30"), _NIGHT),
    # What could not be asked for after its commit, and what is tried again.
    "mails": _beat("accounts.tasks.send_mails", crontab(), _MINUTE),
    # By the cinema's clock, which this one is not: the task itself knows whether it is time.
    "digests": _beat("accounts.tasks.plan_digests", crontab(minute="*/10"), _TEN_MINUTES),
    "notifications": _beat("accounts.tasks.clean_notifications", crontab(hour="4", minute="15"), _NIGHT),
    # Offers that ran out, and seats that became free by themselves.
    "waiting": _beat("cinema.tasks.offer_freed_seats", _TEN_SECONDS, _TEN_SECONDS),
    # From 10:00 on by the cinema's clock: see cinema.notifications.how_was_it.
    "how-was-it": _beat("cinema.tasks.ask_how_it_was", crontab(minute="*/15"), _TEN_MINUTES),
    "box-office": _beat("cinema.tasks.tidy_box_office", crontab(hour="3", minute="45"), _NIGHT),
    "posters": _beat("movies.tasks.sweep_posters", crontab(hour="4", minute="0"), _NIGHT),
    "vocabulary": _beat("movies.tasks.rebuild_vocabulary", crontab(hour="4", minute="45"), _NIGHT),
    "imports": _beat("movies.tasks.clean_library_imports", crontab(hour="4", minute="30"), _NIGHT),
    "stuck-imports": _beat("movies.tasks.resume_library_imports", crontab(), _MINUTE),
}
