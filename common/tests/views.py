"""Small views of every kind of trouble, for the tests of what all endpoints share."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelError
from django.db import connection
from django.db.models import F, ProtectedError
from django.http import Http404, HttpRequest, HttpResponse
from django_filters import CharFilter, FilterSet, MultipleChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed, NotFound, Throttled
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api.answers.sparse import SparseFields
from common.api.parameters import KnownParametersOnly
from common.api.parsing import KnownFieldsOnly
from common.errors import Conflict, Mismatch, NotAllowed, UpstreamUnavailable
from movies.models import Genre


class GenreFilter(FilterSet):
    name = CharFilter()
    slug = MultipleChoiceFilter(choices=[("a", "a"), ("b", "b")])

    class Meta:
        model = Genre
        fields: list[str] = []


class GenreSerializer(SparseFields, serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name", "slug"]


class GenreViewSet(KnownParametersOnly, viewsets.ReadOnlyModelViewSet[Genre]):
    queryset = Genre.objects.all()
    serializer_class = GenreSerializer
    filterset_class = GenreFilter
    permission_classes = [AllowAny]
    orderings = {"name": F("name"), "slug": F("slug")}
    default_ordering = "name"
    extra_parameters = ["expand"]

    @extend_schema(responses=GenreSerializer(many=True))
    @action(detail=False, orderings={}, extra_parameters=["query"])
    def search(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class PlainGenreViewSet(KnownParametersOnly, viewsets.ReadOnlyModelViewSet[Genre]):
    queryset = Genre.objects.all()
    serializer_class = GenreSerializer
    permission_classes = [AllowAny]


class GenreListView(KnownParametersOnly, generics.ListCreateAPIView[Genre]):
    queryset = Genre.objects.all()
    serializer_class = GenreSerializer
    permission_classes = [AllowAny]
    repeatable_parameters = ["tag"]

    def known_parameters(self) -> Iterator[str]:
        yield "tag"
        yield from super().known_parameters()


class Item(KnownFieldsOnly, serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(max_length=5)


class Order(KnownFieldsOnly, serializers.Serializer[Any]):
    name = serializers.CharField()
    items = Item(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["name"] == "nobody":
            raise serializers.ValidationError("Ordering is closed.")
        return attrs


class OrderView(APIView):
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.validated_data, status=201)


class EchoView(APIView):
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        return Response({"data": request.data})


class LongView(APIView):
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response({"text": "Amélie à Montmartre " * 200})


class PrivateView(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response({})

    def post(self, request: Request) -> Response:
        return Response({})


def break_constraint(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE t (n int) ON COMMIT DROP")
        cursor.execute(f"ALTER TABLE t ADD CONSTRAINT {name} CHECK (n > 0)")
        cursor.execute("INSERT INTO t VALUES (0)")


def break_not_null() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO movies_genre (slug) VALUES ('x')")


def time_out() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10ms'")
        cursor.execute("SELECT pg_sleep(5)")


def throw(error: Exception) -> Callable[[], None]:
    def thrower() -> None:
        raise error

    return thrower


TROUBLES: dict[str, Callable[[], None]] = {
    "http404": throw(Http404("No Genre matches the given query.")),
    "not-found": throw(NotFound("That film has left the programme.")),
    "forbidden": throw(PermissionDenied("secret reason")),
    "suspicious": throw(SuspiciousOperation("secret reason")),
    "conflict": throw(Conflict("duplicate", "You have rated this film.")),
    "conflict-with-details": throw(Conflict("room_taken", "Room 2 is taken.", details={"free": ["20:15"]})),
    "not-allowed": throw(NotAllowed("age_restricted", "This film is for people of 16 and older.")),
    "mismatch": throw(Mismatch()),
    "bad-token": throw(AuthenticationFailed("The token is not valid.")),
    "throttled": throw(Throttled(wait=7)),
    "upstream": throw(UpstreamUnavailable()),
    "protected": throw(ProtectedError("secret rows", set())),
    "model-invalid": throw(ModelError({"title": ["Too long."], "__all__": ["Not together."]})),
    "bug": throw(RuntimeError("secret detail")),
    "registered-constraint": lambda: break_constraint("config_test_registered"),
    "unknown-constraint": lambda: break_constraint("config_test_unknown"),
    "not-null": break_not_null,
    "timeout": time_out,
}


class TroubleView(APIView):
    permission_classes = [AllowAny]

    def get(self, request: Request, kind: str) -> Response:
        TROUBLES[kind]()
        return Response({})


def plain_trouble(request: HttpRequest, kind: str) -> HttpResponse:
    """A view that DRF knows nothing of: under /api it must fail in the same shape."""
    TROUBLES[kind]()
    return HttpResponse()


def plain_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST.get("name", ""))
