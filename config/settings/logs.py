"""Levels and format of the logs."""

import logging

from environs import validate

from config.settings.environment import env

LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOG_FORMAT = env.str("LOG_FORMAT", "console", validate=validate.OneOf(["console", "json"]))
# Each answer that no thread of Django's made; and how each finished answer came about, with its key and age.
TRACE_LOGS = env.bool("TRACE_LOGS", False)
CACHE_TRACE_LOGS = env.bool("CACHE_TRACE_LOGS", False)
LOGGING_CONFIG = "common.logging.setup.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # the line at the end says the same and more
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = False
DJANGO_STRUCTLOG_USER_ID_FIELD = None  # reading it would load the session on every request
