"""The notification of the morning after a visit, which asks for a rating of the film."""

from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.notifications.kinds import MailContent, NotificationKind, Unwanted
from accounts.notifications.notify import NewNotification, notify_all
from cinema.core.local_time import day_bounds, to_local
from cinema.models import LONGEST_SESSION, MovieSession, Ticket
from cinema.notifications import phrases
from cinema.notifications.mail_parts import subject_id
from cinema.queries import tickets as rows
from movies.library import ratings
from movies.models import Rating
from movies.models.limits import RATINGS

# In the cinema's time zone: visitors are not asked at night, even when the day's first attempt failed.
FROM_HOUR, TO_HOUR = 10, 21
# Days without a successful attempt are made up for, but not older ones.
DAYS_BACK = 3


def ask_visitors(now: datetime | None = None) -> int:
    """Ask the visitors of the last days for a rating; return the number of notifications.

    May be called at any time and as often as one likes: each visitor is asked once about each session.
    """
    now = now or timezone.now()
    if not FROM_HOUR <= to_local(now).hour < TO_HOUR:
        return 0
    visits = _unrated_visits(now).order_by("session_id", "user_id").distinct("session_id", "user_id")
    by_session = groupby(visits, lambda ticket: ticket.session_id)
    return notify_all([_question(list(tickets)) for _, tickets in by_session])


def _unrated_visits(now: datetime) -> QuerySet[Ticket]:
    """Return the used tickets of sessions that ended before today, of users who have not rated the film."""
    today = to_local(now).date()
    begin, end = day_bounds(today - timedelta(days=DAYS_BACK))[0], day_bounds(today)[0]
    used = rows.live_tickets().filter(used_at__isnull=False, user__isnull=False)
    rated = Rating.objects.filter(user=OuterRef("user"), movie=OuterRef("session__movie"), rating__isnull=False)
    # The first condition follows from the second; it is the one that has an index.
    lately = used.filter(session__starts_at__gt=begin - LONGEST_SESSION, session__starts_at__lt=end)
    ended = lately.filter(session__ends_at__gte=begin, session__ends_at__lt=end, session__cancelled_at=None)
    return ended.exclude(Exists(rated)).select_related("session__movie")


def _question(tickets: list[Ticket]) -> NewNotification:
    session = tickets[0].session
    film = phrases.shorten_title(session.movie.title)
    text = f"How was {film}?\nYou saw it on {phrases.format_day(session.starts_at)}. Rate it with one tap."
    users = [ticket.user_id for ticket in tickets if ticket.user_id]
    return NewNotification(users, KIND, f"session {session.pk}", text, reverse("how_was_it", args=[session.movie_id]))


def _build_mail(notification: Notification) -> MailContent:
    """Add a link for each rating. Raise Unwanted when the user has rated the film since."""
    session = MovieSession.objects.filter(pk=subject_id(notification)).first()
    rated = Rating.objects.filter(user=notification.user, rating__isnull=False)
    if session is None or rated.filter(movie=session.movie_id).exists():
        raise Unwanted
    page = settings.PUBLIC_URL + reverse("how_was_it", args=[session.movie_id])
    points = [{"rating": rating, "url": f"{page}?rating={rating}"} for rating in RATINGS]
    return MailContent(context={"points": points})


KIND = NotificationKind(
    value=ratings.REQUEST_KIND,
    label="How was it?",
    action="Rate it",
    build_mail=_build_mail,
    template="cinema/notifications/how_was_it",
    buttons="movies/ratings/one_tap.html",
    is_optional=True,
)
