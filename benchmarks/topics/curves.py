"""What the acts of a house cost while it grows: ours beside what one would write first (`benchmarks.peers.plain`).

Each act is done in one process, at every size, by turns; the median counts. The results are drawn into
docs/performance/, for docs/performance.md.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings

from accounts.models import User
from benchmarks.data import growth
from benchmarks.data.films import empty_catalogue, fill_catalogue
from benchmarks.peers import plain
from benchmarks.report.charts import draw
from cinema.box_office import purchases
from cinema.models import MovieSession, Seat
from common.api.cursors import Keyset
from common.errors import Conflict
from movies.library import ratings
from movies.models import Movie
from movies.queries.films import ORDERINGS, public_films

TURNS = 15
SLOW_SECONDS = 2.0  # a way that takes longer is asked three times only
BUYERS = 8
PICTURES = settings.BASE_DIR / "docs" / "performance"

Act = Callable[[], object]
Ways = Mapping[str, Act]


@dataclass
class Curves:
    """The curves of one picture: milliseconds by the name of the way, for each size."""

    name: str
    title: str
    points: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, ways: Ways) -> None:
        for way, milliseconds in measure_ways(ways).items():
            self.points.setdefault(way, []).append(milliseconds)


@dataclass
class Growth:
    """What grows, to which sizes; `ways` names what is done at each size, by the name of its picture."""

    rows: str
    sizes: Sequence[int]
    grow: Callable[[int], object]
    pictures: Mapping[str, str]
    ways: Callable[[], Mapping[str, Ways]]

    def measure(self) -> Iterator[str]:
        curves = {name: Curves(name, title) for name, title in self.pictures.items()}
        for size in self.sizes:
            self.grow(size)
            for name, ways in self.ways().items():
                curves[name].measure(ways)
        for one in curves.values():
            draw(PICTURES / f"{one.name}.svg", one.title, self.rows, self.sizes, one.points)
            yield f"{one.title}, by {self.rows}; milliseconds"
            yield f"{'':<34}" + "".join(f"{size:>12,}" for size in self.sizes)
            for way, points in one.points.items():
                yield f"{way:<34}" + "".join(f"{point:>12,.1f}" for point in points)


def measure() -> Iterator[str]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with as_a_site():
        for grown in (TICKETS, SESSIONS, RATINGS, FILMS):
            fill_catalogue(10_000)
            yield from grown.measure()
            growth.tear_down()
        empty_catalogue()


@contextmanager
def as_a_site() -> Iterator[None]:
    limits = dict.fromkeys(("THROTTLE_ANON", "THROTTLE_USER", "THROTTLE_PURCHASE"), "100000000/min")
    costs = dict.fromkeys(settings.THROTTLE_COSTS, "100000000/min")
    with override_settings(ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=plain.__name__, THROTTLE_COSTS=costs, **limits):
        yield


def measure_ways(ways: Ways) -> dict[str, float]:
    """Return the median of milliseconds of each way, which take turns after one that does not count."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(TURNS + 1):
        for way, act in ways.items():
            if turn > 3 and median(times[way]) > SLOW_SECONDS * 1000:
                continue
            started = time.perf_counter()
            act()
            if turn:
                times[way].append((time.perf_counter() - started) * 1000)
    return {way: median(measured) for way, measured in times.items()}


def ask(path: str, user: User | None = None) -> Act:
    client = Client()
    if user:
        client.force_login(user)

    def get() -> None:
        assert client.get(path).status_code == 200, path

    return get


def by_turns(paths: Sequence[str]) -> Act:
    """Ask for one path after another, so that no answer is the last one's again."""
    acts, numbers = [ask(path) for path in paths], count()
    return lambda: acts[next(numbers) % len(acts)]()


def ways_of_films() -> dict[str, Ways]:
    films = public_films()
    keyset = Keyset(films, "-popularity", ORDERINGS["popularity"])
    total = films.count()
    near_end = keyset.cursor(keyset.queryset[total - 30])
    chance = random.Random(3)
    titles = films.filter(original_language="en", pk__in=_choose_ids(chance, 200)).values_list("title", flat=True)
    words = [max(title.split(), key=len) for title in titles][:20]
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX IF NOT EXISTS plain_title ON movies_movie USING gin (title gin_trgm_ops)")
    cache.clear()
    return {
        "films-list": {
            "Marquee": ask("/api/v1/movies?limit=20"),
            "plain DRF": ask("/plain/films"),
            "plain DRF and cache_page": ask("/plain/cached/films"),
        },
        "films-deep": {
            "Marquee, by cursor": ask(f"/api/v1/movies?limit=20&cursor={quote(near_end)}"),
            "plain DRF, by page": ask(f"/plain/films?page={total // 20}"),
        },
        "films-search": {
            "Marquee": by_turns([f"/api/v1/movies/search?query={quote(word)}" for word in words]),
            "plain DRF, icontains": by_turns([f"/plain/films?search={quote(word)}" for word in words]),
            "plain DRF, pg_trgm": by_turns([f"/plain/films/similar?search={quote(word)}" for word in words]),
        },
    }


