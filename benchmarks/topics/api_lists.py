"""A page of 20 films that no cache has: ours against a viewset as Django REST framework's tutorial writes it.

The same items, in one process and through the same middleware, authentication and limits: a ModelSerializer over
objects with prefetched genres, and pages that count all rows. Both are asked in turns, without a server between.
"""

import logging
import time
from collections.abc import Iterator
from statistics import median
from typing import Any, cast

import orjson
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory, override_settings
from django.urls import path
from rest_framework import pagination, serializers, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer

from benchmarks.data.films import empty_catalogue, fill_catalogue
from benchmarks.peers.plain import PlainGenre
from benchmarks.report.goals import at_least
from config.urls import urlpatterns as ours
from movies.models import Movie

SIZES = (1_000, 100_000)
ROUNDS, EACH = 15, 10
OURS, PLAIN = "/api/v1/movies", "/api/v1/plain"
BOUND = "what both cost around the list: middleware, REST framework's dispatch, the limits in Redis"
LIMITS = {"THROTTLE_ANON": "100000000/min", "THROTTLE_REFUSED": "100000000/min"}


class PlainFilm(serializers.ModelSerializer[Movie]):
    genres = PlainGenre(many=True)
    average_rating = serializers.FloatField()
    poster = serializers.DictField(source="poster_urls")
    regional_release = serializers.DictField()
    now_showing = serializers.BooleanField()

    class Meta:
        model = Movie
        fields = [
            "id", "title", "original_title", "year", "release_date", "regional_release", "runtime", "genres",
            "certification", "age_restriction", "popularity", "average_rating", "ratings_count", "vote_average",
            "poster", "now_showing",
        ]  # fmt: skip


class PlainPages(pagination.PageNumberPagination):
    page_size = 20


class PlainFilms(viewsets.ReadOnlyModelViewSet[Movie]):
    queryset = (
        Movie.objects.filter(owner=None, withdrawn=False).prefetch_related("genres").order_by("-popularity", "-id")
    )
    serializer_class = PlainFilm
    pagination_class = PlainPages
    permission_classes = [AllowAny]
    renderer_classes = [JSONRenderer]
    filter_backends: list[Any] = []


urlpatterns = [path(PLAIN[1:], PlainFilms.as_view({"get": "list"})), *ours]


def measure() -> Iterator[str]:
    logging.disable(logging.INFO)  # both would write a line for each answer
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], **LIMITS):
        handler = WSGIHandler()
        yield f"20 a page; milliseconds (the best of {EACH}, median of {ROUNDS}), and the ratio"
        for size in SIZES:
            fill_catalogue(size)
            times = measure_ways(handler)
            for name, milliseconds in times.items():
                ratio = times["plain viewset"] / milliseconds
                yield f"{size:>9,} films, {name:<16}{milliseconds:>8.2f}{ratio:>8.1f}"
            name = f"API list of 20 of {size:,} films, against a plain ModelSerializer viewset"
            yield str(at_least(name, 6, times["plain viewset"] / times["by page"], bound=BOUND))
    logging.disable(logging.NOTSET)
    empty_catalogue()


def measure_ways(handler: WSGIHandler) -> dict[str, float]:
    """Return the milliseconds of one answer each way."""
    first = ask(handler, OURS)
    assert ask(handler, PLAIN)["results"] == first["items"]
    after = f"{OURS}?cursor={first['meta']['next_cursor']}"
    paths = {"plain viewset": PLAIN, "by page": OURS, "by cursor": after, "two fields": f"{after}&fields=id,title"}
    times: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(ROUNDS):
        for name, each in paths.items():
            times[name].append(min(take(handler, each) for _ in range(EACH)))
    return {name: median(measured) for name, measured in times.items()}


def take(handler: WSGIHandler, address: str) -> float:
    """Return the milliseconds of one answer."""
    environ = make_environ(address)
    started = time.perf_counter()
    answer(handler, environ)
    return (time.perf_counter() - started) * 1000


def ask(handler: WSGIHandler, address: str) -> Any:
    return orjson.loads(answer(handler, make_environ(address)))


def make_environ(address: str) -> dict[str, Any]:
    """Return a request of a program that has no account."""
    where, _, query = address.partition("?")
    return RequestFactory().get(where).environ | {"QUERY_STRING": query}


def answer(handler: WSGIHandler, environ: dict[str, Any]) -> bytes:
    response = cast(Any, handler)(environ, lambda status, headers: None)
    body = b"".join(response)
    response.close()
    return body
