"""API views of the search: pages of films, and suggestions while typing."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pagination import OnePageMetaSerializer, PageOrCursorPagination, one_page_meta
from common.api.parameters import KnownParametersOnly
from common.api.schema import MarqueeSchema
from common.finished.declarations import finished
from common.limits.costs import costs
from movies.api.filters import MovieFilter
from movies.api.serializers.catalogue import MovieSerializer
from movies.models import Movie
from movies.queries.films import DETAIL_ONLY, for_cards, listed_films
from movies.search.matching import MAX_SUGGESTIONS, search
from movies.search.tokens import MAX_QUERY

QUERY = OpenApiParameter("query", str, required=True, description=f"1 to {MAX_QUERY} characters.")
CORRECTED = {
    "type": ["string", "null"],
    "description": "Another text that found films: the query as a title writes it (“rocky ii” for “rocky 2”), or its "
    "corrected spelling, if nothing matches the original query.",
}


class SearchParameters(forms.Form):
    query = forms.CharField(max_length=MAX_QUERY)


class SuggestParameters(SearchParameters):
    limit = forms.IntegerField(min_value=1, max_value=MAX_SUGGESTIONS, required=False)


class SearchPagination(PageOrCursorPagination):
    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        document = super().get_paginated_response_schema(schema)
        meta = document["properties"]["meta"]
        meta["properties"]["corrected"] = CORRECTED
        meta["required"] = list(meta["properties"])
        return document


class SearchSchema(MarqueeSchema):
    def get_paginated_name(self, serializer_name: str) -> str:
        return f"Found{serializer_name}List"


@extend_schema(
    summary="Search films",
    description="Searches titles, original and alternative titles, directors, cast and years; best match first. Words "
    "may be in any order and lack accents. Numerals, “and”, abbreviations and Chinese characters may be written "
    "differently, and words be misspelled; then `meta.corrected` has the text that found films. Signs alone find only "
    "the film of that title. Searches the catalogue and your private films, or with `owner=me` only your "
    "private films. Can be combined with filters.",
    parameters=[QUERY],
)
@costs("search")
@finished("films", "genres", for_signed_in=False)
class SearchView(KnownParametersOnly, generics.ListAPIView[Movie]):
    serializer_class = MovieSerializer
    filterset_class = MovieFilter
    pagination_class = SearchPagination
    permission_classes = [AllowAny]
    extra_parameters = ("query",)
    schema = SearchSchema()

    def get_queryset(self) -> QuerySet[Movie]:
        return for_cards(listed_films(self.request.user))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        params = _clean(SearchParameters(request.query_params.dict()))
        found = search(self.filter_queryset(self.get_queryset()), params["query"], request.user)
        page = self.paginate_queryset(found.films)
        response = self.get_paginated_response(self.get_serializer(page, many=True).data)
        response.data["meta"]["corrected"] = found.corrected
        return response


class SuggestionSerializer(MovieSerializer):
    """A suggested film."""

    class Meta(MovieSerializer.Meta):
        fields = ["id", "title", "original_title", "year", "poster"]
        read_only_fields = fields


class SuggestMeta(OnePageMetaSerializer):
    corrected = serializers.CharField(
        allow_null=True, help_text="Another writing of the query that found films, or its corrected spelling."
    )


class Suggestions(serializers.Serializer[Any]):
    items = SuggestionSerializer(many=True)
    meta = SuggestMeta()


@costs("suggest")
@finished("films", for_signed_in=False)
class SuggestView(KnownParametersOnly, generics.GenericAPIView[Movie]):
    serializer_class = SuggestionSerializer
    pagination_class = None
    permission_classes = [AllowAny]
    extra_parameters = ("query", "limit")

    def get_queryset(self) -> QuerySet[Movie]:
        return listed_films(self.request.user).defer(*DETAIL_ONLY)

    @extend_schema(
        summary="Suggest films while typing",
        description="Titles that begin with the query come first, even for a single letter. Otherwise the same as the "
        f"search, with up to {MAX_SUGGESTIONS} films.",
        parameters=[
            QUERY,
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_SUGGESTIONS, "default": MAX_SUGGESTIONS},
                description="Maximum number of films.",
            ),
        ],
        responses=Suggestions,
    )
    def get(self, request: Request) -> Response:
        params = _clean(SuggestParameters(request.query_params.dict()))
        limit = params.get("limit") or MAX_SUGGESTIONS
        found = search(self.get_queryset(), params["query"], request.user)
        items = self.get_serializer(found.films[:limit], many=True).data
        meta = one_page_meta(len(items), limit)
        return Response(
            {"items": items, "meta": meta | {"total_pages": min(1, len(items)), "corrected": found.corrected}}
        )


def _clean(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise ValidationError({name: [str(message) for message in messages] for name, messages in form.errors.items()})
    return form.cleaned_data
