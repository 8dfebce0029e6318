"""The page of the viewing history, and "I've seen it" on a film's page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.models import Viewing
from movies.tests.factories import GenreFactory, MovieFactory, ViewingFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db
SEEN = datetime(2026, 1, 30, 20, 15, tzinfo=UTC)


@pytest.fixture
def heat():
    return MovieFactory(title="Heat")


def test_i_have_seen_it(client, ana, heat):
    page = client.get(heat.get_absolute_url()).content.decode()
    assert f'value="{timezone.localdate():%Y-%m-%d}"' in page
    response = client.post(f"/movies/{heat.pk}/seen/", {"day": "2026-01-02"}, follow=True)
    assert response.redirect_chain == [(f"{heat.get_absolute_url()}#yours", 302)]
    page_text = text_of(response)
    for words in ("Added to your history.", "Seen on 2 January 2026", "I’ve seen it again"):
        assert words in page_text
    viewing = Viewing.objects.get()
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert (viewing.user, viewing.movie, viewing.watched_at, viewing.source) == (ana, heat, noon, "by_hand")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("", "Choose a day."),
        ("yesterday", "Enter a day, such as 2026-03-01."),
        ("2026-02-30", "Enter a day, such as 2026-03-01."),
        ("nul\0", "Enter a day, such as 2026-03-01."),
        ("1894-12-31", "There were no films to see before 1895."),
        ("2200-01-01", "This is in the future."),
        ("2026-01-02", "This day is already in your history."),
    ],
)
def test_errors_are_shown_at_the_date(client, ana, heat, day, words):
    ViewingFactory(user=ana, movie=heat, watched_at=datetime(2026, 1, 2, 12, tzinfo=UTC))
    response = client.post(f"/movies/{heat.pk}/seen/", {"day": day})
    assert words in text_of(response)
    assert '<details class="seen" open>' in response.content.decode()
    assert Viewing.objects.count() == 1


def test_private_films_of_others_are_not_found(client, ana):
    hidden = MovieFactory(owner=UserFactory(), tmdb_id=None)
    assert client.post(f"/movies/{hidden.pk}/seen/", {"day": "2026-01-02"}).status_code == 404
    assert not Viewing.objects.exists()


def test_the_film_page_shows_the_last_viewings(client, ana, heat):
    for n in range(5):
        ViewingFactory(user=ana, movie=heat, watched_at=SEEN + timedelta(days=n), source=["by_hand", "ticket"][n % 2])
    ViewingFactory(movie=heat, watched_at=SEEN - timedelta(days=100))
    page_text = text_of(client.get(heat.get_absolute_url()))
    shown = ["3 February 2026", "2 February 2026 , here", "1 February 2026"]
    assert f"Seen on {' Seen on '.join(shown)} Your history" in page_text.replace(", here", " , here").replace(
        "  ", " "
    )


def test_the_history_is_grouped_by_month(client, ana, heat):
    ViewingFactory(user=ana, movie=heat, watched_at=SEEN)
    ViewingFactory(user=ana, movie=heat, watched_at=SEEN + timedelta(days=1), source="ticket")
    ViewingFactory(user=ana, movie=MovieFactory(title="Clue"), watched_at=SEEN + timedelta(days=2))
    ViewingFactory(movie=MovieFactory(title="Dune"))
    page_text = text_of(client.get("/history/"))
    assert "3 viewings" in page_text
    assert (
        "February 2026 Clue 1999 Remove Clue, 1 February 2026 Sun 1"
        " January 2026 Heat 1999 ✓ Seen here, with a ticket Sat 31"
        " Heat 1999 Remove Heat, 30 January 2026 Fri 30" in page_text
    )
    assert "Dune" not in page_text


def test_months_are_in_the_cinemas_time_zone(client, ana, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    ViewingFactory(user=ana, watched_at=datetime(2026, 1, 31, 20, tzinfo=UTC))
    assert "February 2026" in text_of(client.get("/history/"))


def test_a_viewing_is_removed(client, ana, heat):
    viewing = ViewingFactory(user=ana, movie=heat)
    response = client.post(f"/history/{viewing.pk}/remove/", follow=True)
    assert "“Heat” is no longer in your history." in text_of(response)
    assert "Nothing here yet" in text_of(client.get("/history/"))
    assert client.post(f"/history/{viewing.pk}/remove/").status_code == 404


def test_a_viewing_with_a_ticket_cannot_be_deleted(client, ana):
    viewing = ViewingFactory(user=ana, source="ticket")
    response = client.post(f"/history/{viewing.pk}/remove/", follow=True)
    assert "You saw this film with a ticket, so it stays in your history." in text_of(response)
    assert Viewing.objects.exists()


def test_viewings_of_others_are_not_found(client, ana):
    viewing = ViewingFactory()
    assert client.post(f"/history/{viewing.pk}/remove/").status_code == 404
    assert Viewing.objects.exists()


def test_the_history_has_pages(client, ana, heat):
    for n in range(51):
        ViewingFactory(user=ana, movie=heat, watched_at=SEEN + timedelta(hours=n))
    assert "51 viewings, page 2 of 2" in text_of(client.get("/history/", {"page": 2}))


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(client, ana, count, django_assert_num_queries):
    for _ in range(count):
        ViewingFactory(user=ana, movie=MovieFactory(genres=[GenreFactory()]))
    with django_assert_num_queries(6):  # session, person, how many, which, genres, the bell
        client.get("/history/")
