"""Authentication by `Authorization: Bearer <access token>`.

Every request looks the sign-in up in the database, so that ending it has effect at once.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User, UserSession
from accounts.sign_in import tokens
from common.errors import Code

SCHEME = "Bearer"


class InvalidToken(AuthenticationFailed):
    default_detail = "This token is not valid or has expired. Refresh it or sign in again."
    default_code = Code.TOKEN_INVALID


class AccessTokenAuthentication(BaseAuthentication):
    """Authentication that sets `request.auth` to the UserSession of the token."""

    def authenticate(self, request: Request) -> tuple[User, UserSession] | None:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        try:
            session = tokens.find_sign_in(token.strip())
        except tokens.TokenInvalid as error:
            raise InvalidToken from error
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class AccessTokenScheme(OpenApiAuthenticationExtension):
    target_class = AccessTokenAuthentication
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