def _choose_ids(chance: random.Random, number: int) -> list[int]:
    first, last = Movie.objects.order_by("pk")[0].pk, Movie.objects.order_by("-pk")[0].pk
    return [chance.randint(first, last) for _ in range(number)]


def ways_of_ratings() -> dict[str, Ways]:
    film = Movie.objects.order_by("pk")[0]
    authors = list(User.objects.filter(ratings__movie=film))[:10]
    ours, theirs = count(), count()

    def rate_locked() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # its figures are counted, not added to
            plain.rate_locked(film, authors[next(theirs) % len(authors)], 1 + next(theirs) % 10)
            cursor.execute("RESET session_replication_role")

    return {
        "ratings-write": {
            "Marquee": lambda: ratings.save_rating(authors[next(ours) % len(authors)], film, 1 + next(ours) % 10),
            "locked and counted again": rate_locked,
        },
        "ratings-read": {
            "Marquee": ask(f"/api/v1/movies/{film.pk}/ratings"),
            "plain DRF": ask(f"/plain/films/{film.pk}/ratings"),
        },
    }


def ways_of_sessions() -> dict[str, Ways]:
    return {"sessions-list": {"Marquee": ask("/api/v1/movie-sessions?limit=20"), "plain DRF": ask("/plain/sessions")}}


def ways_of_tickets() -> dict[str, Ways]:
    customer = User.objects.get(username="guest0")
    sessions = iter(list(MovieSession.objects.order_by("-starts_at")[: 2 * (TURNS + 1)]))
    return {
        "tickets-buy": {
            "Marquee": lambda: sell(next(sessions), lambda *sale: purchases.buy(sale[0].pk, sale[2], seats=[sale[1]])),
            "select_for_update": lambda: sell(next(sessions), plain.buy_locked),
        },
        "tickets-list": {
            "Marquee": ask("/api/v1/tickets/me", customer),
            "plain DRF": ask("/plain/tickets", customer),
        },
    }


def sell(session: MovieSession, buy: Callable[[MovieSession, str, User], object]) -> None:
    """Let BUYERS customers buy five seats each, at the same time; every seat is wanted by two."""
    seats = [seat.label for seat in Seat.objects.filter(room=session.room_id)[: BUYERS * 5 // 2]]
    people = list(User.objects.filter(username__startswith="guest").order_by("pk")[:BUYERS])
    together = threading.Barrier(BUYERS)

    def buyer(number: int) -> None:
        try:
            connection.ensure_connection()
            together.wait()
            for wanted in range(5):
                with suppress(Conflict):
                    buy(session, seats[(number // 2 * 5 + wanted) % len(seats)], people[number])
        finally:
            connection.close()

    with ThreadPoolExecutor(BUYERS) as pool:
        list(pool.map(buyer, range(BUYERS)))
    assert session.tickets.count() == len(seats)


FILMS = Growth(
    "films",
    (10_000, 100_000, 1_000_000),
    fill_catalogue,
    {"films-list": "A list of 20 films", "films-deep": "The last films of the list", "films-search": "A word searched"},
    ways_of_films,
)
RATINGS = Growth(
    "ratings",
    (10_000, 100_000, 1_000_000, 10_000_000),
    growth.grow_ratings,
    {"ratings-write": "A film rated", "ratings-read": "The newest 20 ratings of a film"},
    ways_of_ratings,
)
SESSIONS = Growth(
    "sessions", (1_000, 10_000, 100_000), growth.grow_sessions, {"sessions-list": "What is on"}, ways_of_sessions
)
TICKETS = Growth(
    "tickets",
    (10_000, 100_000, 1_000_000),
    growth.grow_tickets,
    {"tickets-buy": f"{BUYERS} customers buy five seats each", "tickets-list": "A customer's tickets"},
    ways_of_tickets,
)
