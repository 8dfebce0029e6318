"""API views of the viewing history."""

from django.db.models import QuerySet
from django.db.models.expressions import F
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from movies.api.filters import ViewingFilter
from movies.api.serializers.history import NewViewingSerializer, ViewingSerializer
from movies.library import history
from movies.models import Viewing
from movies.queries.library import with_film


@extend_schema_view(
    list=extend_schema(summary="List your viewings", description="Latest first."),
    retrieve=extend_schema(summary="Get one of your viewings"),
)
class HistoryViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Viewing]
):
    """Your own viewings. Viewings of other people answer 404."""

    queryset = Viewing.objects.none()
    serializer_class = ViewingSerializer
    filterset_class = ViewingFilter
    lookup_value_regex = r"\d+"
    orderings = {"watched_at": F("watched_at")}
    default_ordering = "-watched_at"

    def get_queryset(self) -> QuerySet[Viewing]:
        return with_film(Viewing.objects.filter(user=signed_in_user(self.request)))

    @extend_schema(summary="Add a viewing", request=NewViewingSerializer, responses={201: ViewingSerializer})
    def create(self, request: Request) -> Response:
        values = read_body(self, NewViewingSerializer)
        viewing = history.add_viewing(signed_in_user(request), **{"watched_at": timezone.now()} | values)
        location = reverse("v1:history-detail", args=[viewing.pk])
        return Response(self.get_serializer(viewing).data, status=201, headers={"Location": location})

    @extend_schema(summary="Delete a viewing", description="409 (`conflict`) if a used ticket proves it.")
    def destroy(self, request: Request, pk: str) -> Response:
        history.delete_viewing(self.get_object())
        return Response(status=204)
