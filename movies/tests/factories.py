"""Factories of films, genres and libraries: valid rows that differ from one another."""

from typing import Any

import factory
from django.utils import timezone
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from accounts.tests.factories import UserFactory
from movies.models import Genre, HiddenReview, Movie, Rating, ReviewReport, Viewing, WatchlistItem
from movies.providers.upsert import MovieRow


class GenreFactory(DjangoModelFactory[Genre]):
    class Meta:
        model = Genre

    tmdb_id = factory.Sequence(lambda n: n + 1)
    name = factory.Sequence(lambda n: f"Genre {n}")
    slug = factory.LazyAttribute(lambda genre: slugify(genre.name))


class MovieFactory(DjangoModelFactory[Movie]):
    class Meta:
        model = Movie
        skip_postgeneration_save = True

    tmdb_id = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Film {n}")
    year = 1999
    runtime = 100

    @factory.post_generation
    def genres(self: Movie, create: bool, genres: list[Genre] | None, **_: Any) -> None:
        if create and genres:
            self.genres.set(genres)


class MovieRowFactory(factory.Factory[MovieRow]):
    class Meta:
        model = MovieRow

    tmdb_id = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Film {n}")
    original_title = ""
    original_language = "en"
    overview = "A waitress decides to help the people around her."
    release_date = None
    year = None
    popularity = 1.5
    vote_average = None
    vote_count = 0
    poster_source = ""
    backdrop_source = ""
    genre_tmdb_ids = ()


class RatingFactory(DjangoModelFactory[Rating]):
    class Meta:
        model = Rating

    user = factory.SubFactory(UserFactory)
    movie = factory.SubFactory(MovieFactory)
    rating = 7


class HiddenReviewFactory(DjangoModelFactory[HiddenReview]):
    class Meta:
        model = HiddenReview

    user = factory.SubFactory(UserFactory)
    movie = factory.SubFactory(MovieFactory)
    reason = "It insults other visitors."


class ReviewReportFactory(DjangoModelFactory[ReviewReport]):
    class Meta:
        model = ReviewReport

    rating = factory.SubFactory(RatingFactory, review="What a fool wrote this.")
    reporter = factory.SubFactory(UserFactory)
    reason = ReviewReport.Reason.ABUSIVE


class WatchlistItemFactory(DjangoModelFactory[WatchlistItem]):
    class Meta:
        model = WatchlistItem

    user = factory.SubFactory(UserFactory)
    movie = factory.SubFactory(MovieFactory)


class ViewingFactory(DjangoModelFactory[Viewing]):
    class Meta:
        model = Viewing

    user = factory.SubFactory(UserFactory)
    movie = factory.SubFactory(MovieFactory)
    watched_at = factory.LazyFunction(timezone.now)
