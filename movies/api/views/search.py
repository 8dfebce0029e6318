"""The JSON door of the search: pages of films, and the few that somebody may be typing."""

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
from movies.api.filters import MovieFilter
from movies.api.serializers.catalogue import MovieSerializer
from movies.models import Movie
from movies.queries.films import DETAIL_ONLY, for_cards, visible_films
from movies.search.matching import MAX_QUERY, MAX_SUGGESTIONS, search

QUERY = OpenApiParameter("query", str, required=True, description=f"1 to {MAX_QUERY} characters.")
CORRECTED = {
    "type": ["string", "null"],
    "description": "What was understood, where nothing matches what was typed; the items are for that.",
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
    description="Best match first: titles, original titles, directors, cast and years, in any order of words, also "
    "without accents and nearly spelt; `meta.corrected` says what was understood then. Looks through the catalogue "
    "and one's own private films (`owner=me`: through these only). Filters combine with it.",
    parameters=[QUERY],
)
class SearchView(KnownParametersOnly, generics.ListAPIView[Movie]):
    serializer_class = MovieSerializer
    filterset_class = MovieFilter
    pagination_class = SearchPagination
    permission_classes = [AllowAny]
    extra_parameters = ("query",)
    schema = SearchSchema()

    def get_queryset(self) -> QuerySet[Movie]:
        return for_cards(visible_films(self.request.user))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = cleaned(SearchParameters(request.query_params.dict()))
        found = search(self.filter_queryset(self.get_queryset()), asked["query"], request.user)
        page = self.paginate_queryset(found.films)
        response = self.get_paginated_response(self.get_serializer(page, many=True).data)
        response.data["meta"]["corrected"] = found.corrected
        return response


class SuggestionSerializer(MovieSerializer):
    """A film in a line."""

    class Meta(MovieSerializer.Meta):
        fields = ["id", "title", "original_title", "year", "poster"]
        read_only_fields = fields


class SuggestMeta(OnePageMetaSerializer):
    corrected = serializers.CharField(
        allow_null=True, help_text="What was understood, where nothing matches what was typed."
    )


class Suggestions(serializers.Serializer[Any]):
    items = SuggestionSerializer(many=True)
    meta = SuggestMeta()


class SuggestView(KnownParametersOnly, generics.GenericAPIView[Movie]):
    serializer_class = SuggestionSerializer
    pagination_class = None
    permission_classes = [AllowAny]
    extra_parameters = ("query", "limit")

    def get_queryset(self) -> QuerySet[Movie]:
        return visible_films(self.request.user).defer(*DETAIL_ONLY)

    @extend_schema(
        summary="Suggest films while somebody types",
        description="Titles that begin with the query first, from the first letter on. Otherwise as the search, "
        f"and at most {MAX_SUGGESTIONS}.",
        parameters=[
            QUERY,
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_SUGGESTIONS, "default": MAX_SUGGESTIONS},
                description="How many at most.",
            ),
        ],
        responses=Suggestions,
    )
    def get(self, request: Request) -> Response:
        asked = cleaned(SuggestParameters(request.query_params.dict()))
        limit = asked.get("limit") or MAX_SUGGESTIONS
        found = search(self.get_queryset(), asked["query"], request.user)
        items = self.get_serializer(found.films[:limit], many=True).data
        meta = one_page_meta(len(items), limit)
        return Response({"items": items, "meta": meta | {"corrected": found.corrected}})


def cleaned(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise ValidationError({name: [str(message) for message in messages] for name, messages in form.errors.items()})
    return form.cleaned_data
