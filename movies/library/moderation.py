"""Moderation of reviews: visitors report them, managers hide them or dismiss the reports.

A hidden text leaves through nothing but its author's own pages and exports, and the queue of managers. The rating keeps
counting: it is an opinion of the film, which is never the reason to hide a text.
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import Notification, User
from accounts.notifications.kinds import MailContent, NotificationKind
from accounts.notifications.notify import notify
from common.errors import Code, Conflict, NotAllowed
from movies.library.ratings import clean_text
from movies.models import REASON_LENGTH, REPORT_LENGTH, HiddenReview, Rating, ReviewReport

# A reader who reports more reviews in a day is not reading them.
REPORTS_A_DAY = 20
LONGEST_TITLE = 100


def report_review(rating: Rating, reporter: User, reason: str, text: str = "") -> ReviewReport:
    """Report the review to the managers. Each reader reports a review once.

    Raise ValidationError by field, NotAllowed and Conflict as `check_reportable`, and IntegrityError
    (review_report_once).
    """
    check_reportable(rating, reporter)
    if reason not in ReviewReport.Reason.values:
        raise ValidationError({"reason": "Choose one of the reasons."})
    text = clean_text(text)
    if len(text) > REPORT_LENGTH:
        raise ValidationError({"text": f"Use at most {REPORT_LENGTH} characters."})
    with transaction.atomic():  # so that a second report leaves the caller's transaction usable
        return ReviewReport.objects.create(rating=rating, reporter=reporter, reason=reason, text=text)


def check_reportable(rating: Rating, reporter: User) -> None:
    """Raise NotAllowed for the reporter's own review; Conflict where no text is shown, and after too many reports."""
    if rating.user_id == reporter.pk:
        raise NotAllowed(Code.PERMISSION_DENIED, "This review is yours. You can change or delete it.")
    if not rating.review or HiddenReview.objects.filter(user=rating.user_id, movie=rating.movie_id).exists():
        raise Conflict(Code.CONFLICT, "This review is no longer shown.")
    yesterday = timezone.now() - timedelta(days=1)
    if ReviewReport.objects.filter(reporter=reporter, created_at__gt=yesterday).count() >= REPORTS_A_DAY:
        message = f"You have reported {REPORTS_A_DAY} reviews today. We look at those first; please come back tomorrow."
        raise Conflict(Code.CONFLICT, message)


@transaction.atomic
def hide_review(rating: Rating, by: User, reason: str) -> HiddenReview:
    """Hide what the author writes about the film, resolve its open reports, and tell the author the reason.

    It stays hidden when it is changed, or deleted and written again, until `show_review`. Raise PermissionDenied,
    ValidationError by field, and IntegrityError (hidden_review_once).
    """
    _check_moderator(by)
    reason = " ".join(clean_text(reason).split())
    if not 0 < len(reason) <= REASON_LENGTH:
        raise ValidationError({"reason": f"Give the author a reason, in at most {REASON_LENGTH} characters."})
    with transaction.atomic():
        hidden = HiddenReview.objects.create(
            user_id=rating.user_id, movie_id=rating.movie_id, reason=reason, hidden_by=by
        )
    reports = ReviewReport.objects.filter(rating=rating, resolved_at=None)
    reports.update(resolved_at=timezone.now(), resolved_by=by, outcome=ReviewReport.Outcome.HIDDEN)
    film = rating.movie
    text = f"Your review of {Truncator(film.title).chars(LONGEST_TITLE)} was hidden\nReason: {reason}"
    notify([rating.user_id], KIND, f"hidden review {hidden.pk}", text, f"{film.get_absolute_url()}#yours")
    return hidden


def show_review(rating: Rating, by: User) -> None:
    """Show a hidden review again. Raise PermissionDenied, and Conflict if it is not hidden."""
    _check_moderator(by)
    deleted, _ = HiddenReview.objects.filter(user=rating.user_id, movie=rating.movie_id).delete()
    if not deleted:
        raise Conflict(Code.CONFLICT, "This review is not hidden.")


def dismiss_report(report: ReviewReport, by: User) -> ReviewReport:
    """Resolve the report without hiding the review. Raise PermissionDenied, and Conflict if it is resolved already."""
    _check_moderator(by)
    rows = ReviewReport.objects.filter(pk=report.pk, resolved_at=None)
    if not rows.update(resolved_at=timezone.now(), resolved_by=by, outcome=ReviewReport.Outcome.DISMISSED):
        raise Conflict(Code.CONFLICT, "This report is resolved already.")
    return report


def _check_moderator(by: User) -> None:
    if not by.is_staff:
        raise PermissionDenied


def _build_mail(notification: Notification) -> MailContent:
    return MailContent()


KIND = NotificationKind(
    value="review_hidden", label="A review was hidden", action="See your review", build_mail=_build_mail
)
