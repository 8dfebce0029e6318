"""What somebody has seen, and when."""

from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.errors import Code, Conflict
from movies.models import Movie, Viewing

FIRST_SCREENING = date(1895, 1, 1)  # the Lumières charged for admission in December of that year
AHEAD = timedelta(days=1)  # of us may be whoever lives further east


def noon_of(day: date) -> datetime:
    """The moment that stands for a day without a time: its noon in the cinema's time zone."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def add(user: User, movie: Movie, watched_at: datetime, source: str = Viewing.Source.BY_HAND) -> Viewing:
    """Raises django's ValidationError by field, and IntegrityError (viewing_once_at_a_time) when it is there."""
    if watched_at > timezone.now() + AHEAD:
        raise ValidationError({"watched_at": "This is in the future."})
    if watched_at < datetime.combine(FIRST_SCREENING, time(), UTC):
        raise ValidationError({"watched_at": f"There were no films to see before {FIRST_SCREENING.year}."})
    return Viewing.objects.create(user=user, movie=movie, watched_at=watched_at, source=source)


def remove(viewing: Viewing) -> None:
    """Whether or not it is still there. Raises Conflict for one that a ticket made: that is a record."""
    removed, _ = Viewing.objects.filter(pk=viewing.pk, source=Viewing.Source.BY_HAND).delete()
    if not removed and Viewing.objects.filter(pk=viewing.pk).exists():
        raise Conflict(Code.CONFLICT, "You saw this film with a ticket, so it stays in your history.")


@transaction.atomic
def attended(user: User, movie: Movie, starts_at: datetime) -> bool:
    """Somebody came with a ticket, which may be before the film has started. True where they had said so by hand.

    What they had said by hand at exactly that moment becomes what the ticket proves.
    """
    viewing, _ = Viewing.objects.select_for_update().get_or_create(
        user=user, movie=movie, watched_at=starts_at, defaults={"source": Viewing.Source.TICKET}
    )
    if viewing.source == Viewing.Source.TICKET:
        return False
    Viewing.objects.filter(pk=viewing.pk).update(source=Viewing.Source.TICKET)
    return True


def not_attended(user: User, movie: Movie, starts_at: datetime, by_hand: bool) -> None:
    """Takes back what `attended` did; `by_hand` is what that had answered."""
    proven = Viewing.objects.filter(user=user, movie=movie, watched_at=starts_at, source=Viewing.Source.TICKET)
    if by_hand:
        proven.update(source=Viewing.Source.BY_HAND)
    else:
        proven.delete()
