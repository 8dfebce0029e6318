"""One typed settings module. Every value comes from the environment or `.env`; `.env.example` lists them all."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate
from whitenoise.compress import Compressor

from config import stores, theme
from config.limits import is_rate
from config.origins import are_origins

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(env.str("ENV_FILE", str(BASE_DIR / ".env")), recurse=False)

VAR_DIR = env.path("MARQUEE_VAR", BASE_DIR / "var")
# While `make run` is running, it leaves word of its services there: so manage.py works in another terminal.
env.read_env(VAR_DIR / "running.env", recurse=False)


def required_secret(name: str) -> str:
    """The secret called `name`; stops the start with a sentence when it is missing, short or a well-known default."""
    value = env.str(name, "")
    if DEBUG:
        return value or "only-for-debugging-on-this-machine"
    if len(value) < 32 or value.startswith(("django-insecure", "change", "secret")):
        raise ImproperlyConfigured(
            f"{name} is missing or too weak: set it to a random text of 32 characters or more "
            f"(with DEBUG off, Marquee does not start without it)."
        )
    return value


def required_url(name: str) -> str:
    """The address called `name`; stops the start with a sentence when it is missing."""
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: start `make run` in another terminal, which sets it by itself, or put it into .env."
        )
    return value


# --- The site -------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = required_secret("SECRET_KEY")
PORT = env.int("PORT", 8000, validate=validate.Range(1, 65_535))
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
CINEMA_NAME = env.str("CINEMA_NAME", "Marquee Cinema")
CINEMA_TIME_ZONE = env.str("CINEMA_TIME_ZONE", "UTC")
ADMIN_PATH = env.str("ADMIN_PATH", "admin/").strip("/") + "/"
# How many of our own proxies stand in front; without any, X-Forwarded-For is the client's invention.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0, validate=validate.Range(0, 10))
MARQUEE_VERSION = "0.1.0"

# Hosts, CSRF origins and cookie flags all follow from PUBLIC_URL: two settings that disagree are the
# classic first-run failure behind a proxy.
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be an address such as https://cinema.example")
_https = _public.scheme == "https"
_loopback = {"127.0.0.1", "localhost", "[::1]"}
ALLOWED_HOSTS = sorted({_public.hostname} | _loopback)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "config.error_pages.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health"]  # a container's own health check speaks plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Apps and middleware --------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.import_export",
    "import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "config.apps.NeededStaticFilesConfig",
    "django.contrib.postgres",
    "django_structlog",
    "django_filters",
    "django_htmx",
    "csp",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.MarqueeConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "movies",
    "cinema",
    "catalog_sync",
]

MIDDLEWARE = [
    "config.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentSecurityMiddleware",
    # Outside of what makes a 304, which would drop their headers.
    "corsheaders.middleware.CorsMiddleware",
    "config.api.throttling.RateLimitHeaders",
    "config.middleware.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # An ETag names the bytes that go out, so it is computed outside the compression.
    "django.middleware.http.ConditionalGetMiddleware",
    "config.middleware.TextCompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.OwnSiteNameMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
                "accounts.context.visitor",
                "movies.context.watchlist",
            ],
        },
    }
]

# --- Database, cache, broker ----------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {"default": env.dj_db_url("DATABASE_URL", required_url("DATABASE_URL"))}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
    # A request that waits longer than this has lost its reader; long jobs lift the limit for themselves.
    # The keepalives free what a vanished machine had claimed within a minute.
    "options": "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=60s"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
    "connect_timeout": 3,
}

REDIS_URL = required_url("REDIS_URL")
BROKER_URL = env.str("BROKER_URL", REDIS_URL)
CACHE_TTL = env.int("CACHE_TTL", 120)
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "TIMEOUT": CACHE_TTL,
        "KEY_PREFIX": "marquee",
        "OPTIONS": {
            # The site serves without its cache when Redis is down; the short timeouts keep it quick then.
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.25,
            "SOCKET_TIMEOUT": 0.25,
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Files ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are large, and fetched by hardly anybody.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"

S3_BUCKET = env.str("S3_BUCKET", "")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "").rstrip("/")
S3_CUSTOM_DOMAIN = env.str("S3_CUSTOM_DOMAIN", "").rstrip("/")
STORAGES = {
    "default": stores.bucket(
        S3_BUCKET,
        endpoint=S3_ENDPOINT_URL,
        access_key=env.str("S3_ACCESS_KEY_ID", ""),
        secret_key=env.str("S3_SECRET_ACCESS_KEY", ""),
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

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# Usernames are unique ignoring case by a named constraint, which the check does not recognise.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
# What the role "manager" may do in the admin; superusers may do everything.
MANAGER_PERMISSIONS = {
    "accounts.view_user",
    "catalog_sync.view_filmstate",
    "catalog_sync.view_synclog",
    "movies.add_movie",
    "movies.change_movie",
    "movies.delete_movie",
    "movies.export_movie",
    "movies.import_movie",
    "movies.view_genre",
    "movies.view_movie",
    "movies.view_rating",
}
IMPORT_EXPORT_IMPORT_PERMISSION_CODE, IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "import", "export"
# Hashes of the second kind, from an older site, are read once and upgraded at sign-in.
PASSWORD_HASHERS = [
    "accounts.hashers.OwaspArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Sign-in on the site (django-allauth) ----------------------------------------------------------

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "add_email": "accounts.forms.NewAddressForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # each change of a password, an address or a second factor is told by mail
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_CONFIRMATION_ANONYMOUS_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "account"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.SetUpCodeForm",
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = CINEMA_NAME
SOCIALACCOUNT_ADAPTER = "accounts.adapters.LinkedAccountAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.LinkedSignUpForm"}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # whoever runs a provider could otherwise sign in as anybody

OIDC_NAME = env.str("OIDC_NAME", "")
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "").rstrip("/")
OIDC_CLIENT_ID, OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_ID", ""), env.str("OIDC_CLIENT_SECRET", "")
GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_ID", ""), env.str("GOOGLE_CLIENT_SECRET", "")
GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET = env.str("GITHUB_CLIENT_ID", ""), env.str("GITHUB_CLIENT_SECRET", "")
_oidc = {
    "provider_id": "oidc",
    "name": OIDC_NAME or "OpenID Connect",
    "client_id": OIDC_CLIENT_ID,
    "secret": OIDC_CLIENT_SECRET,
    "settings": {"server_url": OIDC_SERVER_URL},
}
_google = {"client_id": GOOGLE_CLIENT_ID, "secret": GOOGLE_CLIENT_SECRET}
_github = {"client_id": GITHUB_CLIENT_ID, "secret": GITHUB_CLIENT_SECRET}
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {
    "openid_connect": {"APPS": [_oidc] if OIDC_SERVER_URL and OIDC_CLIENT_ID else [], "OAUTH_PKCE_ENABLED": True},
    "google": {
        "APPS": [_google] if GOOGLE_CLIENT_ID else [],
        "SCOPE": ["profile", "email"],
        "OAUTH_PKCE_ENABLED": True,
    },
    "github": {"APPS": [_github] if GITHUB_CLIENT_ID else [], "SCOPE": ["read:user", "user:email"]},
}

# --- Mail -----------------------------------------------------------------------------------------

# Without a server, mails are files that can be read.
_mail = env.dj_email_url("EMAIL_URL", f"file:///{VAR_DIR.resolve() / 'mail'}")
EMAIL_BACKEND, EMAIL_FILE_PATH = _mail["EMAIL_BACKEND"], "/" + _mail["EMAIL_FILE_PATH"].lstrip("/")
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = _mail.get("EMAIL_TIMEOUT") or 10
DEFAULT_FROM_EMAIL = _mail.get("DEFAULT_FROM_EMAIL") or f"noreply@{_public.hostname}"

# --- Language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
DATE_FORMAT, TIME_FORMAT, DATETIME_FORMAT = "j F Y", "H:i", "j M Y, H:i"
TIME_ZONE = CINEMA_TIME_ZONE  # what pages show; rows are UTC, and Celery's schedule is UTC

UNFOLD = theme.unfold(CINEMA_NAME)

# --- The API --------------------------------------------------------------------------------------

ACCESS_TOKEN_MINUTES = env.int("ACCESS_TOKEN_MINUTES", 10, validate=validate.Range(min=1))
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", 7, validate=validate.Range(min=1))
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "ISSUER": "marquee",
    "AUDIENCE": "marquee",
    "LEEWAY": 0,
    "USER_ID_CLAIM": "sub",
}

THROTTLE_ANON = env.str("THROTTLE_ANON", "100/min", validate=is_rate)
THROTTLE_USER = env.str("THROTTLE_USER", "100/min", validate=is_rate)
THROTTLE_LOGIN = env.str("THROTTLE_LOGIN", "10/min", validate=is_rate)

CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ORIGINS", [], subcast=str.strip, validate=are_origins)
CORS_URLS_REGEX = r"^/api(/|$)"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "if-none-match", "idempotency-key", "x-csrftoken"]
CORS_EXPOSE_HEADERS = ["ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"]

REST_FRAMEWORK = {
    # The first one also says, in WWW-Authenticate, how to sign in.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.AccessTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["config.api.throttling.AnonThrottle", "config.api.throttling.UserThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["config.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsing.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.api.pagination.PageOrCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.MarqueeSchema",
    "EXCEPTION_HANDLER": "config.api.errors.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    "DATETIME_FORMAT": None,  # left to the renderer, which writes UTC whatever the cinema's zone is
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marquee",
    "DESCRIPTION": "The catalogue and the programme of a cinema. All times are UTC; every error has one shape.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ImportSourceEnum": "movies.models.LibraryImport.Source",
        "ViewingSourceEnum": "movies.models.Viewing.Source",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.add_error_responses",
    ],
}
API_MAX_BODY_BYTES = 2_621_440
# Of forms with files, on pages and in the API: 25 MB, which a library may have, and what surrounds the file.
MAX_UPLOAD_BYTES = 25 * 1024 * 1024 + 65_536

# --- Security headers -----------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# A browser asks this policy also about where a form's answer redirects to: to the provider's sign-in page.
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += [
    origin
    for origin, configured in {
        "/".join(OIDC_SERVER_URL.split("/")[:3]): OIDC_SERVER_URL,
        "https://accounts.google.com": GOOGLE_CLIENT_ID,
        "https://github.com": GITHUB_CLIENT_ID,
    }.items()
    if configured
]
if S3_BUCKET:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(stores.origin(S3_BUCKET, S3_ENDPOINT_URL, S3_CUSTOM_DOMAIN))

# --- TMDB and OMDb --------------------------------------------------------------------------------

TMDB_API_KEY = env.str("TMDB_API_KEY", "")
TMDB_BASE_URL = env.str("TMDB_BASE_URL", "https://api.themoviedb.org/3").rstrip("/")
TMDB_IMAGE_URL = env.str("TMDB_IMAGE_URL", "https://image.tmdb.org/t/p").rstrip("/")
TMDB_SYNC_PAGES = env.int("TMDB_SYNC_PAGES", 50, validate=validate.Range(1, 500))
TMDB_REGION = env.str("TMDB_REGION", "US")
TMDB_REQUESTS_PER_SECOND = env.int("TMDB_REQUESTS_PER_SECOND", 40, validate=validate.Range(min=1))
# A film's details are refreshed after so many days, at most so many films a night.
TMDB_DETAILS_DAYS = env.int("TMDB_DETAILS_DAYS", 30, validate=validate.Range(1, 180))
TMDB_DETAILS_PER_NIGHT = env.int("TMDB_DETAILS_PER_NIGHT", 5000, validate=validate.Range(min=0))
TMDB_POSTERS_PER_NIGHT = env.int("TMDB_POSTERS_PER_NIGHT", 2000, validate=validate.Range(min=0))
OMDB_API_KEY = env.str("OMDB_API_KEY", "")
OMDB_BASE_URL = env.str("OMDB_BASE_URL", "https://www.omdbapi.com/")
OMDB_DAILY_LIMIT = env.int("OMDB_DAILY_LIMIT", 1000, validate=validate.Range(min=0))

# --- Celery ---------------------------------------------------------------------------------------

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
    # Begins with the movies; what follows them is in catalog_sync.night.
    "night": {"task": "catalog_sync.tasks.sync_night", "schedule": crontab(hour="2", minute="0")},
    "interrupted": {"task": "catalog_sync.tasks.resume_interrupted", "schedule": crontab(minute="*/10")},
    "ratings": {"task": "movies.tasks.mend_ratings", "schedule": crontab(hour="3", minute="0")},
    "sessions": {"task": "accounts.tasks.flush_expired_sessions", "schedule": crontab(hour="3", minute="30")},
    "posters": {"task": "movies.tasks.sweep_posters", "schedule": crontab(hour="4", minute="0")},
    "vocabulary": {"task": "movies.tasks.rebuild_vocabulary", "schedule": crontab(hour="4", minute="45")},
    "imports": {"task": "movies.tasks.clean_library_imports", "schedule": crontab(hour="4", minute="30")},
    "stuck-imports": {"task": "movies.tasks.resume_library_imports", "schedule": crontab(minute="*/10")},
}

# --- Logs -----------------------------------------------------------------------------------------

LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOG_FORMAT = env.str("LOG_FORMAT", "console", validate=validate.OneOf(["console", "json"]))
LOGGING_CONFIG = "config.logging.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # the line at the end says the same and more
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = False
DJANGO_STRUCTLOG_USER_ID_FIELD = None  # reading it would load the session on every request
