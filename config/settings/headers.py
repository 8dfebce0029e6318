"""The Content-Security-Policy, which follows from the ways to sign in and from the store of the posters."""

from csp import constants as csp

from common.files import stores
from config.settings.people import GITHUB_CLIENT_ID, GOOGLE_CLIENT_ID, OIDC_SERVER_URL
from config.settings.services import S3_BUCKET, S3_CUSTOM_DOMAIN, S3_ENDPOINT_URL

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.NONE],
        "script-src": [csp.SELF],
        "style-src": [csp.SELF],
        "img-src": [csp.SELF, "data:"],
        "font-src": [csp.SELF],
        "connect-src": [csp.SELF],
        "manifest-src": [csp.SELF],
        "form-action": [csp.SELF],
        "base-uri": [csp.NONE],
        "frame-ancestors": [csp.NONE],
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
