import gc

# Nearly all that a start makes stays: looking for garbage in it takes a fifth of the time. It begins in common.apps.
gc.disable()

from config.celery import app as celery_app  # noqa: E402 - part of the start

__all__ = ["celery_app"]
