"""The id of a row that was merged into another film: read as that film, and what a user says goes to it."""

import pytest
from django.db import transaction

from movies.models import Movie, Rating, Viewing, WatchlistItem
from movies.providers.merging import merge_films
from movies.tests.factories import MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def film():
    return MovieFactory(title="Heat")


@pytest.fixture
def former(film):
    row = MovieFactory()
    with transaction.atomic():
        merge_films(film, row)
    return row.pk


def test_reads_answer_for_the_film(ask, customer, film, former):
    RatingFactory(movie=film)
    for path in ("movies/{}", "movies/{}/ratings", "ratings/movie/{}", "movies/{}?fields=id,title"):
        old, present = (ask("GET", path.format(pk), customer) for pk in (former, film.pk))
        assert (old.status_code, old.content) == (200, present.content)
    assert ask("HEAD", f"movies/{former}").status_code == 200


def test_what_a_user_says_goes_to_the_film(ask, customer, film, former):
    for path, body in (("ratings", {"rating": 8}), ("watchlist", {}), ("history", {})):
        assert ask("POST", path, customer, {"movie_id": former} | body).status_code == 201
    assert {model.objects.get().movie_id for model in (Rating, WatchlistItem, Viewing)} == {film.pk}
    for path in ("ratings", "history"):
        assert ask("GET", f"{path}?movie_id={former}", customer).json()["meta"]["total"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "movies/{}"), ("PUT", "movies/{}"), ("DELETE", "movies/{}"),
     ("DELETE", "movies/{}/poster"), ("POST", "movies/{}/poster/upload")],
)  # fmt: skip
def test_changes_are_refused_and_name_the_film(ask, manager, customer, film, former, method, path):
    body = {"title": "Else"} if path == "movies/{}" and method != "DELETE" else {}
    answer = ask(method, path.format(former), manager, body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["details"]) == (409, "conflict", {"movie_id": film.pk})
    assert problem["message"] == f"This film was merged into another one, and has the id {film.pk} now."
    assert Movie.objects.get().title == "Heat"
    if path == "movies/{}":
        assert ask(method, path.format(former), customer, body).status_code == 403


def test_a_film_that_went_on_twice(ask, film, former):
    last = MovieFactory()
    with transaction.atomic():
        merge_films(last, film)
    assert [ask("GET", f"movies/{pk}").json()["id"] for pk in (former, film.pk)] == [last.pk, last.pk]


def test_a_withdrawn_film(ask, film, former):
    Movie.objects.update(withdrawn=True)
    assert ask("GET", f"movies/{former}").status_code == 404


def test_an_id_that_never_was(ask, customer, film):
    for pk in ("999999999", "9" * 25, "9" * 5000):
        assert ask("GET", f"movies/{pk}").status_code == 404
    answer = ask("POST", "watchlist", customer, {"movie_id": 999_999_999})
    assert answer.json()["errors"] == [{"field": "movie_id", "message": "There is no such film."}]


def test_a_film_with_a_former_tmdb_id_is_not_made_again(ask, manager, film):
    row = MovieFactory(tmdb_id=949)
    with transaction.atomic():
        merge_films(film, row)
    new = {"title": "Heat", "tmdb_id": 949}
    error = {"field": "tmdb_id", "message": "There is a film with this TMDB id already."}
    for method, path, body in (("POST", "movies", new), ("PATCH", f"movies/{MovieFactory().pk}", {"tmdb_id": 949})):
        answer = ask(method, path, manager, body)
        assert (answer.status_code, answer.json()["code"], answer.json()["errors"]) == (409, "duplicate", [error])
    answer = ask("POST", "movies/bulk", manager, [{"title": "New"}, new])
    assert (answer.status_code, answer.json()["errors"]) == (409, [error | {"field": "1.tmdb_id"}])
    assert ask("PATCH", f"movies/{film.pk}", manager, {"tmdb_id": 949}).status_code == 200  # its own
