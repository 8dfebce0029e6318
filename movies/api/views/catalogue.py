"""API views of the catalogue."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.permissions import AllowAny, IsAuthenticatedOrReadOnly
from rest_framework.serializers import BaseSerializer

from common.api.answers.rows import ListOfRows
from common.api.parameters import KnownParametersOnly
from common.finished.declarations import finished
from movies.api.film_ids import FORMER_ID, film_of_address
from movies.api.filters import MovieFilter
from movies.api.rows import FILM
from movies.api.serializers.catalogue import GenreSerializer, MovieDetailSerializer, MovieSerializer
from movies.api.views.editing import IsEditable, MovieWrites
from movies.models import Genre, Movie
from movies.queries.films import ORDERINGS, public_films, visible_films


@extend_schema_view(
    list=extend_schema(summary="List all genres", description="By name. The names are those of TMDB."),
    retrieve=extend_schema(summary="Get one genre"),
)
@finished("genres", actions=["list", "retrieve"])
class GenreViewSet(KnownParametersOnly, viewsets.ReadOnlyModelViewSet[Genre]):
    """Genres, with their names on TMDB."""

    queryset = Genre.objects.order_by("name")
    serializer_class = GenreSerializer
    authentication_classes = []
    permission_classes = [AllowAny]
    lookup_value_regex = r"\d+"


@extend_schema_view(
    list=extend_schema(
        summary="List the films of the catalogue",
        description="Most popular first. With `owner=me`, your private films instead; sign in for this.",
    ),
    retrieve=extend_schema(summary="Get one film with all details", description=FORMER_ID),
)
@finished("films", "genres", actions=["list"])
@finished("films", "genres", for_signed_in=False, actions=["retrieve"])  # it has the person's own rating
class MovieViewSet(
    KnownParametersOnly, ListOfRows, MovieWrites, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Movie]
):
    """The films of the catalogue, and your private films."""

    filterset_class = MovieFilter
    row_fields = FILM
    permission_classes = [IsAuthenticatedOrReadOnly, IsEditable]
    lookup_value_regex = r"\d+"
    orderings = ORDERINGS
    default_ordering = "-popularity"

    def get_queryset(self) -> QuerySet[Movie]:
        if self.action == "retrieve":
            return self.films_for_detail()
        if self.detail:
            return visible_films(self.request.user).only("owner")
        return public_films()

    def get_object(self) -> Movie:
        return film_of_address(self, self.get_queryset())

    def get_serializer_class(self) -> type[BaseSerializer[Movie]]:
        return MovieDetailSerializer if self.action == "retrieve" else MovieSerializer
