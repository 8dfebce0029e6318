"""Reads for the entrance: who is in, who is expected, and the latest scans."""

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
# How far ahead sessions are listed: an evening does not end at midnight.
SOON = timedelta(hours=6)
# How far back scans are listed: one evening. Older scans are in the admin.
SHIFT = timedelta(hours=12)


class VisitorCounts(NamedTuple):
    """Visitors by live tickets, cancelled ones left out."""

    entered: int
    expected: int


def todays_sessions() -> list[MovieSession]:
    """Return running sessions by room, then those that begin today or soon by time, each `with_visitor_counts`.

    Today is a day in the cinema's time zone. A draft is included only while it has live tickets.
    """
    now = timezone.now()
    begin_before = max(day_bounds(today())[1], now + SOON)
    rows = sessions.not_over(MovieSession.objects.filter(cancelled_at=None, starts_at__lt=begin_before))
    counted = with_visitor_counts(rows).filter(Q(published=True) | Q(expected__gt=0))
    return sorted(counted, key=lambda row: (max(row.starts_at, now), row.room.number))


def with_visitor_counts(rows: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
    """Annotate `entered` and `expected`, and read room and film in the same query."""
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
    """Add up the counts of several sessions, each read `with_visitor_counts`."""
    return VisitorCounts(sum(row.entered for row in rows), sum(row.expected for row in rows))  # type: ignore[attr-defined]


def count_visitors_of_purchase(purchase_id: int) -> VisitorCounts:
    rows: QuerySet[Ticket] = tickets.live_tickets().filter(purchase=purchase_id)
    return VisitorCounts(**rows.aggregate(entered=Count("used_at"), expected=Count("pk")))


def last_scans(by: User) -> list[Scan]:
    """Return this manager's latest scans and undone check-ins, newest first, with everything that the page shows.

    `stands` is true for a check-in that is still valid and can be undone.
    """
    related = Scan.objects.select_related("ticket__session__movie", "ticket__session__room", "ticket__seat")
    details = related.select_related("ticket__user").defer(*(f"ticket__session__movie__{name}" for name in DETAIL_ONLY))
    now = timezone.now()
    stands = Q(outcome=Scan.Outcome.ADMITTED, ticket__used_at=F("scanned_at"), ticket__used_by=F("by"))
    running = Q(ticket__session__cancelled_at=None, ticket__session__ends_at__gt=now)
    latest = details.filter(by=by, received_at__gte=now - SHIFT)
    return list(latest.annotate(stands=stands & running).order_by("-received_at", "-id")[:LAST_SCANS])
