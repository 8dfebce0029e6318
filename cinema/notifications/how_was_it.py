"""The morning after: whoever came with a ticket is asked how the film was, unless they have rated it."""

from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.notifications.send import News, tell_all
from cinema.core.local_time import day_bounds, to_local
from cinema.models import LONGEST_SESSION, Ticket
from cinema.notifications import phrases
from cinema.queries import tickets as rows
from movies.models import Rating

# By the cinema's clock: nobody is asked at night, were it that the day's first try failed.
FROM_HOUR, TO_HOUR = 10, 21
# Days on which nobody could be asked are made up for; later than that nobody wants to hear of it.
DAYS_BACK = 3


def ask(now: datetime | None = None) -> int:
    """Asks those who came in the last days before today; returns how many.

    May be called at any time and as often as one likes: each session is asked about once.
    """
    now = now or timezone.now()
    if not FROM_HOUR <= to_local(now).hour < TO_HOUR:
        return 0
    came = visits(now).order_by("session_id", "user_id").distinct("session_id", "user_id")
    by_session = [list(theirs) for _, theirs in groupby(came, lambda ticket: ticket.session_id)]
    return tell_all([question(tickets) for tickets in by_session])


def visits(now: datetime) -> QuerySet[Ticket]:
    """Tickets that were used in sessions which ended before today, by people who have not rated the film."""
    today = to_local(now).date()
    begin, end = day_bounds(today - timedelta(days=DAYS_BACK))[0], day_bounds(today)[0]
    used = rows.live_tickets().filter(used_at__isnull=False, user__isnull=False)
    rated = Rating.objects.filter(user=OuterRef("user"), movie=OuterRef("session__movie"))
    # The first condition follows from the second; it is the one that an index knows.
    lately = used.filter(session__starts_at__gt=begin - LONGEST_SESSION, session__starts_at__lt=end)
    ended = lately.filter(session__ends_at__gte=begin, session__ends_at__lt=end, session__cancelled_at=None)
    return ended.exclude(Exists(rated)).select_related("session__movie")


def question(tickets: list[Ticket]) -> News:
    session = tickets[0].session
    film = phrases.title(session.movie.title)
    text = f"How was {film}?\nYou saw it on {phrases.day(session.starts_at)}. One tap rates it."
    people = [ticket.user_id for ticket in tickets if ticket.user_id]
    link = reverse("how_was_it", args=[session.movie_id])
    return News(people, Notification.Kind.HOW_WAS_IT, f"session {session.pk}", text, link)
