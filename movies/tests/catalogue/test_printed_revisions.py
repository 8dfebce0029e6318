"""The trigger that counts the changes of what tickets say of a film: title and age limit."""

import pytest

from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def state(movie):
    movie.refresh_from_db()
    return movie.printed_revision, movie.printed_changed_at


def test_each_new_title_is_counted_with_its_time():
    movie = MovieFactory(title="Zerkalo")
    assert state(movie) == (0, None)
    Movie.objects.filter(pk=movie.pk).update(title="The Mirror")
    revision, first = state(movie)
    assert (revision, first is not None) == (1, True)
    movie.title = "Mirror"
    movie.save(update_fields=["title"])
    assert state(movie)[0] == 2
    assert state(movie)[1] >= first


def test_each_new_age_limit_is_counted():
    movie = MovieFactory(title="Zerkalo", age_restriction=None)
    for age, count in ((0, 0), (12, 1), (16, 2), (None, 3)):
        Movie.objects.filter(pk=movie.pk).update(age_restriction=age)
        assert state(movie)[0] == count


def test_the_same_title_and_other_columns_are_not_counted():
    movie = MovieFactory(title="Zerkalo")
    Movie.objects.filter(pk=movie.pk).update(title="Zerkalo", popularity=5)
    movie.overview = "A dying man remembers."
    movie.save()
    assert state(movie) == (0, None)


def test_a_film_that_was_read_earlier_does_not_set_the_count_back():
    movie = MovieFactory(title="Zerkalo")
    stale = Movie.objects.get(pk=movie.pk)
    Movie.objects.filter(pk=movie.pk).update(title="The Mirror")
    before = state(movie)
    stale.title = "The Mirror"
    stale.save()
    assert state(movie) == before
    Movie.objects.filter(pk=movie.pk).update(printed_revision=0, printed_changed_at=None)
    assert state(movie) == before
