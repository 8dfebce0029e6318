"""The nightly check of the figures of films."""

import pytest
from django.db.models import Sum

from movies import tasks
from movies.library import ratings
from movies.models import Movie
from movies.tests.factories import MovieFactory, RatingFactory
from movies.tests.library.figures import figures

pytestmark = pytest.mark.django_db


def damage(movie, points, count):
    Movie.objects.filter(pk=movie.pk).update(ratings_sum=points, ratings_count=count)


def test_wrong_figures_are_corrected_and_logged(events):
    films = [RatingFactory(rating=8).movie for _ in range(3)]
    empty = MovieFactory()
    damage(films[0], 9, 1)
    damage(films[1], 0, 0)
    damage(empty, 20, 2)
    tasks.mend_ratings()
    (event,) = events("ratings_drift_mended")
    assert (event["films"], event["ids"]) == (3, [films[0].pk, films[1].pk, empty.pk])
    assert [figures(film)[:2] for film in (*films, empty)] == [(8, 1), (8, 1), (8, 1), (0, 0)]
    assert events("ratings_exact") == []

    assert ratings.mend_drift() == 0
    assert len(events("ratings_drift_mended")) == len(events("ratings_exact")) == 1


def test_many_films_are_corrected_in_batches_and_some_are_logged(events, monkeypatch):
    monkeypatch.setattr(ratings, "MENDED_AT_ONCE", 2)
    monkeypatch.setattr(ratings, "MENDED_IN_LOG", 3)
    films = [MovieFactory() for _ in range(5)]
    Movie.objects.update(ratings_sum=5, ratings_count=1)
    assert ratings.mend_drift() == 5
    (event,) = events("ratings_drift_mended")
    assert (event["films"], event["ids"]) == (5, [film.pk for film in films[:3]])
    assert Movie.objects.aggregate(all=Sum("ratings_sum"))["all"] == 0


def test_films_with_right_figures_are_not_counted():
    movie = RatingFactory(rating=3).movie
    assert ratings._mend_films([movie.pk, movie.pk + 1]) == []
    assert figures(movie)[:2] == (3, 1)


def test_the_check_runs_every_night_at_3(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["ratings"]
    assert entry["task"] == tasks.mend_ratings.name
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {0})
