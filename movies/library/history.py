"""Viewings: which films a user has seen, and when."""

from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.errors import Code, Conflict
from movies.models import Movie, Viewing

FIRST_SCREENING = date(1895, 1, 1)  # the year of the first paid screening, by the brothers Lumière
AHEAD = timedelta(days=1)  # it may be tomorrow already for users further east


def noon_of(day: date) -> datetime:
    """Return the moment that stands for a day without a time: its noon in the cinema's time zone."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def find_fault(moment: datetime) -> str:
    """Return why no film can have been seen at this moment, empty if one can."""
    if moment > timezone.now() + AHEAD:
        return "This is in the future."
    if moment < datetime.combine(FIRST_SCREENING, time(), UTC):
        return f"There were no films to see before {FIRST_SCREENING.year}."
    return ""


def add_viewing(user: User, movie: Movie, watched_at: datetime, source: str = Viewing.Source.BY_HAND) -> Viewing:
    """Add a viewing.

    Raises Django's ValidationError by field, and IntegrityError (viewing_once_at_a_time) when it exists already.
    """
    if fault := find_fault(watched_at):
        raise ValidationError({"watched_at": fault})
    return Viewing.objects.create(user=user, movie=movie, watched_at=watched_at, source=source)


def delete_viewing(viewing: Viewing) -> None:
    """Delete the viewing, if it still exists. Raises Conflict for a viewing with a ticket, which is a record."""
    removed, _ = Viewing.objects.filter(pk=viewing.pk, source=Viewing.Source.BY_HAND).delete()
    if not removed and Viewing.objects.filter(pk=viewing.pk).exists():
        raise Conflict(Code.CONFLICT, "You saw this film with a ticket, so it stays in your history.")


@transaction.atomic
def record_attendance(user: User, movie: Movie, starts_at: datetime) -> bool:
    """Record that the user came with a ticket, possibly before the film starts.

    Returns True where the user had entered exactly this viewing by hand; it becomes one with a ticket.
    """
    viewing, _ = Viewing.objects.select_for_update().get_or_create(
        user=user, movie=movie, watched_at=starts_at, defaults={"source": Viewing.Source.TICKET}
    )
    if viewing.source == Viewing.Source.TICKET:
        return False
    Viewing.objects.filter(pk=viewing.pk).update(source=Viewing.Source.TICKET)
    return True


def undo_attendance(user: User, movie: Movie, starts_at: datetime, by_hand: bool) -> None:
    """Undo `record_attendance`; `by_hand` is the value that it returned."""
    viewings = Viewing.objects.filter(user=user, movie=movie, watched_at=starts_at, source=Viewing.Source.TICKET)
    if by_hand:
        viewings.update(source=Viewing.Source.BY_HAND)
    else:
        viewings.delete()
