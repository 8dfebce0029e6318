"""Reporting and hiding reviews on pages, with plain forms as browsers without JavaScript send them."""

import pytest

from accounts.tests.factories import ManagerFactory, UserFactory
from movies.library import moderation
from movies.models import HiddenReview, ReviewReport
from movies.tests.factories import RatingFactory

pytestmark = pytest.mark.django_db

ABUSE = "What a fool wrote this."
REASON = "It insults other visitors."


@pytest.fixture
def rating():
    return RatingFactory(review=ABUSE)


def read(client, path):
    response = client.get(path, follow=True)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_visitor_reports_a_review(client, rating):
    film, address = rating.movie.get_absolute_url(), f"/ratings/{rating.pk}/report/"
    assert f'href="{address}"' in read(client, film)
    assert client.get(address)["Location"] == f"/account/sign-in/?next={address}"
    client.force_login(UserFactory())
    assert ABUSE in read(client, address)
    refused = client.post(address, {"text": "x" * 501})
    assert refused.status_code == 400
    assert "Choose a reason." in refused.content.decode()
    answer = client.post(address, {"reason": "abusive", "text": "Look."}, follow=True)
    assert answer.redirect_chain == [(f"{film}#reviews", 302)]
    assert "Thank you. We will look at the review." in answer.content.decode()
    assert ReviewReport.objects.values_list("reason", "text").get() == ("abusive", "Look.")
    again = client.post(address, {"reason": "spam"})
    assert again.status_code == 409
    assert "You have reported this review already." in again.content.decode()


def test_authors_do_not_report_themselves(client, rating):
    client.force_login(rating.user)
    assert f"/ratings/{rating.pk}/report/" not in read(client, rating.movie.get_absolute_url())
    answer = client.post(f"/ratings/{rating.pk}/report/", {"reason": "spam"}, follow=True)
    assert "This review is yours." in answer.content.decode()
    assert not ReviewReport.objects.exists()


def test_a_manager_hides_a_review_and_shows_it_again(client, rating):
    film, address = rating.movie.get_absolute_url(), f"/ratings/{rating.pk}/hide/"
    assert address not in read(client, film)
    client.force_login(ManagerFactory())
    assert f'href="{address}"' in read(client, film)
    assert client.post(address, {"reason": " "}).status_code == 400
    answer = client.post(address, {"reason": REASON}, follow=True)
    assert "The review is hidden, and its author is told why." in answer.content.decode()
    assert client.post(address, {"reason": REASON}).status_code == 409
    assert f"Hidden, because: {REASON}" in read(client, address)
    assert "shown again" in client.post(address, {"show": "yes"}, follow=True).content.decode()
    assert not HiddenReview.objects.exists()


def test_customers_hide_nothing(client, rating):
    client.force_login(UserFactory())
    assert client.post(f"/ratings/{rating.pk}/hide/", {"reason": REASON}).status_code == 403
    assert not HiddenReview.objects.exists()


def test_a_hidden_text_is_on_no_page_but_those_of_its_author(client, rating):
    moderation.hide_review(rating, ManagerFactory(), REASON)
    film = rating.movie.get_absolute_url()
    for viewer in (None, UserFactory(), ManagerFactory()):
        if viewer:
            client.force_login(viewer)
        for path in (film, f"{film}ratings/", "/", "/movies/?query=fool"):
            assert "What a fool" not in read(client, path)
    assert "This review is hidden by the cinema." in read(client, f"{film}ratings/")
    client.force_login(rating.user)
    for path in (film, "/ratings/"):
        page = read(client, path)
        assert ABUSE in page
        assert f"Your review is hidden by the cinema: {REASON}" in page
