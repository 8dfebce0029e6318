"""API views of ratings: the user's own, and all of a film."""

from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.expressions import F
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from common.api.answers.rows import ListOfRows
from common.api.pagination import PageOrCursorPagination
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from common.database.kept import Parameter
from common.finished.declarations import finished
from movies.api.film_ids import film_of_address
from movies.api.filters import RatingFilter
from movies.api.rows import RATING
from movies.api.serializers.ratings import (
    NewRatingSerializer,
    PublishedRatingSerializer,
    RatingChangesSerializer,
    RatingSerializer,
    add_summary,
)
from movies.library import ratings
from movies.models import Rating
from movies.queries.films import visible_films
from movies.queries.ratings import rating_summary, with_author_and_film, with_published_review

PAGE_OF_RATINGS = PageOrCursorPagination().get_paginated_response_schema(
    {"type": "array", "items": {"$ref": "#/components/schemas/PublishedRating"}}
)

# Reviews without a rating sort below all ratings.
BY_RATING = Coalesce("rating", Value(0))


@extend_schema_view(
    list=extend_schema(summary="List your ratings", description="Newest first."),
    retrieve=extend_schema(summary="Get one of your ratings"),
)
class RatingViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Rating]
):
    """Your own ratings. Ratings of other people answer 404."""

    queryset = Rating.objects.none()
    serializer_class = RatingSerializer
    filterset_class = RatingFilter
    lookup_value_regex = r"\d+"
    orderings = {"created_at": F("created_at"), "rating": BY_RATING, "updated_at": F("updated_at")}
    default_ordering = "-created_at"

    def get_queryset(self) -> QuerySet[Rating]:
        return with_author_and_film(Rating.objects.filter(user=signed_in_user(self.request)))

    @extend_schema(
        summary="Rate a film",
        description="One rating per film, with a review if you like, or a review alone; use PATCH to change it. Films "
        "of the catalogue, and your private films.",
        request=NewRatingSerializer,
        responses={201: RatingSerializer},
    )
    def create(self, request: Request) -> Response:
        values = read_body(self, NewRatingSerializer)
        rating = ratings.rate_film(signed_in_user(request), **values)
        location = reverse("v1:rating-detail", args=[rating.pk])
        return Response(self._serialize(rating), status=201, headers={"Location": location})

    @extend_schema(summary="Change your rating or review", request=RatingChangesSerializer, responses=RatingSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        rating = self.get_object()
        values = read_body(self, RatingChangesSerializer)
        try:
            ratings.change_rating(rating, **values)
        except Rating.DoesNotExist as error:
            raise Http404 from error
        return Response(self._serialize(rating))

    @extend_schema(summary="Delete your rating")
    def destroy(self, request: Request, pk: str) -> Response:
        ratings.delete_rating(self.get_object())
        return Response(status=204)

    def _serialize(self, rating: Rating) -> Any:
        return self.get_serializer(get_object_or_404(self.get_queryset(), pk=rating.pk)).data


@extend_schema_view(
    get=extend_schema(
        summary="List all ratings of a film",
        description="Newest first. Every page has a `summary` of all ratings. Private films answer their owner only.",
        responses={200: add_summary(PAGE_OF_RATINGS)},
    )
)
@finished("films", "ratings", "people")
class MovieRatingsView(KnownParametersOnly, ListOfRows, generics.ListAPIView[Rating]):
    row_fields = RATING
    queryset = Rating.objects.none()
    serializer_class = PublishedRatingSerializer
    permission_classes = (AllowAny,)
    orderings = {"created_at": F("created_at"), "rating": BY_RATING}
    default_ordering = "-created_at"

    def list(self, request: Request, *args: Any, **options: Any) -> Response:
        self.movie = film_of_address(self, visible_films(request.user).only("pk"))
        response = super().list(request)
        response.data["summary"] = rating_summary(self.movie)
        return response

    def row_values(self) -> dict[str, int]:
        return {"film": self.movie.pk}

    def kept_rows(self, **values: Parameter) -> QuerySet[Rating]:
        return with_published_review(Rating.objects.filter(movie=values["film"]))
