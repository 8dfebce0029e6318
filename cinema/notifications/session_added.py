"""The notification that a film on the user's watchlist is on the programme."""

from collections.abc import Collection
from itertools import groupby

from accounts.models import Notification
from accounts.notifications.kinds import MailContent, NotificationKind, Unwanted
from accounts.notifications.notify import NewNotification, notify_all
from cinema.core.local_time import to_local
from cinema.models import MovieSession
from cinema.notifications import phrases
from cinema.notifications.mail_parts import subject_id
from cinema.queries import sessions as programme
from movies.models import Movie
from movies.queries.library import watchers_by_film

# The mail lists so many sessions of the film; the others are on its page.
LISTED_SESSIONS = 12


def notify_sessions_added(sessions: Collection[MovieSession]) -> int:
    """Notify the users whose watchlist has a film that gets its first sessions; return the number of notifications.

    Once for each film, however many sessions it gets. `sessions` are stored already; drafts among them are skipped. A
    film with an earlier session that is not over is skipped too. Call this after showing.refresh, which locks the
    films: of two managers who schedule a film's first sessions at once, the second then sees the other's sessions.
    """
    public = [session for session in sessions if session.published]
    public.sort(key=lambda session: session.starts_at, reverse=True)
    first = {session.movie_id: session for session in public}
    running = programme.movies_on_programme(first, besides=[session.pk for session in public])
    new = {movie_id: session for movie_id, session in first.items() if movie_id not in running}
    watchers = watchers_by_film(new)
    return notify_all(
        [
            NewNotification(
                watchers[movie_id],
                KIND,
                # The day tells this run of the film from next year's, and from no other session of this run.
                f"movie {movie_id} {to_local(session.starts_at):%Y-%m-%d}",
                f"{phrases.shorten_title(session.movie.title)} is on the programme: "
                f"{phrases.format_moment(session.starts_at)}",
                session.movie.get_absolute_url(),
            )
            for movie_id, session in new.items()
            if movie_id in watchers
        ]
    )


def _build_mail(notification: Notification) -> MailContent:
    """List the film's next sessions. Raise Unwanted when there are none any more."""
    movie = Movie.objects.filter(pk=subject_id(notification)).first()
    if movie is None:
        raise Unwanted
    coming = programme.not_over(programme.on_sale(MovieSession.objects.filter(movie=movie)))
    sessions = list(coming.order_by("starts_at")[:LISTED_SESSIONS])
    if not sessions:
        raise Unwanted
    days = [
        {"day": day, "times": [phrases.format_time(session.starts_at) for session in group]}
        for day, group in groupby(sessions, lambda session: phrases.format_day(session.starts_at))
    ]
    return MailContent(context={"days": days})


KIND = NotificationKind(
    value="session_added",
    label="A film on the watchlist is showing",
    action="See when it runs",
    build_mail=_build_mail,
    template="cinema/notifications/session_added",
    is_optional=True,
)
