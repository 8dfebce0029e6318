"""Reads of waiting list entries, their places and their offers."""

from collections.abc import Iterable

from django.db.models import Case, F, OuterRef, Prefetch, Q, QuerySet, When
from django.utils import timezone

from accounts.models import User
from cinema.models import MovieSession, Ticket, Waiting
from cinema.queries import sessions, ticket_lists
from common.database.kept import Parameter, kept_query


def open_entries() -> QuerySet[Waiting]:
    return Waiting.objects.filter(ended_at=None)


def has_open_entries(session_id: int) -> bool:
    return open_entries().filter(session=session_id).exists()


def sessions_waited_for(sessions: Iterable[MovieSession]) -> set[int]:
    """Return ids of those of the sessions that have open entries."""
    rows = open_entries().filter(session__in=list(sessions))
    return set(rows.order_by().values_list("session", flat=True).distinct())


def entries_without_offer() -> QuerySet[Waiting]:
    """Return open entries without an offer, in the order of the list."""
    return open_entries().filter(offer=None)


def lapsed_entries() -> QuerySet[Waiting]:
    """Return open entries whose offer has lapsed, and whose seats are still to be passed on."""
    return open_entries().filter(offer_ends_at__lte=timezone.now())


def has_lapsed_entries(session_id: int) -> bool:
    return lapsed_entries().filter(session=session_id).exists()


def entries_of_user(user: User) -> QuerySet[Waiting]:
    """Return the user's open entries, the oldest first, each with `place` and the offered seats.

    `place` counts from 1, and is None for an entry that is or was offered seats.
    """
    seats = Prefetch("offer__tickets", Ticket.objects.select_related("seat").order_by(*ticket_lists.SEAT_ORDER))
    return with_place(open_entries().filter(user=user)).prefetch_related(seats).select_related("offer")


def with_place(entries: QuerySet[Waiting]) -> QuerySet[Waiting]:
    earlier = Q(joined_at__lt=OuterRef("joined_at")) | Q(joined_at=OuterRef("joined_at"), pk__lt=OuterRef("pk"))
    before = sessions.count_per(entries_without_offer().filter(earlier, session=OuterRef("session")), "session")
    return entries.annotate(place=Case(When(offer=None, then=before + 1)))


def entries_with_api_fields(user: User) -> QuerySet[Waiting]:
    """Return `entries_of_user` with their sessions as the API shows them."""
    return entries_of_user(user).prefetch_related(ticket_lists.prefetch_sessions())


def entries_with_movies(user: User) -> QuerySet[Waiting]:
    """Return `entries_of_user` with film and room, for sessions that are not over."""
    films = sessions.visible_sessions(user)
    return (
        entries_of_user(user).filter(session__ends_at__gt=timezone.now()).prefetch_related(Prefetch("session", films))
    )


def latest_entry(user: User, session: MovieSession) -> Waiting | None:
    """Return the user's open entry for the session, or else the one that ended last."""
    found = _latest_entries(user=user.pk, session=session.pk)
    return found[0] if found else None


@kept_query
def _latest_entries(*, user: Parameter, session: Parameter) -> QuerySet[Waiting]:
    entries = with_place(Waiting.objects.filter(user=user, session=session))
    return entries.order_by(F("ended_at").desc(nulls_first=True), "-pk")[:1]
