"""The JSON door of ratings: one's own, and everybody's of a film."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import F
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from common.api.pagination import PageOrCursorPagination
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from movies.api.filters import RatingFilter
from movies.api.serializers.ratings import (
    NewRatingSerializer,
    RatingChangesSerializer,
    RatingSerializer,
    with_summary,
)
from movies.library import ratings
from movies.models import Rating
from movies.queries.films import visible_films
from movies.queries.ratings import rating_summary, with_author_and_film

PAGE_OF_RATINGS = PageOrCursorPagination().get_paginated_response_schema(
    {"type": "array", "items": {"$ref": "#/components/schemas/Rating"}}
)


@extend_schema_view(
    list=extend_schema(summary="One's own ratings", description="The newest first."),
    retrieve=extend_schema(summary="One of one's own ratings"),
)
class RatingViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Rating]
):
    """One's own ratings; somebody else's are not there."""

    queryset = Rating.objects.none()
    serializer_class = RatingSerializer
    filterset_class = RatingFilter
    lookup_value_regex = r"\d+"
    orderings = {"created_at": F("created_at"), "rating": F("rating"), "updated_at": F("updated_at")}
    default_ordering = "-created_at"

    def get_queryset(self) -> QuerySet[Rating]:
        return with_author_and_film(Rating.objects.filter(user=signed_in_user(self.request)))

    @extend_schema(
        summary="Rate a film",
        description="Once; to change it, PATCH it. Any film of the catalogue, or one's own private one.",
        request=NewRatingSerializer,
        responses={201: RatingSerializer},
    )
    def create(self, request: Request) -> Response:
        given = read_body(self, NewRatingSerializer)
        rating = ratings.rate(signed_in_user(request), **given)
        where = reverse("v1:rating-detail", args=[rating.pk])
        return Response(self._shown(rating), status=201, headers={"Location": where})

    @extend_schema(
        summary="Change one's own rating or review", request=RatingChangesSerializer, responses=RatingSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        rating = self.get_object()
        given = read_body(self, RatingChangesSerializer)
        try:
            ratings.change(rating, **given)
        except Rating.DoesNotExist as error:
            raise Http404 from error
        return Response(self._shown(rating))

    @extend_schema(summary="Take one's own rating back")
    def destroy(self, request: Request, pk: str) -> Response:
        ratings.remove(self.get_object())
        return Response(status=204)

    def _shown(self, rating: Rating) -> Any:
        """As it reads now."""
        return self.get_serializer(get_object_or_404(self.get_queryset(), pk=rating.pk)).data


@extend_schema_view(
    get=extend_schema(
        summary="Everybody's ratings of a film",
        description="The newest first, with what all of them come to as `summary`, whatever the page. "
        "Of a private film for its owner only.",
        responses={200: with_summary(PAGE_OF_RATINGS)},
    )
)
class MovieRatingsView(KnownParametersOnly, generics.ListAPIView[Rating]):
    queryset = Rating.objects.none()
    serializer_class = RatingSerializer
    permission_classes = (AllowAny,)
    orderings = {"created_at": F("created_at"), "rating": F("rating")}
    default_ordering = "-created_at"

    def list(self, request: Request, pk: int) -> Response:
        movie = get_object_or_404(visible_films(request.user).only("pk"), pk=pk)
        page = self.paginate_queryset(with_author_and_film(movie.ratings.all()))
        answer = self.get_paginated_response(self.get_serializer(page, many=True).data)
        answer.data["summary"] = rating_summary(movie)
        return answer
