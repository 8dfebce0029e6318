"""What people at the doors look at: who is in, who is expected, and what was scanned last."""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from cinema.core.local_time import day_bounds, today
from cinema.models import MovieSession, Scan, Ticket
from cinema.queries import sessions, tickets
from movies.queries.films import DETAIL_ONLY

LAST_SCANS = 8
# An evening does not end at midnight.
SOON = timedelta(hours=6)
# Of an evening; what was scanned before it is in the admin.
SHIFT = timedelta(hours=12)


class VisitorCounts(NamedTuple):
    """By live tickets: nobody is expected with one that was cancelled."""

    entered: int
    expected: int


def todays_sessions() -> list[MovieSession]:
    """Running, by room; then those that begin today in the cinema's zone or soon, by time. Each as `with_people`.

    A draft is among them only while somebody has a ticket for it.
    """
    now = timezone.now()
    begin_before = max(day_bounds(today())[1], now + SOON)
    rows = sessions.not_over(MovieSession.objects.filter(cancelled_at=None, starts_at__lt=begin_before))
    found = with_visitor_counts(rows).filter(Q(published=True) | Q(expected__gt=0))
    return sorted(found, key=lambda row: (max(row.starts_at, now), row.room.number))


def with_visitor_counts(rows: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Each with `entered` and `expected`, room and film, in the same query."""
    live = tickets.live_tickets().filter(session=OuterRef("pk"))
    return (
        rows.select_related("movie", "room")
        .only(*sessions.field_names())
        .annotate(
            entered=sessions.count_per(live.filter(used_at__isnull=False), "session"),
            expected=sessions.count_per(live, "session"),
        )
    )


def sum_visitor_counts(rows: list[MovieSession]) -> VisitorCounts:
    """Of several together; each as `with_people`."""
    return VisitorCounts(sum(row.entered for row in rows), sum(row.expected for row in rows))  # type: ignore[attr-defined]


def count_visitors_of_purchase(purchase_id: int) -> VisitorCounts:
    rows: QuerySet[Ticket] = tickets.live_tickets().filter(purchase=purchase_id)
    return VisitorCounts(**rows.aggregate(entered=Count("used_at"), expected=Count("pk")))


def last_scans(by: User) -> list[Scan]:
    """What this person scanned and took back lately, the newest first, with all that the page says of it.

    `stands`: what was admitted by it is in, and can be taken back still.
    """
    related = Scan.objects.select_related("ticket__session__movie", "ticket__session__room", "ticket__seat")
    shown = related.select_related("ticket__user").defer(*(f"ticket__session__movie__{name}" for name in DETAIL_ONLY))
    now = timezone.now()
    stands = Q(outcome=Scan.Outcome.ADMITTED, ticket__used_at=F("scanned_at"), ticket__used_by=F("by"))
    running = Q(ticket__session__cancelled_at=None, ticket__session__ends_at__gt=now)
    lately = shown.filter(by=by, received_at__gte=now - SHIFT)
    return list(lately.annotate(stands=stands & running).order_by("-received_at", "-id")[:LAST_SCANS])
