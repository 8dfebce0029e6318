"""The JSON door of accounts."""

from typing import Any

from django.contrib.auth import logout as end_site_session
from django.contrib.auth import update_session_auth_hash
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
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from common.api.throttling import CredentialThrottle
from common.client_ip import client_ip
from common.errors import Code

ERROR = {"$ref": "#/components/schemas/Error"}


def device(request: Request) -> dict[str, Any]:
    """Where a sign-in comes from, to be recognised by its owner."""
    return {"user_agent": request.headers.get("User-Agent", ""), "ip": client_ip(request) or None}


def signed_in(view: generics.GenericAPIView[Any], pair: tokens.TokenPair, status: int) -> Response:
    shown = {"user": pair.session.user, "access": pair.access, "refresh": pair.refresh}
    answer = serializers.SignedInSerializer(shown, context=view.get_serializer_context())
    return cookies.keep(Response(answer.data, status), pair)


class CredentialView(KnownParametersOnly, generics.GenericAPIView[Any]):
    """For whoever is not signed in yet: a token that is over must not stand in the way of a new one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (CredentialThrottle,)


class RegisterView(CredentialView):
    serializer_class = serializers.RegisterSerializer

    @extend_schema(
        summary="Become a customer",
        description="Makes an account, signs in to it, and sends the refresh token as a cookie as well.",
        responses={201: serializers.SignedInSerializer},
    )
    def post(self, request: Request) -> Response:
        user = registration.register(**read_body(self))
        return signed_in(self, tokens.open_sign_in(user, **device(request)), 201)


class LoginView(CredentialView):
    serializer_class = serializers.LoginSerializer

    @extend_schema(
        summary="Sign in",
        description="By username or email address. The refresh token comes as a cookie as well.",
        responses={200: serializers.SignedInSerializer, 401: ERROR},
    )
    def post(self, request: Request) -> Response:
        try:
            pair = login.sign_in(**read_body(self), **device(request))
        except login.InvalidCredentials as error:
            raise AuthenticationFailed(
                "There is no such account with this password.", Code.INVALID_CREDENTIALS
            ) from error
        except login.SecondFactorRequired as error:
            raise AuthenticationFailed(
                "Send the current code of your authenticator app as well.", Code.SECOND_FACTOR_REQUIRED
            ) from error
        return signed_in(self, pair, 200)


class RefreshView(CredentialView):
    serializer_class = serializers.RefreshSerializer

    @extend_schema(
        summary="Exchange the refresh token for a new pair",
        description="Each refresh token is good once. A retry within ten seconds gets the same pair again; a later "
        "one means that the token was stolen, and ends the session.",
        responses={200: serializers.PairSerializer, 401: ERROR, 403: ERROR},
    )
    def post(self, request: Request) -> Response:
        given = read_body(self)
        refresh = given["refresh"] if "refresh" in given else cookies.refresh_token(request)
        try:
            pair = tokens.rotate(refresh)
        except tokens.TokenInvalid as error:
            raise InvalidToken from error
        return cookies.keep(Response({"access": pair.access, "refresh": pair.refresh}), pair)

    @staticmethod
    def throttled_accounts(request: Request) -> list[str]:
        """The token of the cookie counts as that of the body does."""
        given = request.data.get("refresh") if isinstance(request.data, dict) else None
        token = given or request.COOKIES.get(cookies.NAME)
        return [token] if isinstance(token, str) and token else []


class LogoutView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.LogoutSerializer

    @extend_schema(
        summary="Sign out",
        description="Both tokens of the session stop working at once.",
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
        return cookies.drop(Response(status=204))


class MeView(KnownParametersOnly, generics.GenericAPIView[User]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.UserSerializer

    @extend_schema(summary="One's own account")
    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(request.user).data)

    def get_throttles(self) -> list[Any]:
        """A change may carry the password, so it is limited as every other place to guess it."""
        return [CredentialThrottle()] if self.request.method == "PATCH" else super().get_throttles()

    @extend_schema(
        summary="Change one's own account",
        description="A new email address needs the `current_password`, and has to be confirmed anew.",
        request=serializers.ProfileSerializer,
    )
    def patch(self, request: Request) -> Response:
        changes = read_body(self, serializers.ProfileSerializer)
        try:
            user = profile.update_with_password(signed_in_user(request), **changes)
        except passwords.WrongPassword as error:
            raise ValidationError({"current_password": ["A new address needs your password."]}) from error
        return Response(self.get_serializer(user).data)


class PasswordView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    throttle_classes = (CredentialThrottle,)
    serializer_class = serializers.PasswordSerializer

    @extend_schema(
        summary="Change one's own password",
        description="Every other sign-in of the account ends.",
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        user, given = signed_in_user(request), read_body(self)
        current = request.auth if isinstance(request.auth, UserSession) else None
        try:
            passwords.change_password(user, old=given["old_password"], new=given["new_password"], keep=current)
        except passwords.WrongPassword as error:
            raise ValidationError({"old_password": ["This is not your password."]}) from error
        except Invalid as error:
            raise ValidationError({"new_password": error.messages}) from error
        if current is None:
            update_session_auth_hash(request, user)
        return Response(status=204)


class SessionListView(KnownParametersOnly, generics.ListAPIView[UserSession]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.SessionSerializer
    queryset = UserSession.objects.none()

    def get_queryset(self) -> QuerySet[UserSession]:
        return queries.live_sign_ins(signed_in_user(self.request))

    @extend_schema(summary="Where one is signed in", description="The sign-ins of programs, the last used first.")
    def get(self, request: Request) -> Response:
        return self.list(request)


class SessionView(KnownParametersOnly, generics.GenericAPIView[UserSession]):
    permission_classes = (IsAuthenticated,)
    serializer_class = serializers.SessionSerializer
    queryset = UserSession.objects.none()

    def get_queryset(self) -> QuerySet[UserSession]:
        return queries.live_sign_ins(signed_in_user(self.request))

    @extend_schema(summary="Sign out there", responses={204: None})
    def delete(self, request: Request, pk: str) -> Response:
        if not tokens.revoke(self.get_object()):
            raise Http404
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(summary="The people of the house", description="For managers, by username."),
    retrieve=extend_schema(summary="One person", description="For managers."),
)
class UserViewSet(KnownParametersOnly, viewsets.ReadOnlyModelViewSet[User]):
    permission_classes = (IsManager,)
    serializer_class = serializers.UserSerializer
    queryset = queries.users()
    filterset_class = UserFilter
    lookup_value_regex = r"\d+"
    orderings = queries.ORDERINGS
    default_ordering = "username"
