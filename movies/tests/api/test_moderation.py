"""Reporting and hiding reviews over the API. The rules are tested in movies/tests/library/test_moderation.py."""

import json

import pytest
from django.test import Client

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.library import moderation
from movies.models import Rating, ReviewReport
from movies.tests.api.ratings import published_json, rating_json
from movies.tests.factories import MovieFactory, RatingFactory, ReviewReportFactory

pytestmark = pytest.mark.django_db

ABUSE = "What a fool wrote this."
REASON = "It insults other visitors."


@pytest.fixture
def rating():
    return RatingFactory(review=ABUSE)


@pytest.fixture
def manager():
    return ManagerFactory(username="mia")


def ask(method, path, user=None, body=None):
    client = Client()
    if user:
        client.force_login(user)
    return client.generic(method, f"/api/v1/{path}", json.dumps(body) if body is not None else "", "application/json")


def z(moment):
    return moment and moment.isoformat().replace("+00:00", "Z")


def test_hiding_a_review_and_showing_it_again(rating, manager, refusal):
    hidden = ask("POST", f"ratings/{rating.pk}/hide", manager, {"reason": REASON})
    assert (hidden.status_code, hidden.json()) == (200, published_json(rating, is_hidden=True))
    again = ask("POST", f"ratings/{rating.pk}/hide", manager, {"reason": REASON})
    assert refusal(again) == (409, "duplicate", {"rating_id": "This review is hidden already."})
    assert refusal(ask("POST", f"ratings/{rating.pk}/hide", manager, {})) == (
        400,
        "validation_failed",
        {"reason": "This field is required."},
    )
    own = ask("GET", f"ratings/{rating.pk}", rating.user)
    assert own.json() == rating_json(rating, hidden_reason=REASON)
    shown = ask("POST", f"ratings/{rating.pk}/unhide", manager)
    assert (shown.status_code, shown.json()) == (200, published_json(rating))
    assert refusal(ask("POST", f"ratings/{rating.pk}/unhide", manager))[:2] == (409, "conflict")


def test_a_hidden_text_leaves_through_no_list(rating, manager):
    film = rating.movie_id
    moderation.hide_review(rating, manager, REASON)
    reader = UserFactory()
    paths = [f"movies/{film}/ratings", f"ratings/movie/{film}", f"movies/{film}", "movies", "movies/search?query=fool"]
    for path in paths:
        for viewer in (None, reader, manager):
            answer = ask("GET", path, viewer)
            assert answer.status_code == 200
            assert "fool" not in answer.content.decode().replace("query=fool", "")
    assert ask("GET", f"movies/{film}/ratings").json()["items"] == [published_json(rating, is_hidden=True)]
    assert ask("GET", f"movies/{film}/ratings").json()["summary"]["count"] == 1
    assert "fool" in ask("GET", f"movies/{film}", rating.user).content.decode()  # `my_rating`


def test_reporting_a_review(rating, refusal):
    reader = UserFactory()
    answer = ask("POST", f"ratings/{rating.pk}/reports", reader, {"reason": "spam", "text": "Look."})
    report = ReviewReport.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": report.pk,
            "rating_id": rating.pk,
            "reason": "spam",
            "text": "Look.",
            "created_at": z(report.created_at),
        },
    )
    again = ask("POST", f"ratings/{rating.pk}/reports", reader, {"reason": "abusive"})
    assert refusal(again) == (409, "duplicate", {"rating_id": "You have reported this review already."})
    own = ask("POST", f"ratings/{rating.pk}/reports", rating.user, {"reason": "spam"})
    assert refusal(own)[:2] == (403, "permission_denied")
    private = RatingFactory(movie=MovieFactory(owner=rating.user, tmdb_id=None), user=rating.user, review=ABUSE)
    assert ask("POST", f"ratings/{private.pk}/reports", reader, {"reason": "spam"}).status_code == 404
    assert ask("POST", f"ratings/{private.pk}/hide", ManagerFactory(), {"reason": "x"}).status_code == 404
    invalid = refusal(ask("POST", f"ratings/{rating.pk}/reports", UserFactory(), {"reason": "rude", "x": 1}))
    assert (invalid[0], set(invalid[2])) == (400, {"reason", "x"})


def test_the_queue_of_managers(rating, manager, refusal):
    report, resolved = ReviewReportFactory(rating=rating, text="Look."), ReviewReportFactory()
    moderation.dismiss_report(resolved, manager)

    def read(query):
        return ask("GET", f"review-reports{query}", manager).json()["items"]

    expected = {
        "id": report.pk,
        "rating": {
            "id": rating.pk,
            "movie": {"id": rating.movie.pk, "title": rating.movie.title},
            "user": {"id": rating.user.pk, "username": rating.user.username},
            "rating": rating.rating,
            "review": ABUSE,
        },
        "hidden_reason": None,
        "reporter": {"id": report.reporter.pk, "username": report.reporter.username},
        "reason": "abusive",
        "text": "Look.",
        "created_at": z(report.created_at),
        "resolved_at": None,
        "resolved_by": None,
        "outcome": "",
    }
    assert read("?state=open") == [expected]
    assert [row["id"] for row in read("?state=resolved")] == [resolved.pk]
    assert [row["id"] for row in read("")] == [resolved.pk, report.pk]
    answer = ask("POST", f"review-reports/{report.pk}/dismiss", manager)
    report.refresh_from_db()
    assert answer.json() == expected | {
        "resolved_at": z(report.resolved_at),
        "resolved_by": {"id": manager.pk, "username": "mia"},
        "outcome": "dismissed",
    }
    assert refusal(ask("POST", f"review-reports/{report.pk}/dismiss", manager))[:2] == (409, "conflict")
    assert Rating.objects.get(pk=rating.pk).review == ABUSE


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_takes_a_constant_number_of_queries(manager, django_assert_num_queries, rows):
    ReviewReportFactory.create_batch(rows)
    client = Client()
    client.force_login(manager)
    with django_assert_num_queries(3):
        client.get("/api/v1/review-reports")
