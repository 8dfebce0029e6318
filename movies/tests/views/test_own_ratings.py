"""The page of one's own ratings."""

from datetime import UTC, datetime, timedelta

import pytest

from movies.models import Rating
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory
from tests.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]
CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def titles(response):
    assert response.status_code == 200
    return [rating.movie.title for rating in response.context["page"]]


@pytest.fixture
def rated(ana):
    """Three ratings of Ana, and one of another user."""
    for n, (title, rating) in enumerate([("Alien", 4), ("Brazil", 9), ("Clue", 6)]):
        RatingFactory(
            user=ana, movie__title=title, rating=rating, created_at=CREATED + timedelta(days=n),
            updated_at=CREATED + timedelta(days=10 - n), review=f"About {title}.",
        )  # fmt: skip
    RatingFactory(movie__title="Dune")


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("", "CBA"),
        ("-created_at", "CBA"),
        ("created_at", "ABC"),
        ("-rating", "BCA"),
        ("rating", "ACB"),
        ("-updated_at", "ABC"),
        ("password", "CBA"),
    ],
)
def test_own_ratings_are_sorted(client, rated, ordering, expected):
    response = client.get("/ratings/", {"ordering": ordering})
    assert [title[0] for title in titles(response)] == list(expected)


def test_own_ratings_show_score_and_review(client, rated):
    response = client.get("/ratings/")
    page_text = text_of(response)
    assert "3 films" in page_text
    assert "Clue 1999, rated 4 Jan 2026 About Clue. Edit your rating of Clue Delete your rating of Clue" in page_text
    assert "Your rating: 6 /10" in page_text
    assert "Dune" not in page_text
    alien = Rating.objects.get(movie__title="Alien").movie
    assert f'href="{alien.get_absolute_url()}#yours"' in response.content.decode()


def test_a_rating_is_deleted_from_the_list_and_the_list_stays(client, ana, rated):
    clue = Rating.objects.get(movie__title="Clue")
    where = {"next": "/ratings/?ordering=rating"}
    response = client.post(f"/movies/{clue.movie_id}/rating/remove/", where, follow=True)
    assert response.redirect_chain == [("/ratings/?ordering=rating", 302)]
    assert titles(response) == ["Alien", "Brazil"]
    assert "Your rating of “Clue” has been deleted." in text_of(response)
    assert Rating.objects.count() == 3


def test_next_never_leads_to_another_site(client):
    heat = MovieFactory(title="Heat")
    response = client.post(f"/movies/{heat.pk}/rating/remove/", {"next": "https://evil.example/"})
    assert response["Location"] == f"{heat.get_absolute_url()}#yours"


def test_the_list_of_ratings_has_pages_and_may_be_empty(client, ana):
    assert "You haven’t rated any films yet" in text_of(client.get("/ratings/"))
    for n in range(25):
        RatingFactory(user=ana, created_at=CREATED + timedelta(days=n))
    assert len(titles(client.get("/ratings/"))) == 24
    assert len(titles(client.get("/ratings/", {"page": 2, "ordering": "rating"}))) == 1
    assert "25 films, page 2 of 2" in text_of(client.get("/ratings/", {"page": 99}))


def test_own_pages_are_not_cached(client, ana):
    for path in ("/ratings/", "/history/"):
        assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_own_ratings_do_not_grow(client, ana, count, django_assert_num_queries):
    for _ in range(count):
        RatingFactory(user=ana, movie__genres=[GenreFactory()])
    with django_assert_num_queries(6):  # session, person, how many, which, genres, the bell
        client.get("/ratings/")
