"""Ratings, watchlists and viewings of the demo users; the same each time."""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.people import demo as people
from movies.library import history
from movies.models import Movie, Rating, Viewing, WatchlistItem

DAYS = 240  # before today, over which ratings and viewings are spread
ON_WATCHLIST = 16
# The share of seen films that are rated, and of rated films that are reviewed.
RATED, REVIEWED = 0.85, 0.15
# Reviews by the highest rating that they fit.
REVIEWS = {
    3: ["Not for me. I looked at the clock twice.", "Long, and it knows it."],
    5: ["A fine idea, and little else.", "The first half promises a better film.", "I wanted to like it more."],
    7: ["Good company for an evening.", "Uneven, with two scenes that I keep thinking of.", "Solid, if a little tidy."],
    8: [
        "Beautifully made, and funnier than I expected.",
        "It looks wonderful on a big screen.",
        "Better the second time.",
    ],
    10: [
        "I walked home the long way to keep it a little longer.",
        "Nobody in the room moved until the lights came on.",
        "One of the few that I know by heart.",
    ],
}


class Film(NamedTuple):
    movie: Movie
    genres: frozenset[str]
    quality: float  # the typical rating
    fame: float  # 0 to 1: the chance that a frequent visitor has seen it


@transaction.atomic
def load() -> int:
    """Add ratings, watchlists and viewings of the demo users who have none, and return the number of ratings."""
    films = _demo_films()
    libraries = [DemoLibrary(user, films) for user in _users_without_library()]
    ratings = Rating.objects.bulk_create(rating for each in libraries for rating in each.ratings)
    own = [each for each in libraries if each.user.has_usable_password()]
    Viewing.objects.bulk_create(viewing for each in own for viewing in each.viewings)
    WatchlistItem.objects.bulk_create(item for each in own for item in each.watchlist_items())
    return len(ratings)


def _users_without_library() -> QuerySet[User]:
    """Return the demo users without ratings, watchlist items and viewings."""
    names = [*people.VISITORS, *(person["username"] for person in people.PEOPLE)]
    found = User.objects.filter(username__in=names)
    for rows in (Rating.objects.all(), WatchlistItem.objects.all(), Viewing.objects.all()):
        found = found.exclude(Exists(rows.filter(user=OuterRef("pk"))))
    return found.order_by("username")


def _demo_films() -> list[Film]:
    movies = Movie.objects.filter(owner=None).exclude(imdb_id=None).order_by("imdb_id").prefetch_related("genres")
    most = max((movie.popularity for movie in movies), default=0) or 1
    return [
        Film(
            movie,
            frozenset(genre.name for genre in movie.genres.all()),
            Random(movie.imdb_id).gauss(7.1, 1),  # noqa: S311 - the same each time, not a secret
            min(0.9, 0.1 + movie.popularity / most),
        )
        for movie in movies
    ]


def _is_old_enough(user: User, movie: Movie) -> bool:
    born = user.date_of_birth
    return born is None or (timezone.localdate() - born).days >= 365.25 * (movie.age_restriction or 0)


class DemoLibrary:
    """The library of one demo user: seen films with dates, ratings and reviews, and a watchlist."""

    def __init__(self, user: User, films: list[Film]) -> None:
        self.user, self.films = user, [film for film in films if _is_old_enough(user, film.movie)]
        self.random = Random(user.username)  # noqa: S311 - the same each time, not a secret
        self.leniency = self.random.gauss(0, 0.6)
        names = sorted({name for film in films for name in film.genres})
        self.favorites = set(self.random.sample(names, min(4, len(names))))
        often = self.random.uniform(0.4, 1)
        self.seen = [film for film in self.films if self.random.random() < film.fame * often]
        self.ratings: list[Rating] = []
        self.viewings: list[Viewing] = []
        for film in self.seen:
            self._add_viewing(film)

    def _add_viewing(self, film: Film) -> None:
        when = self._random_time()
        self.viewings.append(
            Viewing(user=self.user, movie=film.movie, watched_at=history.noon_of(timezone.localdate(when)))
        )
        if self.random.random() < RATED:
            rating = self._choose_rating(film)
            review = self._choose_review(rating) if self.random.random() < REVIEWED else ""
            self.ratings.append(
                Rating(user=self.user, movie=film.movie, rating=rating, review=review, created_at=when, updated_at=when)
            )

    def _choose_rating(self, film: Film) -> int:
        liking = 0.7 if film.genres & self.favorites else -0.2
        return max(1, min(10, round(self.random.gauss(film.quality + self.leniency + liking, 1))))

    def _choose_review(self, rating: int) -> str:
        return self.random.choice(next(words for highest, words in REVIEWS.items() if rating <= highest))

    def _random_time(self) -> datetime:
        return timezone.now() - timedelta(minutes=self.random.randrange(60, DAYS * 24 * 60))

    def watchlist_items(self) -> list[WatchlistItem]:
        """Return items for unseen films, mostly of the user's favourite genres."""
        unseen = [film for film in self.films if film not in self.seen]
        liked = sorted(unseen, key=lambda film: self.random.random() - bool(film.genres & self.favorites))
        return [
            WatchlistItem(
                user=self.user, movie=film.movie, is_favorite=self.random.random() < 0.3, added_at=self._random_time()
            )
            for film in liked[:ON_WATCHLIST]
        ]
