"""The API of accounts."""

from typing import Any

from django.conf import settings
from django.contrib.auth import logout as end_site_session
from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, viewsets
from rest_framework.exceptions import AuthenticationFailed, ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries
from accounts.api import cookies, serializers
from accounts.api.authentication import InvalidToken
from accounts.api.filters import UserFilter
from accounts.api.permissions import IsManager
from accounts.models import User, UserSession
from accounts.people import profile, registration
from accounts.people.requests import signed_in_user
from accounts.sign_in import login, passwords, tokens
from accounts.sign_in.credentials import AtHand
from accounts.sign_in.known_browsers import remember_browser
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from common.api.throttling import CredentialThrottle
from common.client_ip import client_ip
from common.errors import Code

ERROR = {"$ref": "#/components/schemas/Error"}


def _device(request: Request) -> dict[str, Any]:
    """Return what a sign-in stores of its device, so that its user recognizes it."""
    return {"user_agent": request.headers.get("User-Agent", ""), "ip": client_ip(request) or None}


def _at_hand(request: Request) -> AtHand:
    """Return the sign-in that makes this request: a program's, or a browser's request."""
    return request.auth if isinstance(request.auth, UserSession) else request._request  # noqa: SLF001


def _signed_in_response(view: generics.GenericAPIView[Any], pair: tokens.TokenPair, status: int) -> Response:
    values = {"user": pair.session.user, "access": pair.access, "refresh": pair.refresh}
    serializer = serializers.SignedInSerializer(values, context=view.get_serializer_context())
    return cookies.set_cookie(Response(serializer.data, status), pair)


