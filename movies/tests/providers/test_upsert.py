from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connection

from movies.models import Movie
from movies.providers.upsert import Counts, upsert_movies
from movies.tests.factories import GenreFactory, MovieFactory, MovieRowFactory

pytestmark = pytest.mark.django_db


def rows():
    """Return the physical version of every film: PostgreSQL renews it when a row is written, changed or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tmdb_id, xmin::text, ctid::text FROM movies_movie ORDER BY tmdb_id")
        return cursor.fetchall()


def test_new_films_get_every_value_of_their_row():
    GenreFactory(tmdb_id=18, name="Drama")
    GenreFactory(tmdb_id=35, name="Comedy")
    counts = upsert_movies(
        [
            MovieRowFactory(
                tmdb_id=194,
                title="Amélie",
                original_title="Le Fabuleux Destin d'Amélie Poulain",
                original_language="fr",
                overview="A waitress in Montmartre.",
                release_date=date(2001, 4, 25),
                year=2001,
                popularity=12.5,
                vote_average=7.9,
                vote_count=11_000,
                poster_source="/a.jpg",
                backdrop_source="/b.jpg",
                genre_tmdb_ids=(35, 18, 99),
            )
        ]
    )
    assert counts == Counts(created=1)
    names = [
        "tmdb_id", "imdb_id", "owner", "title", "sort_title", "original_title", "original_language", "overview",
        "release_date", "year", "runtime", "popularity", "vote_average", "vote_count", "poster_source",
        "backdrop_source", "directors", "cast", "locked_fields", "average_rating", "ratings_count",
    ]  # fmt: skip
    assert Movie.objects.values(*names).get() == {
        "tmdb_id": 194,
        "imdb_id": None,
        "owner": None,
        "title": "Amélie",
        "sort_title": "amelie",
        "original_title": "Le Fabuleux Destin d'Amélie Poulain",
        "original_language": "fr",
        "overview": "A waitress in Montmartre.",
        "release_date": date(2001, 4, 25),
        "year": 2001,
        "runtime": None,
        "popularity": 12.5,
        "vote_average": 7.9,
        "vote_count": 11_000,
        "poster_source": "/a.jpg",
        "backdrop_source": "/b.jpg",
        "directors": [],
        "cast": [],
        "locked_fields": [],
        "average_rating": None,
        "ratings_count": 0,
    }
    assert [genre.name for genre in Movie.objects.get().genres.all()] == ["Comedy", "Drama"]


def test_the_same_rows_again_write_nothing():
    GenreFactory(tmdb_id=18)
    films = [MovieRowFactory(genre_tmdb_ids=(18,)) for _ in range(3)]
    upsert_movies(films)
    before = rows()
    assert upsert_movies(films) == Counts(unchanged=3)
    assert rows() == before


def test_only_the_changed_film_is_written():
    films = [MovieRowFactory(tmdb_id=n) for n in (1, 2, 3)]
    upsert_movies(films)
    before = rows()
    assert upsert_movies([films[0], replace(films[1], title="Renamed"), films[2]]) == Counts(updated=1, unchanged=2)
    assert [row[0] for row, old in zip(rows(), before, strict=True) if row != old] == [2]
    assert Movie.objects.get(tmdb_id=2).title == "Renamed"


@pytest.mark.parametrize("new_genres", [(35,), (18, 35)])
def test_other_genres_are_a_change(new_genres):
    genres = {tmdb_id: GenreFactory(tmdb_id=tmdb_id) for tmdb_id in (18, 35)}
    film = MovieRowFactory(genre_tmdb_ids=(18,))
    upsert_movies([film])
    first = Movie.objects.get()
    assert upsert_movies([replace(film, genre_tmdb_ids=new_genres)]) == Counts(updated=1)
    assert set(Movie.objects.get().genres.all()) == {genres[tmdb_id] for tmdb_id in new_genres}
    assert Movie.objects.get().updated_at >= first.updated_at


def test_locked_fields_stay_as_the_manager_left_them():
    genre = GenreFactory(tmdb_id=18)
    MovieFactory(tmdb_id=7, title="By hand", locked_fields=["title", "genres"], genres=[genre])
    film = MovieRowFactory(tmdb_id=7, title="By TMDB", popularity=9, genre_tmdb_ids=())
    assert upsert_movies([film]) == Counts(updated=1)
    movie = Movie.objects.get()
    assert (movie.title, movie.popularity, list(movie.genres.all())) == ("By hand", 9, [genre])
    assert upsert_movies([film]) == Counts(unchanged=1)


def test_of_two_rows_of_one_film_the_last_is_taken():
    film = MovieRowFactory(title="First")
    assert upsert_movies([film, replace(film, title="Last")]) == Counts(created=1, unchanged=1)
    assert Movie.objects.get().title == "Last"


def test_a_film_without_tmdb_id_is_adopted_by_title_and_year():
    movie = MovieFactory(tmdb_id=None, imdb_id="tt0211915", title="Amélie", year=2001)
    film = MovieRowFactory(tmdb_id=194, title="AMELIE", year=2001)
    assert upsert_movies([film]) == Counts(updated=1)
    movie.refresh_from_db()
    assert (movie.tmdb_id, movie.imdb_id, Movie.objects.count()) == (194, "tt0211915", 1)


@pytest.mark.parametrize(
    ("our_years", "their_years"),
    [
        pytest.param([2001, 2001], [2001], id="two of ours share title and year"),
        pytest.param([2001], [2001, 2001], id="two of theirs share title and year"),
        pytest.param([2002], [2001], id="another year"),
    ],
)
def test_an_unclear_match_creates_a_new_film(our_years, their_years):
    for year in our_years:
        MovieFactory(tmdb_id=None, title="Twin", year=year)
    rows = [MovieRowFactory(title="Twin", year=year) for year in their_years]
    assert upsert_movies(rows) == Counts(created=len(their_years))
    assert Movie.objects.filter(tmdb_id=None).count() == len(our_years)


def test_a_private_film_is_never_adopted(django_user_model):
    owner = django_user_model.objects.create_user("ana", "ana@example.org")
    MovieFactory(tmdb_id=None, owner=owner, title="Mine", year=2001)
    assert upsert_movies([MovieRowFactory(title="Mine", year=2001)]) == Counts(created=1)
    assert Movie.objects.filter(owner=owner, tmdb_id=None).count() == 1


def test_one_invalid_film_stops_all_of_them():
    films = [MovieRowFactory(), MovieRowFactory(year=1500)]
    with pytest.raises(IntegrityError, match="movie_year_plausible"):
        upsert_movies(films)
    assert not Movie.objects.exists()


def test_special_characters_survive_copy():
    title = "Tab\tquote' back\\slash \\N “七人の侍” ש"
    upsert_movies([MovieRowFactory(title=title, overview="two\nlines")])
    assert Movie.objects.values_list("title", "overview").get() == (title, "two\nlines")


def test_no_rows_write_nothing():
    MovieFactory()
    before = rows()
    assert upsert_movies([]) == Counts()
    assert rows() == before


def test_the_number_of_statements_does_not_grow_with_the_films(django_assert_num_queries):
    upsert_movies([MovieRowFactory()])  # creates the staging table
    for count in (1, 3):
        films = [MovieRowFactory() for _ in range(count)]
        with django_assert_num_queries(13):
            upsert_movies(films)
