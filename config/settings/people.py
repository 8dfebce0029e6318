"""Users, their passwords, and the ways to sign in on the site (django-allauth)."""

from typing import Any

from environs import validate

from config.settings.environment import DEBUG, env
from config.settings.site import CINEMA_NAME, TRUSTED_PROXY_COUNT

AUTH_USER_MODEL = "accounts.User"
# Managers may manage once they have set up a second factor. Off only for demos, whose passwords everybody knows.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", not DEBUG)
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# Usernames are unique ignoring case by a named constraint, which the check does not recognise.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
# What the role "manager" may do in the admin; superusers may do everything.
MANAGER_PERMISSIONS = {
    "accounts.view_mail",
    "accounts.view_user",
    "catalog_sync.view_fetchjob",
    "catalog_sync.view_filmcase",
    "catalog_sync.view_filmstate",
    "catalog_sync.view_synclog",
    "cinema.add_moviesession",
    "cinema.add_room",
    "cinema.add_ticket",
    "cinema.change_moviesession",
    "cinema.change_room",
    "cinema.change_ticket",
    "cinema.delete_moviesession",
    "cinema.delete_room",
    "cinema.view_moviesession",
    "cinema.view_room",
    "cinema.view_scan",
    "cinema.view_ticket",
    "cinema.view_waiting",
    "movies.add_movie",
    "movies.change_movie",
    "movies.delete_movie",
    "movies.export_movie",
    "movies.import_movie",
    "movies.view_genre",
    "movies.view_movie",
    "movies.view_rating",
    "movies.view_reviewreport",
}
IMPORT_EXPORT_IMPORT_PERMISSION_CODE, IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "import", "export"
# So many days after it began does a sign-in end, of a program or on the site, however much it is used.
SIGN_IN_MAX_DAYS = env.int("SIGN_IN_MAX_DAYS", 90, validate=validate.Range(1, 3650))
# Hashes of the second kind, from an older site, are read once and upgraded at sign-in.
PASSWORD_HASHERS = [
    "accounts.sign_in.hashers.OwaspArgon2PasswordHasher",
    "accounts.sign_in.hashers.OlderPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.sign_in.password_rules.NotOfTheHouse"},
    {"NAME": "accounts.sign_in.password_rules.NotGuessed"},
]

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
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.sign_in.reset_links.ResetTokenGenerator"  # noqa: S105
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Guesses of passwords and codes are counted in accounts.sign_in.guesses, and not in the cache, which may lose them.
ACCOUNT_RATE_LIMITS = {"login_failed": None}
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
SOCIALACCOUNT_REQUESTS_TIMEOUT = 3  # seconds, of each of the few calls of a sign-in
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # the owner of a provider could otherwise sign in as any user

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