class CredentialView(KnownParametersOnly, generics.GenericAPIView[Any]):
    """Base of endpoints that need no sign-in. They ignore tokens, so that an expired one does not prevent a new one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (CredentialThrottle,)


class RegisterView(CredentialView):
    serializer_class = serializers.RegisterSerializer

    @extend_schema(
        summary="Register",
        description="Creates a customer account, signs in to it, and mails a link that confirms the address. An "
        "address that has an account is answered alike: its owner is told by mail, and the new account cannot confirm "
        "it. The refresh token is also sent as a cookie.",
        responses={201: serializers.SignedInSerializer},
    )
    def post(self, request: Request) -> Response:
        user = registration.register(**read_body(self))
        return _signed_in_response(self, tokens.open_sign_in(user, **_device(request)), 201)


class LoginView(CredentialView):
    serializer_class = serializers.LoginSerializer

    @extend_schema(
        summary="Sign in",
        description="With the username, or the email address once it is confirmed. The refresh token is also sent as a "
        "cookie.",
        responses={200: serializers.SignedInSerializer, 401: ERROR},
    )
    def post(self, request: Request) -> Response:
        try:
            pair = login.sign_in(**read_body(self), **_device(request), request=request)
        except login.InvalidCredentials as error:
            raise AuthenticationFailed(login.MISMATCH, Code.INVALID_CREDENTIALS) from error
        except login.SecondFactorRequired as error:
            raise AuthenticationFailed(
                "Also send the current code of your authenticator app.", Code.SECOND_FACTOR_REQUIRED
            ) from error
        response = _signed_in_response(self, pair, 200)
        remember_browser(response, pair.session.user)
        return response

    @staticmethod
    def throttled_accounts(request: Request) -> list[str]:
        """Return none: guesses are counted by the account that is found, in `accounts.sign_in.guesses`."""
        return []


class RefreshView(CredentialView):
    serializer_class = serializers.RefreshSerializer

    @extend_schema(
        summary="Exchange the refresh token for a new pair",
        description="Each refresh token is valid once. A retry within ten seconds gets the same pair again; a later "
        "one means that the token was stolen, and ends the sign-in.",
        responses={200: serializers.PairSerializer, 401: ERROR, 403: ERROR},
    )
    def post(self, request: Request) -> Response:
        body = read_body(self)
        refresh = body["refresh"] if "refresh" in body else cookies.read_cookie(request)
        try:
            pair = tokens.rotate(refresh)
        except tokens.TokenInvalid as error:
            raise InvalidToken from error
        return cookies.set_cookie(Response({"access": pair.access, "refresh": pair.refresh}), pair)

    @staticmethod
    def throttled_accounts(request: Request) -> list[str]:
        """Return the token, of the body or of the cookie, as the account to count."""
        in_body = request.data.get("refresh") if isinstance(request.data, dict) else None
        token = in_body or request.COOKIES.get(settings.REFRESH_COOKIE_NAME)
        return [token] if isinstance(token, str) and token else []


class LogoutView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.LogoutSerializer

    @extend_schema(
        summary="Sign out",
        description="Both tokens of the sign-in stop working at once.",
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        everywhere, user, session = read_body(self)["everywhere"], signed_in_user(request), request.auth
        if everywhere:
            tokens.sign_out_everywhere(user)
        if isinstance(session, UserSession):
            tokens.revoke(session)
        else:
            end_site_session(request)
        return cookies.delete_cookie(Response(status=204))


class MeView(KnownParametersOnly, generics.GenericAPIView[User]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.UserSerializer

    @extend_schema(summary="Get your account")
    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(request.user).data)

    def get_throttles(self) -> list[Any]:
        """Limit changes, which may carry the password, as every other way to guess it."""
        return [CredentialThrottle()] if self.request.method == "PATCH" else super().get_throttles()

    @extend_schema(
        summary="Change your account",
        description="A new email address requires `current_password` and has to be confirmed again. Every other "
        "sign-in of the account ends then, the former address is told, and the new one gets the link. The date of "
        "birth is set once: 409 "
        "`date_of_birth_set` for another one.",
        request=serializers.ProfileSerializer,
    )
    def patch(self, request: Request) -> Response:
        changes = read_body(self, serializers.ProfileSerializer)
        try:
            user = profile.update_with_password(signed_in_user(request), at_hand=_at_hand(request), **changes)
        except passwords.WrongPassword as error:
            raise ValidationError({"current_password": ["Enter your password to change the address."]}) from error
        return Response(self.get_serializer(user).data)


class PasswordView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    throttle_classes = (CredentialThrottle,)
    serializer_class = serializers.PasswordSerializer

    @extend_schema(
        summary="Change your password",
        description="Every other sign-in of the account ends, and its owner is told by mail.",
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        user, body = signed_in_user(request), read_body(self)
        try:
            passwords.change_password(
                user, old=body["old_password"], new=body["new_password"], at_hand=_at_hand(request)
            )
        except passwords.WrongPassword as error:
            raise ValidationError({"old_password": ["This is not your password."]}) from error
        except Invalid as error:
            raise ValidationError({"new_password": error.messages}) from error
        response = Response(status=204)
        remember_browser(response, user)
        return response


class SessionListView(KnownParametersOnly, generics.ListAPIView[UserSession]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.SessionSerializer
    queryset = UserSession.objects.none()

    def get_queryset(self) -> QuerySet[UserSession]:
        return queries.live_sign_ins(signed_in_user(self.request))

    @extend_schema(summary="List your sign-ins", description="Those of programs, the last used first.")
    def get(self, request: Request) -> Response:
        return self.list(request)


class SessionView(KnownParametersOnly, generics.GenericAPIView[UserSession]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.SessionSerializer
    queryset = UserSession.objects.none()

    def get_queryset(self) -> QuerySet[UserSession]:
        return queries.live_sign_ins(signed_in_user(self.request))

    @extend_schema(summary="End a sign-in", responses={204: None})
    def delete(self, request: Request, pk: str) -> Response:
        if not tokens.revoke(self.get_object()):
            raise Http404
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(summary="List users", description="For managers."),
    retrieve=extend_schema(summary="Get a user", description="For managers."),
)
class UserViewSet(KnownParametersOnly, viewsets.ReadOnlyModelViewSet[User]):
    permission_classes = (IsManager,)
    serializer_class = serializers.UserSerializer
    queryset = queries.users()
    filterset_class = UserFilter
    lookup_value_regex = r"\d+"
    orderings = queries.ORDERINGS
    default_ordering = "username"
