"""Apps, middleware and templates."""

from typing import Any

from config.settings.environment import BASE_DIR

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.import_export",
    "import_export",
    "common.apps.LateAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "common.apps.NeededStaticFilesConfig",
    "django.contrib.postgres",
    "django_structlog",
    "django_filters",
    "django_htmx",
    "csp",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "common.apps.MarqueeConfig",
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
    "common.http.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.http.middleware.ContentSecurityMiddleware",
    # Outside of what makes a 304, which would drop their headers.
    "corsheaders.middleware.CorsMiddleware",
    "common.limits.requests.RateLimitHeaders",
    "common.http.middleware.BodyLimitMiddleware",
    "common.http.middleware.NulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # An ETag names the bytes that go out, so it is computed outside the compression.
    "django.middleware.http.ConditionalGetMiddleware",
    "common.http.middleware.TextCompressionMiddleware",
    "common.http.caching.CacheControlMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignedInCookieMiddleware",
    "common.http.limits.RequestLimitsMiddleware",
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
                "common.http.context.site",
                "accounts.context.visitor",
                "movies.context.watchlist",
            ],
        },
    }
]
