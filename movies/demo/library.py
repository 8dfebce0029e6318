"""What the people of the demo did with its films: the same ratings, lists and viewings each time."""

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

DAYS = 240  # before today, in which all of it happened
ON_WATCHLIST = 16
# Of what was seen, how much was rated, and how much of that was also written about.
RATED, REVIEWED = 0.85, 0.15
# The highest rating that each sentence fits.
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
    quality: float  # what most people would rate it
    fame: float  # 0 to 1: the chance that somebody who goes often has seen it


@transaction.atomic
def load() -> int:
    """Add ratings, watchlists and viewings of those people of the demo who have none; returns how many ratings."""
    films = demo_films()
    doings = [Doings(user, films) for user in newcomers()]
    ratings = Rating.objects.bulk_create(rating for each in doings for rating in each.ratings)
    own = [each for each in doings if each.user.has_usable_password()]
    Viewing.objects.bulk_create(viewing for each in own for viewing in each.viewings)
    WatchlistItem.objects.bulk_create(item for each in own for item in each.wanted())
    return len(ratings)


def newcomers() -> QuerySet[User]:
    """The people of the demo who have done nothing here yet."""
    names = [*people.VISITORS, *(person["username"] for person in people.PEOPLE)]
    found = User.objects.filter(username__in=names)
    for rows in (Rating.objects.all(), WatchlistItem.objects.all(), Viewing.objects.all()):
        found = found.exclude(Exists(rows.filter(user=OuterRef("pk"))))
    return found.order_by("username")


def demo_films() -> list[Film]:
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


def old_enough(user: User, movie: Movie) -> bool:
    born = user.date_of_birth
    return born is None or (timezone.localdate() - born).days >= 365.25 * (movie.age_restriction or 0)


class Doings:
    """One person's: which films they saw, when, and what they thought of them."""

    def __init__(self, user: User, films: list[Film]) -> None:
        self.user, self.films = user, [film for film in films if old_enough(user, film.movie)]
        self.mind = Random(user.username)  # noqa: S311 - the same each time, not a secret
        self.kindness = self.mind.gauss(0, 0.6)
        names = sorted({name for film in films for name in film.genres})
        self.favorites = set(self.mind.sample(names, min(4, len(names))))
        often = self.mind.uniform(0.4, 1)
        self.seen = [film for film in self.films if self.mind.random() < film.fame * often]
        self.ratings: list[Rating] = []
        self.viewings: list[Viewing] = []
        for film in self.seen:
            self.see(film)

    def see(self, film: Film) -> None:
        when = self.some_day()
        self.viewings.append(
            Viewing(user=self.user, movie=film.movie, watched_at=history.noon_of(timezone.localdate(when)))
        )
        if self.mind.random() < RATED:
            rating = self.judge(film)
            review = self.words_for(rating) if self.mind.random() < REVIEWED else ""
            self.ratings.append(
                Rating(user=self.user, movie=film.movie, rating=rating, review=review, created_at=when, updated_at=when)
            )

    def judge(self, film: Film) -> int:
        liking = 0.7 if film.genres & self.favorites else -0.2
        return max(1, min(10, round(self.mind.gauss(film.quality + self.kindness + liking, 1))))

    def words_for(self, rating: int) -> str:
        return self.mind.choice(next(words for highest, words in REVIEWS.items() if rating <= highest))

    def some_day(self) -> datetime:
        return timezone.now() - timedelta(minutes=self.mind.randrange(60, DAYS * 24 * 60))

    def wanted(self) -> list[WatchlistItem]:
        """Of what they have not seen, mostly of their favourite genres."""
        unseen = [film for film in self.films if film not in self.seen]
        liked = sorted(unseen, key=lambda film: self.mind.random() - bool(film.genres & self.favorites))
        return [
            WatchlistItem(
                user=self.user, movie=film.movie, is_favorite=self.mind.random() < 0.3, added_at=self.some_day()
            )
            for film in liked[:ON_WATCHLIST]
        ]
