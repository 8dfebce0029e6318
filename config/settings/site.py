"""The cinema and its address: names, security that follows from PUBLIC_URL, language and time."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import validate

from common.admin import theme
from config.settings.environment import env, is_time_zone, required_secret

SECRET_KEY = required_secret("SECRET_KEY")
PORT = env.int("PORT", 8000, validate=validate.Range(1, 65_535))
# Where the realtime process listens; behind a proxy its /socket.io/ is a path of PUBLIC_URL.
REALTIME_PORT = env.int("REALTIME_PORT", 8001, validate=validate.Range(1, 65_535))
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
CINEMA_NAME = env.str("CINEMA_NAME", "Marquee Cinema")
CINEMA_TIME_ZONE = env.str("CINEMA_TIME_ZONE", "UTC", validate=is_time_zone)
ADMIN_PATH = env.str("ADMIN_PATH", "admin/").strip("/") + "/"
# How many of our own proxies stand in front; without any, X-Forwarded-For is the client's invention.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0, validate=validate.Range(0, 10))
MARQUEE_VERSION = "0.1.0"

# Hosts, CSRF origins and cookie flags all follow from PUBLIC_URL: two settings that disagree are the
# classic first-run failure behind a proxy.
public = urlsplit(PUBLIC_URL)
if public.scheme not in {"http", "https"} or not public.hostname:
    raise ImproperlyConfigured("PUBLIC_URL must be an address such as https://cinema.example")
_https = public.scheme == "https"
_loopback = {"127.0.0.1", "localhost", "[::1]"}
ALLOWED_HOSTS = sorted({public.hostname} | _loopback)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "common.http.error_pages.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
# Browsers take a cookie with this prefix only from this host, by https and for all its paths, so that neither a page of
# a neighbouring host nor one without https can set it.
COOKIE_PREFIX = "__Host-" if _https else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
# This one is for the paths of signing in only.
REFRESH_COOKIE_NAME = f"{'__Secure-' if _https else ''}marquee_refresh"
MESSAGE_STORAGE = "common.http.messages.MessageStorage"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health"]  # a container's own health check speaks plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
DATE_FORMAT, TIME_FORMAT, DATETIME_FORMAT = "j F Y", "H:i", "j M Y, H:i"
TIME_ZONE = CINEMA_TIME_ZONE  # what pages show; rows are UTC, and Celery's schedule is UTC

UNFOLD = theme.unfold(CINEMA_NAME)
