"""The demo's programme: films for families in the afternoon, popular ones in the evening, for adults at night."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from cinema.core.local_time import day_bounds, to_local, to_utc, today
from cinema.demo import rooms
from cinema.models import MovieSession, Room
from cinema.programme import planning, scheduling
from cinema.programme.planning import SessionPlan
from movies.models import Movie

DAYS_PAST, DAYS_AHEAD = 3, 10
# The start of the first film of the day, by the number of the room.
FIRST = {1: time(14, 15), 2: time(14, 0), 3: time(14, 30), 4: time(15, 0)}
EVENING, NIGHT, LAST_START = time(17, 30), time(20, 45), time(22, 30)
CLOSING = timedelta(minutes=45)  # after midnight
GRID = timedelta(minutes=5)
SHORTEST, LONGEST = 75, 165  # minutes of a film
# The number of films of each kind in one week.
FAMILY_FILMS, OTHER_FILMS, ADULT_FILMS = 5, 8, 5
POPULAR = 40  # the films of a week are chosen from so many of their kind
FAMILY_GENRES = {"Family", "Animation"}


class Week:
    """The films of one week; the choice changes each Monday."""

    def __init__(self, day: date, films: list[Movie]) -> None:
        year, week, _ = day.isocalendar()
        chance = Random(f"{year}-{week}")  # noqa: S311 - the same each time, not a secret
        families: list[Movie] = []
        adults: list[Movie] = []
        others: list[Movie] = []
        for film in films:
            if is_for_families(film):
                families.append(film)
            else:
                (adults if (film.age_restriction or 0) >= 16 else others).append(film)
        self.families = chance.sample(families[:POPULAR], min(FAMILY_FILMS, len(families)))
        self.adults = chance.sample(adults[:POPULAR], min(ADULT_FILMS, len(adults)))
        self.others = chance.sample(others[:POPULAR], min(OTHER_FILMS, len(others)))

    def films_at(self, hour: time) -> list[Movie]:
        if hour < EVENING:
            return self.families
        return self.others + self.adults[:2] if hour < NIGHT else self.adults + self.others[:2]


def is_for_families(film: Movie) -> bool:
    genres = {genre.name for genre in film.genres.all()}
    return bool(genres & FAMILY_GENRES) and (film.age_restriction or 0) <= 8


def load(days: int = DAYS_AHEAD) -> list[MovieSession]:
    """Fill the days around today on which a room of the demo has no sessions; return the new sessions."""
    films = list(
        Movie.objects.filter(owner=None, runtime__range=(SHORTEST, LONGEST))
        .exclude(imdb_id=None)
        .order_by("-popularity", "imdb_id")
        .prefetch_related("genres")
        .defer("search_vector")[:400]
    )
    now = timezone.now()
    first_days = {day.isocalendar()[:2]: day for day in _days_around(days)}
    weeks = {week: Week(day, films) for week, day in first_days.items()}
    planned = [plan for day in _days_around(days) for plan in _plan_day(day, weeks[day.isocalendar()[:2]])]
    past = [plan for plan in planned if plan.starts_at <= now]
    ahead = [vars(plan) for plan in planned if plan.starts_at > now]
    return [*_write_past_sessions(past), *(scheduling.schedule_many(ahead, notify_watchers=False) if ahead else [])]


def _days_around(ahead: int) -> list[date]:
    """Return the days from three ago, or as many ago as `ahead`, to `ahead` from today."""
    return [today() + timedelta(days=number) for number in range(-min(DAYS_PAST, ahead), ahead + 1)]


def _plan_day(day: date, week: Week) -> Iterator[SessionPlan]:
    shown: Counter[int] = Counter()
    begin, end = to_utc(day, min(FIRST.values())), day_bounds(day)[1] + CLOSING
    busy = MovieSession.objects.filter(starts_at__lt=end, room_free_at__gt=begin).values("room")
    for room in rooms.demo_rooms().exclude(pk__in=busy):
        yield from _plan_room(room, day, week, shown)


def _plan_room(room: Room, day: date, week: Week, shown: Counter[int]) -> Iterator[SessionPlan]:
    """Yield one session after another until the cinema closes; `shown` counts the sessions of each film that day."""
    chance = Random(f"{day} {room.number}")  # noqa: S311 - the same each time, not a secret
    free_at, closing = to_utc(day, FIRST[room.number]), day_bounds(day)[1] + CLOSING
    last, first = to_utc(day, LAST_START), True
    while free_at <= last:
        choice = [
            film for film in week.films_at(to_local(free_at).time()) if planning.calculate_end(film, free_at) <= closing
        ]
        if not choice:
            return
        film = min(choice, key=lambda film: (shown[film.pk], chance.random()))
        shown[film.pk] += 1
        ends_at = planning.calculate_end(film, free_at)
        # Once a week the first session in the studio is a draft.
        draft = first and room.number == 4 and day.weekday() == 2 and day > today()
        yield SessionPlan(film, room, free_at, ends_at, not draft)
        free_at, first = _round_up(ends_at + timedelta(minutes=room.turnaround_minutes)), False


def _round_up(when: datetime) -> datetime:
    """Return the next full five minutes."""
    past = timedelta(minutes=when.minute % 5)
    return when + (GRID - past if past else timedelta())


def _write_past_sessions(planned: list[SessionPlan]) -> list[MovieSession]:
    """Write sessions that have begun already, which `scheduling` refuses, as plain rows.

    The constraints of the database apply to them too.
    """
    sessions = [plan.build_session(plan.room) for plan in planned]
    for session in sessions:
        session.created_at = session.starts_at - timedelta(days=DAYS_AHEAD)
    return MovieSession.objects.bulk_create(sessions)
