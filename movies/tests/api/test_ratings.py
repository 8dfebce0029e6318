"""API of the user's own ratings."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.sign_in import tokens
from accounts.tests.factories import UserFactory
from movies.models import REVIEW_LENGTH, Movie, Rating, Viewing
from movies.tests.api.answers import read_errors
from movies.tests.api.ratings import rating_json
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory, RatingFactory, ViewingFactory

pytestmark = pytest.mark.django_db

RATINGS = "/api/v1/ratings"
WHOLE = "Send a whole number."
CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def heat():
    return MovieFactory(title="Heat")


@pytest.fixture
def ask(ana):
    """Return a function that sends a request of Ana."""
    client = Client(headers={"Authorization": f"Bearer {tokens.open_sign_in(ana).access}"})

    def send(method, path="", body=None):
        content = "" if body is None else json.dumps(body)
        return client.generic(method, f"{RATINGS}{path}", content, "application/json")

    return send


def test_a_rating_is_created_read_changed_and_deleted(ask, ana, heat):
    response = ask("POST", "", {"movie_id": heat.pk, "rating": 8, "review": " Loud.\r\nLong. "})
    rating = Rating.objects.get()
    assert (response.status_code, response["Location"]) == (201, f"{RATINGS}/{rating.pk}")
    assert response.json() == rating_json(rating)
    assert (rating.user, rating.movie, rating.rating, rating.review) == (ana, heat, 8, "Loud.\nLong.")
    assert ask("GET", f"/{rating.pk}").json() == rating_json(rating)

    Rating.objects.update(created_at=CREATED, updated_at=CREATED)
    response = ask("PATCH", f"/{rating.pk}", {"rating": 3})
    rating.refresh_from_db()
    assert (response.status_code, response.json()) == (200, rating_json(rating))
    assert (rating.rating, rating.review, rating.created_at, rating.updated_at > CREATED) == (
        3, "Loud.\nLong.", CREATED, True)  # fmt: skip
    assert ask("PATCH", f"/{rating.pk}", {"review": ""}).json()["review"] == ""
    assert ask("PATCH", f"/{rating.pk}", {}).status_code == 200
    heat.refresh_from_db()
    assert (heat.ratings_sum, heat.ratings_count) == (3, 1)

    assert ask("DELETE", f"/{rating.pk}").status_code == 204
    assert ask("DELETE", f"/{rating.pk}").status_code == 404
    assert not Rating.objects.exists()


def test_the_owner_can_rate_a_private_film(ask, ana):
    own = MovieFactory(owner=ana, tmdb_id=None)
    assert ask("POST", "", {"movie_id": own.pk, "rating": 8}).status_code == 201


def test_the_list_has_own_ratings_newest_first(ask, ana):
    mine = [RatingFactory(user=ana, rating=n, created_at=CREATED + timedelta(days=n)) for n in (1, 5, 3)]
    RatingFactory()
    ViewingFactory(user=ana, movie=mine[0].movie, source=Viewing.Source.TICKET)
    ViewingFactory(user=ana, movie=mine[1].movie, source=Viewing.Source.BY_HAND)
    assert ask("GET").json() == {
        "items": [rating_json(mine[1]), rating_json(mine[2]), rating_json(mine[0], verified=True)],
        "meta": {"page": 1, "limit": 20, "total": 3, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?ordering=rating", [1, 3, 5]),
        ("?ordering=-rating", [5, 3, 1]),
        ("?ordering=created_at", [1, 3, 5]),
        ("?ordering=-updated_at", [1, 3, 5]),
        ("?limit=2", [5, 3]),
        ("?limit=2&page=2", [1]),
    ],
)
def test_the_list_is_sorted_and_paged(ask, ana, query, expected):
    for n in (1, 5, 3):
        RatingFactory(user=ana, rating=n, created_at=CREATED + timedelta(days=n), updated_at=CREATED - timedelta(n))
    assert [item["rating"] for item in ask("GET", query).json()["items"]] == expected


def test_the_list_is_paged_by_cursor(ask, ana):
    for n in (1, 5, 3):
        RatingFactory(user=ana, rating=n, created_at=CREATED + timedelta(days=n))
    first = ask("GET", "?limit=2").json()
    rest = ask("GET", f"?limit=2&cursor={first['meta']['next_cursor']}").json()
    assert [item["rating"] for item in rest["items"]] == [1]


def test_the_list_is_filtered_by_film_and_fields(ask, ana):
    rating = RatingFactory(user=ana)
    RatingFactory(user=ana)
    path = f"?movie_id={rating.movie_id}&fields=id,rating"
    assert ask("GET", path).json()["items"] == [{"id": rating.pk, "rating": 7}]
    assert ask("GET", f"?movie_id={10**30}").json()["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("movie_id=x", "movie_id"), ("movie_id=0", "movie_id"), ("movie=1", "movie"), ("ordering=review", "ordering")],
)
def test_invalid_parameters_are_named(ask, query, field):
    status, code, errors = read_errors(ask("GET", f"?{query}"))
    assert (status, code, [name for name, _ in errors]) == (400, "validation_failed", [field])


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_ratings_of_others_are_not_found(ask, method):
    rating = RatingFactory(rating=2)
    assert ask(method, f"/{rating.pk}", {"rating": 9} if method == "PATCH" else None).status_code == 404
    assert ask(method, f"/{10**30}").status_code == 404
    assert Rating.objects.get().rating == 2


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "Ensure this value is greater than or equal to 1."),
        (11, "Ensure this value is less than or equal to 10."),
        (10**30, "Ensure this value is less than or equal to 10."),
        (7.5, WHOLE),
        ("7", WHOLE),
        ("", WHOLE),
        (True, WHOLE),
        ([7], WHOLE),
        ({}, WHOLE),
        (None, "This field may not be null."),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_invalid_ratings_are_refused(ask, ana, heat, method, value, message):
    rating = RatingFactory(user=ana, rating=2)
    if method == "POST":
        response = ask("POST", "", {"movie_id": heat.pk, "rating": value})
    else:
        response = ask("PATCH", f"/{rating.pk}", {"rating": value})
    assert read_errors(response) == (400, "validation_failed", [("rating", message)])
    assert Rating.objects.get().rating == 2


def test_a_rating_of_7_point_0_is_7(ask, heat):
    assert ask("POST", "", {"movie_id": heat.pk, "rating": 7.0}).json()["rating"] == 7


@pytest.mark.parametrize(
    "value",
    [5, None, ["x"], {}, True, "x" * (REVIEW_LENGTH + 1), "half \ud800", "nul \0"],
    ids=["number", "null", "list", "object", "boolean", "too long", "half a pair", "nul"],
)
def test_invalid_reviews_are_refused(ask, heat, value):
    status, code, errors = read_errors(ask("POST", "", {"movie_id": heat.pk, "rating": 5, "review": value}))
    assert (status, code, [field for field, _ in errors]) == (400, "validation_failed", ["review"])
    assert not Rating.objects.exists()


def test_missing_and_private_films_have_the_same_error(ask):
    private = MovieFactory(owner=UserFactory(), tmdb_id=None)
    for pk in (private.pk, private.pk + 1000, 0, -1, 10**30):
        response = ask("POST", "", {"movie_id": pk, "rating": 5})
        assert read_errors(response) == (400, "validation_failed", [("movie_id", "There is no such film.")])


@pytest.mark.parametrize("value", ["1", 1.5, True, [], {}, ""])
def test_invalid_film_ids_are_refused(ask, heat, value):
    response = ask("POST", "", {"movie_id": value, "rating": 5})
    message = "Send the id of a film, a whole number."
    assert read_errors(response) == (400, "validation_failed", [("movie_id", message)])


def test_missing_and_unknown_fields_are_named_together(ask):
    status, code, errors = read_errors(ask("POST", "", {"stars": 5}))
    assert (status, code) == (400, "validation_failed")
    assert sorted(errors) == [
        ("movie_id", "This field is required."),
        ("rating", "This field is required."),
        ("stars", "Unknown field."),
    ]
    assert read_errors(ask("PATCH", f"/{RatingFactory().pk}", {"rating": 5}))[0] == 404


def test_the_film_of_a_rating_cannot_be_changed(ask, ana, heat):
    rating = RatingFactory(user=ana)
    response = ask("PATCH", f"/{rating.pk}", {"movie_id": heat.pk})
    assert read_errors(response) == (400, "validation_failed", [("movie_id", "Unknown field.")])


@pytest.mark.django_db(transaction=True)
def test_a_second_rating_of_a_film_is_a_conflict(ask, heat):
    assert ask("POST", "", {"movie_id": heat.pk, "rating": 8}).status_code == 201
    response = ask("POST", "", {"movie_id": heat.pk, "rating": 9})
    assert read_errors(response) == (409, "duplicate", [("movie_id", "You have rated this film already.")])
    assert Rating.objects.get().rating == 8


@pytest.mark.django_db(transaction=True)
def test_of_two_ratings_at_once_one_is_a_conflict(ask, heat):
    answers = at_once([lambda: ask("POST", "", {"movie_id": heat.pk, "rating": 8})] * 2)
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert Movie.objects.get().ratings_count == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(ask, ana, count, django_assert_num_queries):
    ratings = [RatingFactory(user=ana) for _ in range(count)]
    with django_assert_num_queries(2):  # who asks, which
        ask("GET")
    with django_assert_num_queries(2):
        ask("GET", f"/{ratings[0].pk}")
    with django_assert_num_queries(4):  # who asks, which, the change, how it reads now
        ask("PATCH", f"/{ratings[0].pk}", {"rating": 2})
    movie = MovieFactory()
    with django_assert_num_queries(4):
        ask("POST", "", {"movie_id": movie.pk, "rating": 2})


def test_a_review_without_a_rating(ask, heat):
    answer = ask("POST", "", {"movie_id": heat.pk, "review": "Only words."})
    row = Rating.objects.get()
    assert (answer.status_code, answer.json()) == (201, rating_json(row))
    assert answer.json()["rating"] is None
    refused = read_errors(ask("PATCH", f"/{row.pk}", {"review": ""}))
    said = "You gave no rating, so there must be a review. You can delete it instead."
    assert refused == (400, "validation_failed", [("review", said)])
    assert ask("PATCH", f"/{row.pk}", {"rating": 8, "review": ""}).json()["rating"] == 8
    Rating.objects.all().delete()
    for review, message in (("", "This field is required."), (" ", "Choose a rating from 1 to 10, or write a review.")):
        refused = read_errors(ask("POST", "", {"movie_id": heat.pk, "review": review}))
        assert refused == (400, "validation_failed", [("rating", message)])


def test_reviews_without_a_rating_sort_below_all_ratings(ask, ana):
    for rating, review in ((3, ""), (None, "Words."), (9, "")):
        RatingFactory(user=ana, rating=rating, review=review)
    first = ask("GET", "?ordering=rating&limit=1").json()
    rest = ask("GET", f"?ordering=rating&cursor={first['meta']['next_cursor']}").json()
    assert [row["rating"] for row in first["items"] + rest["items"]] == [None, 3, 9]
