"""What one would write first, for comparison: plain views of Django REST framework, as its documentation shows them.

A ModelSerializer for each model, pages by number, `select_related` and `prefetch_related`, searching with `icontains`,
and `cache_page`. They run behind the same middleware as ours, under the address of this URLconf.
"""

from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.cache import cache_page
from rest_framework import filters, generics, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer

from accounts.models import User
from cinema.models import MovieSession, Purchase, Room, Seat, Ticket
from common.errors import Code, Conflict
from movies.models import Genre, Movie, Rating


class Pages(PageNumberPagination):
    page_size = 20


class PlainView(generics.ListAPIView[Any]):
    pagination_class = Pages
    renderer_classes = [JSONRenderer]
    permission_classes = [AllowAny]
    throttle_classes = []
    filter_backends: list[Any] = []


class PlainGenre(serializers.ModelSerializer[Genre]):
    class Meta:
        model = Genre
        fields = ["id", "name"]


class PlainFilm(serializers.ModelSerializer[Movie]):
    genres = PlainGenre(many=True)

    class Meta:
        model = Movie
        fields = [
            "id", "title", "original_title", "year", "release_date", "runtime", "genres", "certification",
            "age_restriction", "popularity", "average_rating", "ratings_count", "vote_average",
        ]  # fmt: skip


class PlainRating(serializers.ModelSerializer[Rating]):
    user = serializers.CharField(source="user.username")

    class Meta:
        model = Rating
        fields = ["id", "user", "rating", "review", "created_at", "updated_at"]


class PlainRoom(serializers.ModelSerializer[Room]):
    class Meta:
        model = Room
        fields = ["id", "number", "name"]


class PlainSession(serializers.ModelSerializer[MovieSession]):
    movie = serializers.CharField(source="movie.title")
    room = PlainRoom()
    taken = serializers.IntegerField()

    class Meta:
        model = MovieSession
        fields = ["id", "movie", "room", "starts_at", "ends_at", "taken"]


class PlainTicket(serializers.ModelSerializer[Ticket]):
    seat = serializers.CharField(source="seat.label")
    movie = serializers.CharField(source="session.movie.title")

    class Meta:
        model = Ticket
        fields = ["id", "code", "movie", "seat", "purchased_at", "used_at"]


class Films(PlainView):
    queryset = Movie.objects.prefetch_related("genres").order_by("-popularity", "-id")
    serializer_class = PlainFilm
    filter_backends = [filters.SearchFilter]
    search_fields = ["title"]


class SimilarFilms(PlainView):
    serializer_class = PlainFilm

    def get_queryset(self) -> QuerySet[Movie]:
        text = self.request.GET["search"]
        found = Movie.objects.filter(title__trigram_word_similar=text)
        return found.annotate(near=TrigramSimilarity("title", text)).order_by("-near").prefetch_related("genres")


class RatingsOfFilm(PlainView):
    serializer_class = PlainRating

    def get_queryset(self) -> QuerySet[Rating]:
        return Rating.objects.filter(movie=self.kwargs["pk"]).select_related("user").order_by("-created_at")


class Sessions(PlainView):
    serializer_class = PlainSession

    def get_queryset(self) -> QuerySet[MovieSession]:
        taken = Count("tickets", filter=Q(tickets__cancelled_at=None))
        coming = MovieSession.objects.filter(ends_at__gt=timezone.now(), cancelled_at=None, published=True)
        return coming.select_related("movie", "room").annotate(taken=taken).order_by("starts_at")


class Tickets(PlainView):
    serializer_class = PlainTicket

    def get_queryset(self) -> QuerySet[Ticket]:
        mine = Ticket.objects.filter(user=self.request.user.pk, purchased_at__isnull=False)
        return mine.select_related("seat", "session__movie").order_by("-purchased_at")


@transaction.atomic
def buy_locked(session: MovieSession, label: str, user: User) -> Ticket:
    """Sell a named seat as one would first: lock the session, look whether the seat is free, insert."""
    locked = MovieSession.objects.select_for_update().get(pk=session.pk)
    seat = Seat.objects.get(room=locked.room_id, row=label[:1], number=int(label[1:]))
    if Ticket.objects.filter(session=locked, seat=seat, cancelled_at=None).exists():
        raise Conflict(Code.SEAT_TAKEN, "Taken.")
    purchase = Purchase.objects.create(user=user, made_by=user, session=locked, confirmed_at=timezone.now())
    return Ticket.objects.create(
        purchase=purchase,
        session=locked,
        room_id=locked.room_id,
        seat=seat,
        user=user,
        code=f"plain{purchase.pk}",
        purchased_at=timezone.now(),
    )


@transaction.atomic
def rate_locked(movie: Movie, user: User, rating: int) -> None:
    """Rate a film as one would first: lock it, write, and count all of its ratings again."""
    locked = Movie.objects.select_for_update().only("pk").get(pk=movie.pk)
    Rating.objects.update_or_create(user=user, movie=locked, defaults={"rating": rating})
    totals = Rating.objects.filter(movie=locked).aggregate(points=Sum("rating"), ratings=Count("rating"))
    Movie.objects.filter(pk=locked.pk).update(ratings_sum=totals["points"], ratings_count=totals["ratings"])


urlpatterns = [
    path("plain/films", Films.as_view()),
    path("plain/cached/films", cache_page(3_600)(Films.as_view())),
    path("plain/films/similar", SimilarFilms.as_view()),
    path("plain/films/<int:pk>/ratings", RatingsOfFilm.as_view()),
    path("plain/sessions", Sessions.as_view()),
    path("plain/tickets", Tickets.as_view()),
    path("", include("config.urls")),
]
