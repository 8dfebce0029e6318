"""The queue of reported reviews in the admin, and hiding reviews there."""

import pytest
from django.urls import reverse

from accounts.tests.factories import ManagerFactory
from movies.models import HiddenReview, ReviewReport
from movies.tests.factories import HiddenReviewFactory, RatingFactory, ReviewReportFactory

pytestmark = pytest.mark.django_db

RATINGS = reverse("admin:movies_rating_changelist")
REPORTS = reverse("admin:movies_reviewreport_changelist")
REASON = "It insults other visitors."


@pytest.fixture
def manager(client):
    manager = ManagerFactory()
    client.force_login(manager)
    return manager


def act(client, path, action, rows, **more):
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(path, chosen | more, follow=True).content.decode()


def test_the_list_is_a_queue_of_open_reports(client, manager):
    open_report = ReviewReportFactory()
    dismissed = ReviewReportFactory()
    act(client, REPORTS, "dismiss_reports", [dismissed])
    for query, expected in (
        ("", [open_report]),
        ("?state=dismissed", [dismissed]),
        ("?state=all", [dismissed, open_report]),
    ):
        assert list(client.get(f"{REPORTS}{query}").context["cl"].result_list) == expected
    assert ReviewReport.objects.get(pk=dismissed.pk).resolved_by == manager
    again = act(client, f"{REPORTS}?state=all", "dismiss_reports", [open_report, dismissed])
    assert "This report is resolved already." in again
    assert ReviewReport.objects.get(pk=open_report.pk).resolved_at is None  # all or none


def test_reported_reviews_are_hidden_with_a_reason(client, manager):
    first = ReviewReportFactory()
    second = ReviewReportFactory(rating=first.rating)
    page = act(client, REPORTS, "hide_reviews", [first, second])
    assert page.count("What a fool wrote this.") == 1
    assert not HiddenReview.objects.exists()
    assert "This field is required." in act(client, REPORTS, "hide_reviews", [first], confirmed="yes", reason="")
    act(client, REPORTS, "hide_reviews", [first, second], confirmed="yes", reason=REASON)
    assert HiddenReview.objects.values_list("user", "reason", "hidden_by").get() == (
        first.rating.user_id,
        REASON,
        manager.pk,
    )
    assert set(ReviewReport.objects.values_list("outcome", "resolved_by")) == {("hidden", manager.pk)}


def test_reviews_are_hidden_and_shown_from_the_list_of_ratings(client, manager):
    rating = RatingFactory(review="What a fool wrote this.")
    hidden = RatingFactory(review="Rude.")
    HiddenReviewFactory(user=hidden.user, movie=hidden.movie, reason="Because.")
    assert "Because." in client.get(RATINGS).content.decode()
    refused = act(client, RATINGS, "hide_reviews", [rating, hidden], confirmed="yes", reason=REASON)
    assert "This review is hidden already." in refused
    assert HiddenReview.objects.count() == 1  # all or none
    act(client, RATINGS, "hide_reviews", [rating], confirmed="yes", reason=REASON)
    act(client, RATINGS, "show_reviews", [rating, hidden])
    assert not HiddenReview.objects.exists()
