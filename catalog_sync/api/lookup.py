"""The API of the look-up, and the addresses of films by title and by IMDb id."""

from collections.abc import Collection
from functools import partial
from typing import Any

from django import forms
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from catalog_sync import lookup
from catalog_sync.lookup.limits import check_lookup_limit
from common.api.parameters import KnownParametersOnly
from movies.api.serializers.catalogue import MovieDetailSerializer
from movies.models import Movie
from movies.models.limits import FIRST_YEAR, LAST_YEAR
from movies.queries.films import for_detail, public_films
from movies.queries.library import with_user_data
from movies.search.tokens import MAX_QUERY

ERROR = {"$ref": "#/components/schemas/Error"}


class LookupParameters(forms.Form):
    """The types of the parameters; `lookup` checks their values."""

    title = forms.CharField(required=False, strip=False)
    year = forms.IntegerField(required=False)
    imdb_id = forms.CharField(required=False, strip=False)


@extend_schema(
    summary="Look up a film",
    description="By `title`, with or without `year`, or by `imdb_id`. First in the catalogue: by title or original "
    "title, ignoring case, accents and punctuation; of several films the best known. Then at OMDb, "
    "whose film is added to the catalogue. Look-ups at OMDb are limited by address and by user (429); "
    "films in the catalogue do not count.\n\n404 says whether OMDb does not have the film either, or "
    "has a series, an episode or a game of this name. Where OMDb answers with a film of another title or year, "
    "nothing is added, and `details` of the 404 hold that film's `title`, `year` and `imdb_id`. 503 with "
    "`upstream_unavailable` and `Retry-After`: OMDb does not answer, too many look-ups are waiting, or the daily "
    "allowance is spent (until midnight, UTC).",
    parameters=[
        OpenApiParameter(
            "title", {"type": "string", "minLength": 1, "maxLength": MAX_QUERY}, description="Or imdb_id."
        ),
        OpenApiParameter(
            "year", {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}, description="With a title."
        ),
        OpenApiParameter("imdb_id", {"type": "string", "pattern": "^tt[0-9]{7,10}$"}, description="Without a title."),
    ],
    responses={200: MovieDetailSerializer, 404: OpenApiResponse(ERROR, "No such film, or not a film.")},
)
class LookupView(KnownParametersOnly, GenericAPIView[Movie]):
    serializer_class = MovieDetailSerializer
    pagination_class = None
    permission_classes = (AllowAny,)
    extra_parameters: Collection[str] = ("title", "year", "imdb_id")

    def get(self, request: Request) -> Response:
        return self.respond(**self.parse(request.query_params.dict()))

    def parse(self, parameters: dict[str, Any]) -> dict[str, Any]:
        form = LookupParameters(parameters)
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return form.cleaned_data

    def respond(self, **query: Any) -> Response:
        films = with_user_data(for_detail(public_films()), self.request.user)
        movie = lookup.find(**query, films=films, check_limit=partial(check_lookup_limit, self.request))
        return Response(self.get_serializer(movie).data)


@extend_schema(exclude=True)
class FilmByTitleView(LookupView):
    """`/movies/{title}`, unless the title is the address of another resource."""

    extra_parameters = ("year",)

    def get(self, request: Request, title: str) -> Response:  # type: ignore[override]
        return self.respond(**self.parse(request.query_params.dict() | {"title": title}))


@extend_schema(exclude=True)
class FilmByImdbIdView(LookupView):
    """`/movies/{imdb_id}`."""

    extra_parameters = ()

    def get(self, request: Request, imdb_id: str) -> Response:  # type: ignore[override]
        return self.respond(imdb_id=imdb_id)
