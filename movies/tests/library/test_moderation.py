"""Reports of reviews, and hiding them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notification
from accounts.people.export import collect_data
from accounts.tests.factories import ManagerFactory, UserFactory
from common.database.constraints import violated_name
from common.errors import Conflict, NotAllowed
from movies.library import moderation, ratings
from movies.library.export import stream_json
from movies.models import HiddenReview, Movie, Rating, ReviewReport
from movies.queries.ratings import newest_reviews, with_published_review
from movies.tests.factories import HiddenReviewFactory, MovieFactory, RatingFactory, ReviewReportFactory

pytestmark = pytest.mark.django_db

ABUSE = "What a fool wrote this."
REASON = "It insults other visitors."


@pytest.fixture
def rating():
    return RatingFactory(rating=9, review=ABUSE, movie=MovieFactory(title="Heat"))


@pytest.fixture
def manager():
    return ManagerFactory()


def published():
    return [(row.published_review, row.is_hidden) for row in with_published_review(Rating.objects.all())]


def test_hiding_takes_the_text_away_and_leaves_the_rating(rating, manager):
    before = Movie.objects.values_list("ratings_sum", "ratings_count").get()
    assert before == (9, 1)
    assert published() == [(ABUSE, False)]
    hidden = moderation.hide_review(rating, manager, f"  {REASON}\n")
    assert (hidden.reason, hidden.hidden_by) == (REASON, manager)
    assert published() == [("", True)]
    assert newest_reviews(rating.movie, 10) == []
    assert Movie.objects.values_list("ratings_sum", "ratings_count").get() == before
    moderation.show_review(rating, manager)
    assert published() == [(ABUSE, False)]
    with pytest.raises(Conflict):
        moderation.show_review(rating, manager)


def test_a_hidden_text_is_not_even_loaded_for_others(rating, manager):
    moderation.hide_review(rating, manager, REASON)
    row = with_published_review(Rating.objects.all()).get()
    assert "review" in row.get_deferred_fields()


def test_it_stays_hidden_when_it_is_changed_or_deleted_and_written_again(rating, manager):
    moderation.hide_review(rating, manager, REASON)
    ratings.change_rating(rating, review="Even worse.")
    assert published() == [("", True)]
    ratings.delete_rating(rating)
    ratings.rate_film(rating.user, rating.movie, 9, ABUSE)
    assert published() == [("", True)]
    ratings.rate_film(rating.user, MovieFactory(), 9, "Fine.")
    ratings.rate_film(UserFactory(), rating.movie, 9, "Good.")
    assert sorted(published()) == [("", True), ("Fine.", False), ("Good.", False)]


def test_the_author_is_told_why_and_keeps_the_text(rating, manager):
    hidden = moderation.hide_review(rating, manager, REASON)
    told = Notification.objects.values_list("user", "kind", "subject", "text", "link").get()
    assert told == (
        rating.user_id,
        "review_hidden",
        f"hidden review {hidden.pk}",
        f"Your review of Heat was hidden\nReason: {REASON}",
        f"{rating.movie.get_absolute_url()}#yours",
    )
    export = collect_data(rating.user)
    assert [row["review"] for row in export["movies.rating"]] == [ABUSE]
    assert [row["reason"] for row in export["movies.hiddenreview"]] == [REASON]
    assert ABUSE in "".join(stream_json(rating.user))
    assert "movies.hiddenreview" not in collect_data(manager)
    moderation.show_review(rating, manager)
    moderation.hide_review(rating, manager, REASON)
    assert Notification.objects.count() == 2


def test_only_managers_hide_and_each_review_once(rating, manager):
    for person in (rating.user, UserFactory(), ManagerFactory(is_active=False)):
        with pytest.raises(PermissionDenied):
            moderation.hide_review(rating, person, REASON)
        with pytest.raises(PermissionDenied):
            moderation.show_review(rating, person)
        with pytest.raises(PermissionDenied):
            moderation.dismiss_report(ReviewReportFactory(), person)
    for reason in ("", " \n", "x" * 301):
        with pytest.raises(ValidationError):
            moderation.hide_review(rating, manager, reason)
    assert not HiddenReview.objects.exists()
    moderation.hide_review(rating, manager, REASON)
    with pytest.raises(IntegrityError, match="hidden_review_once"):
        moderation.hide_review(rating, manager, REASON)


# --- Reports ----------------------------------------------------------------------------------------


def test_a_reader_reports_a_review_once(rating):
    reader = UserFactory()
    report = moderation.report_review(rating, reader, "spam", " Look\r\nat this. ")
    assert (report.rating, report.reporter, report.reason, report.text) == (rating, reader, "spam", "Look\nat this.")
    assert (report.resolved_at, report.outcome) == (None, "")
    with pytest.raises(IntegrityError, match="review_report_once"):
        moderation.report_review(rating, reader, "abusive")
    moderation.report_review(rating, UserFactory(), "abusive")
    assert ReviewReport.objects.count() == 2


@pytest.mark.parametrize(
    ("reason", "text", "field"), [("rude", "", "reason"), ("", "", "reason"), ("spam", "x" * 501, "text")]
)
def test_invalid_reports_are_refused(rating, reason, text, field):
    with pytest.raises(ValidationError) as refused:
        moderation.report_review(rating, UserFactory(), reason, text)
    assert list(refused.value.message_dict) == [field]


def test_what_cannot_be_reported(rating, manager):
    reader = UserFactory()
    with pytest.raises(NotAllowed):
        moderation.report_review(rating, rating.user, "spam")
    with pytest.raises(Conflict):
        moderation.report_review(RatingFactory(review=""), reader, "spam")
    moderation.hide_review(rating, manager, REASON)
    with pytest.raises(Conflict):
        moderation.report_review(rating, reader, "spam")


def test_a_reader_sends_twenty_reports_a_day(rating):
    reader = UserFactory()
    old = ReviewReportFactory(reporter=reader, created_at=timezone.now() - timedelta(days=1, minutes=1))
    ReviewReportFactory.create_batch(20, reporter=reader)
    with pytest.raises(Conflict, match="20 reviews today"):
        moderation.report_review(rating, reader, "spam")
    ReviewReport.objects.exclude(pk=old.pk).first().delete()
    moderation.report_review(rating, reader, "spam")


def test_hiding_resolves_the_reports_of_the_review_together(rating, manager):
    other = ReviewReportFactory()
    mine = ReviewReportFactory.create_batch(2, rating=rating)
    moderation.dismiss_report(mine[0], manager)
    with pytest.raises(Conflict):
        moderation.dismiss_report(mine[0], ManagerFactory())
    moderation.hide_review(rating, manager, REASON)
    rows = ReviewReport.objects.order_by("pk").values_list("pk", "outcome", "resolved_by")
    assert set(rows) == {
        (other.pk, "", None),
        (mine[0].pk, "dismissed", manager.pk),
        (mine[1].pk, "hidden", manager.pk),
    }


@pytest.mark.parametrize(
    ("constraint", "write"),
    [
        ("hidden_review_has_a_reason", lambda: HiddenReviewFactory(reason="")),
        ("review_report_reason_known", lambda: ReviewReportFactory(reason="rude")),
        ("review_report_resolved_says_how", lambda: ReviewReportFactory(outcome="hidden")),
        ("review_report_resolved_says_how", lambda: ReviewReportFactory(resolved_at=timezone.now())),
    ],
)
def test_constraints(constraint, write):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    assert violated_name(refused.value) == constraint
