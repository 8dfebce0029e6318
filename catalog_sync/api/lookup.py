"""The JSON door of the look-up, and the addresses of films by title and by IMDb id."""

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
from movies.queries.films import catalogue_films, for_detail
from movies.queries.library import with_user_data
from movies.search.matching import MAX_QUERY

ERROR = {"$ref": "#/components/schemas/Error"}


class LookupParameters(forms.Form):
    """Their types; what they may be is the matter of `lookup`."""

    title = forms.CharField(required=False, strip=False)
    year = forms.IntegerField(required=False)
    imdb_id = forms.CharField(required=False, strip=False)


@extend_schema(
    summary="Look any film up",
    description="By `title`, with or without its `year`, or by `imdb_id`. First the films of the house: title or "
    "original title ignoring case, accents and signs, the best known of several. Then OMDb is asked, and the film is "
    "one of the house from then on. Asking OMDb is limited by address and by person, beyond which it is 429; what is "
    "here already does not count.\n\n404 says whether OMDb knows nothing either, or knows a series, an episode or a "
    "game. 503 with `upstream_unavailable` and `Retry-After`: OMDb does not answer, many are asking, or what may be "
    "asked in a day is spent (until midnight, UTC).",
    parameters=[
        OpenApiParameter(
            "title", {"type": "string", "minLength": 1, "maxLength": MAX_QUERY}, description="Or imdb_id."
        ),
        OpenApiParameter(
            "year", {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}, description="With a title."
        ),
        OpenApiParameter("imdb_id", {"type": "string", "pattern": "^tt[0-9]{7,10}$"}, description="Without a title."),
    ],
    responses={200: MovieDetailSerializer, 404: OpenApiResponse(ERROR, "No film, or none that we can show.")},
)
class LookupView(KnownParametersOnly, GenericAPIView[Movie]):
    serializer_class = MovieDetailSerializer
    pagination_class = None
    permission_classes = (AllowAny,)
    extra_parameters: Collection[str] = ("title", "year", "imdb_id")

    def get(self, request: Request) -> Response:
        return self.answer(**self.asked(request.query_params.dict()))

    def asked(self, parameters: dict[str, Any]) -> dict[str, Any]:
        form = LookupParameters(parameters)
        if not form.is_valid():
            raise ValidationError({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return form.cleaned_data

    def answer(self, **asked: Any) -> Response:
        films = with_user_data(for_detail(catalogue_films()), self.request.user)
        movie = lookup.find(**asked, films=films, check_limit=partial(check_lookup_limit, self.request))
        return Response(self.get_serializer(movie).data)


@extend_schema(exclude=True)
class FilmByTitleView(LookupView):
    """`/movies/{title}`, where the title is no address of something else."""

    extra_parameters = ("year",)

    def get(self, request: Request, title: str) -> Response:  # type: ignore[override]
        return self.answer(**self.asked(request.query_params.dict() | {"title": title}))


@extend_schema(exclude=True)
class FilmByImdbIdView(LookupView):
    """`/movies/{imdb_id}`."""

    extra_parameters = ()

    def get(self, request: Request, imdb_id: str) -> Response:  # type: ignore[override]
        return self.answer(imdb_id=imdb_id)
