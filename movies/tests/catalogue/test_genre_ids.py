"""The triggers that keep the ids of a film's genres in its row, whatever writes its genres."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.tests.factories import ManagerFactory
from movies.catalogue.editing import create_film, edit_film
from movies.models import Genre, Movie
from movies.queries.films import filter_films, public_films
from movies.tests.at_once import wait_until_blocking
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def genres():
    return GenreFactory.create_batch(3)


def kept(film):
    ids = Movie.objects.values_list("genre_ids", flat=True).get(pk=film.pk)
    assert ids == sorted(film.genres.values_list("pk", flat=True))
    return ids


def test_whatever_writes_the_genres(genres):
    film, (first, second, third) = MovieFactory(genres=genres[:1]), [genre.pk for genre in genres]
    assert kept(film) == [first]
    film.genres.add(third, second)
    assert kept(film) == [first, second, third]
    film.genres.remove(second)
    assert kept(film) == [first, third]
    Movie.genres.through.objects.filter(genre_id=third).update(genre_id=second)
    assert kept(film) == [first, second]
    Genre.objects.get(pk=first).delete()
    assert kept(film) == [second]
    film.genres.clear()
    assert kept(film) == []


def test_genres_that_move_to_another_film(genres):
    film, other = MovieFactory(genres=genres[:2]), MovieFactory()
    Movie.genres.through.objects.filter(genre=genres[0]).update(movie=other)
    assert (kept(film), kept(other)) == ([genres[1].pk], [genres[0].pk])


def test_a_film_that_was_read_earlier_does_not_bring_them_back(genres):
    film = MovieFactory(genres=genres[:1])
    stale = Movie.objects.get(pk=film.pk)
    film.genres.set(genres[1:])
    stale.save()
    assert kept(film) == [genre.pk for genre in genres[1:]]
    Movie.objects.update(genre_ids=[7])
    assert kept(film) == [genre.pk for genre in genres[1:]]


def test_who_creates_a_film_with_genres_writes_its_row_once(genres):
    manager = ManagerFactory()
    film = create_film(manager, {"title": "Heat", "genres": genres})
    with connection.cursor() as cursor:
        cursor.execute("SELECT cmax = cmin AND xmax = 0 FROM movies_movie WHERE id = %s", [film.pk])
        assert cursor.fetchone() == (True,)
    assert len(kept(film)) == 3
    edit_film(film, manager, {"genres": genres[:1]})
    assert kept(film) == [genres[0].pk]


@pytest.mark.parametrize("criteria", [{}, {"year": 1995}])
def test_films_of_two_genres(genres, criteria):
    both = MovieFactory(year=1995, genres=genres)
    MovieFactory(year=1995, genres=genres[:1])
    MovieFactory(year=1995)
    chosen = [genre.pk for genre in genres[:2]]
    assert list(filter_films(public_films(), genre=chosen, **criteria)) == [both]


@pytest.mark.django_db(transaction=True)
def test_two_who_add_a_genre_at_once(genres):
    film = MovieFactory()

    def add_second():
        film.genres.add(genres[1])
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            film.genres.add(genres[0])
            second = pool.submit(add_second)
            assert wait_until_blocking(second.done)
        second.result()
    assert kept(film) == [genre.pk for genre in genres[:2]]
