"""The JSON API: tokens, limits, other sites' pages, REST framework and its document."""

from environs import validate

from common.http.origins import are_origins
from common.limits.costs import are_costs
from common.limits.counting import is_rate
from config.settings.environment import env
from config.settings.site import SECRET_KEY

ACCESS_TOKEN_MINUTES = env.int("ACCESS_TOKEN_MINUTES", 10, validate=validate.Range(min=1))
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", 7, validate=validate.Range(min=1))
# With which a monitor reads /api/v1/metrics; empty: only managers do.
METRICS_TOKEN = env.str("METRICS_TOKEN", "", validate=validate.Regexp(r"(?:[!-~]{20,})?\Z"))
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
# Of pages. Behind one address may be a household, or all customers in the cinema's own network.
THROTTLE_PAGES_ANON = env.str("THROTTLE_PAGES_ANON", "1500/min", validate=is_rate)
THROTTLE_PAGES_USER = env.str("THROTTLE_PAGES_USER", "300/min", validate=is_rate)
# Answers 401, 403 and 404, of pages and API: who gets more is guessing.
THROTTLE_REFUSED = env.str("THROTTLE_REFUSED", "60/min", validate=is_rate)
# What costs more than a request, of pages and API together. Those that are not named keep their rate.
THROTTLE_COSTS: dict[str, str] = {
    "documents": "30/min",
    "pictures": "20/min",
    "imports": "10/min",
    "exports": "10/min",
    "search": "100/min",
    "suggest": "200/min",
} | env.dict("THROTTLE_COSTS", {}, validate=are_costs)
THROTTLE_LOGIN = env.str("THROTTLE_LOGIN", "10/min", validate=is_rate)
# Registrations from one address, by pages and API: their answers tell which email addresses are known.
THROTTLE_REGISTER = env.str("THROTTLE_REGISTER", "20/hour", validate=is_rate)
THROTTLE_PURCHASE = env.str("THROTTLE_PURCHASE", "30/min", validate=is_rate)
# Look-ups that really go to OMDb: for each address, and for each person who is signed in.
THROTTLE_LOOKUP_ANON = env.str("THROTTLE_LOOKUP_ANON", "10/min", validate=is_rate)
THROTTLE_LOOKUP_USER = env.str("THROTTLE_LOOKUP_USER", "30/min", validate=is_rate)

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
    "DEFAULT_THROTTLE_CLASSES": ["common.api.throttling.RequestThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["common.api.answers.rendering.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.api.answers.negotiation.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["common.api.parsing.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "common.api.pagination.PageOrCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["common.api.filters.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.MarqueeSchema",
    "EXCEPTION_HANDLER": "common.api.errors.exception_handler",
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
        "SeatKindEnum": "cinema.models.Seat.Kind",
        "ImportSourceEnum": "movies.models.LibraryImport.Source",
        "ViewingSourceEnum": "movies.models.Viewing.Source",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.api.schema.add_error_responses",
    ],
}
API_MAX_BODY_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
# Of forms with files, on pages and in the API: 25 MB, which a library may have, and what surrounds the file.
MAX_UPLOAD_BYTES = 25 * 1024 * 1024 + 65_536
