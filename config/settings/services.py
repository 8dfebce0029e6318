"""The services of the site: PostgreSQL, Redis, files and mail."""

from typing import Any

from environs import validate
from whitenoise.compress import Compressor

from common.files import stores
from config.settings.environment import BASE_DIR, DEBUG, VAR_DIR, env, required_url
from config.settings.site import public

DATABASES: dict[str, dict[str, Any]] = {"default": env.dj_db_url("DATABASE_URL", required_url("DATABASE_URL"))}
DATABASES["default"] |= {
    "ENGINE": "common.services.postgres",
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
    # A request that waits longer than this has lost its reader; long jobs lift the limit for themselves.
    # A request has one core: starting others for it, or compiling, takes longer than its statement.
    # The keepalives free what a vanished machine had claimed within a minute.
    "options": "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s"
    " -c max_parallel_workers_per_gather=0 -c jit=off"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
    "connect_timeout": 2,
    # The same from our side: a server that vanished is noticed within 20 seconds.
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}

REDIS_URL = required_url("REDIS_URL")
BROKER_URL = env.str("BROKER_URL", REDIS_URL)
# Seconds that an answer for everybody may be shown, here and in caches after us; 0 switches these answers off.
CACHE_TTL = env.int("CACHE_TTL", 120, validate=validate.Range(min=0))
# Of them, each web process has copies of so many bytes.
CACHE_COPIES_BYTES = env.int("CACHE_COPIES_BYTES", 16 * 1024 * 1024, validate=validate.Range(min=0))
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "TIMEOUT": CACHE_TTL,
        "KEY_PREFIX": "marquee",
        "OPTIONS": {
            # The site serves without its cache when Redis is down; the pool's short timeouts keep it quick then.
            "IGNORE_EXCEPTIONS": True,
            "CONNECTION_POOL_CLASS": "common.services.redis_clients.GuardedPool",
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
SESSION_ENGINE = "accounts.sign_in.browser_sessions"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are large and rarely fetched.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"

S3_BUCKET = env.str("S3_BUCKET", "")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "").rstrip("/")
S3_CUSTOM_DOMAIN = env.str("S3_CUSTOM_DOMAIN", "").rstrip("/")
S3_SECRET_ACCESS_KEY = env.str("S3_SECRET_ACCESS_KEY", "")
STORAGES = {
    "default": stores.bucket(
        S3_BUCKET,
        endpoint=S3_ENDPOINT_URL,
        access_key=env.str("S3_ACCESS_KEY_ID", ""),
        secret_key=S3_SECRET_ACCESS_KEY,
        custom_domain=S3_CUSTOM_DOMAIN,
    )
    if S3_BUCKET
    else stores.folder(),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Without a server, mails are files that can be read.
_mail = env.dj_email_url("EMAIL_URL", f"file:///{VAR_DIR.resolve() / 'mail'}")
EMAIL_BACKEND, EMAIL_FILE_PATH = _mail["EMAIL_BACKEND"], "/" + _mail["EMAIL_FILE_PATH"].lstrip("/")
if EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend":
    EMAIL_BACKEND = "common.files.mails.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = _mail.get("EMAIL_TIMEOUT") or 10
DEFAULT_FROM_EMAIL = _mail.get("DEFAULT_FROM_EMAIL") or f"noreply@{public.hostname}"
