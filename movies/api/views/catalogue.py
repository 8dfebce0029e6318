"""The JSON door of the catalogue."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from config.api.parameters import KnownParametersOnly
from movies import queries
from movies.api.filters import MovieFilter
from movies.api.serializers.catalogue import GenreSerializer, MovieDetailSerializer, MovieSerializer
from movies.models import Genre, Movie
from movies.search import MAX_QUERY, search

QUERY = forms.CharField(max_length=MAX_QUERY)


@extend_schema_view(
    list=extend_schema(summary="All genres", description="By name, in TMDB's names."),
    retrieve=extend_schema(summary="One genre"),
)
class GenreViewSet(KnownParametersOnly, viewsets.ReadOnlyModelViewSet[Genre]):
    """The genres, in TMDB's names."""

    queryset = Genre.objects.order_by("name")
    serializer_class = GenreSerializer
    authentication_classes = []
    permission_classes = [AllowAny]
    lookup_value_regex = r"\d+"


@extend_schema_view(
    list=extend_schema(
        summary="The films of the house",
        description="Most popular first. With `owner=me`, one's own private films instead, which needs a sign-in.",
    ),
    retrieve=extend_schema(summary="One film, with all that is known of it"),
)
class MovieViewSet(KnownParametersOnly, viewsets.ReadOnlyModelViewSet[Movie]):
    """The films of the catalogue, and one's own private ones."""

    filterset_class = MovieFilter
    permission_classes = [AllowAny]
    lookup_value_regex = r"\d+"
    orderings = queries.ORDERINGS
    default_ordering = "-popularity"

    def get_queryset(self) -> QuerySet[Movie]:
        if self.action == "retrieve":
            return queries.for_detail(queries.visible_to(self.request.user))
        return queries.for_cards(queries.catalogue())

    def get_serializer_class(self) -> type[BaseSerializer[Movie]]:
        return MovieDetailSerializer if self.action == "retrieve" else MovieSerializer

    @extend_schema(
        summary="Search the catalogue",
        description="Best match first: titles, original titles, directors and cast, in any order of words, also "
        "without accents and nearly spelt. Filters combine with it.",
        parameters=[OpenApiParameter("query", str, required=True, description=f"1 to {MAX_QUERY} characters.")],
        responses=MovieSerializer(many=True),
    )
    @action(detail=False, orderings={}, default_ordering=None, extra_parameters=("query",))
    def search(self, request: Request) -> Response:
        try:
            text = QUERY.clean(request.query_params.get("query", ""))
        except forms.ValidationError as error:
            raise ValidationError({"query": error.messages}) from None
        films = search(self.filter_queryset(self.get_queryset()), text)
        page: list[Any] | None = self.paginate_queryset(films)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
