"""What the demo's rooms show: families in the afternoon, what all come for in the evening, late ones at night."""

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
# When the first film of the day begins, by the room's number.
FIRST = {1: time(14, 15), 2: time(14, 0), 3: time(14, 30), 4: time(15, 0)}
EVENING, NIGHT, LAST_START = time(17, 30), time(20, 45), time(22, 30)
CLOSING = timedelta(minutes=45)  # after midnight
GRID = timedelta(minutes=5)
SHORTEST, LONGEST = 75, 165  # minutes of a film that is shown here
# How many of each kind are on in one week.
FOR_FAMILIES, FOR_EVERYBODY, FOR_LATE = 5, 8, 5
# Those that one week's films are drawn from: the most popular of their kind.
WELL_KNOWN = 40
FAMILY_GENRES = {"Family", "Animation"}


class Week:
    """The films of one week: another choice each Monday."""

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
        self.families = chance.sample(families[:WELL_KNOWN], min(FOR_FAMILIES, len(families)))
        self.adults = chance.sample(adults[:WELL_KNOWN], min(FOR_LATE, len(adults)))
        self.others = chance.sample(others[:WELL_KNOWN], min(FOR_EVERYBODY, len(others)))

    def films_at(self, hour: time) -> list[Movie]:
        if hour < EVENING:
            return self.families
        return self.others + self.adults[:2] if hour < NIGHT else self.adults + self.others[:2]


def is_for_families(film: Movie) -> bool:
    genres = {genre.name for genre in film.genres.all()}
    return bool(genres & FAMILY_GENRES) and (film.age_restriction or 0) <= 8


def load(days: int = DAYS_AHEAD) -> list[MovieSession]:
    """Fill the days around today on which a room of the demo has nothing yet; returns the new sessions."""
    films = list(
        Movie.objects.filter(owner=None, runtime__range=(SHORTEST, LONGEST))
        .exclude(imdb_id=None)
        .order_by("-popularity", "imdb_id")
        .prefetch_related("genres")
        .defer("search_vector")[:400]
    )
    now = timezone.now()
    first_days = {day.isocalendar()[:2]: day for day in days_around(days)}
    weeks = {week: Week(day, films) for week, day in first_days.items()}
    planned = [each for day in days_around(days) for each in day_of(day, weeks[day.isocalendar()[:2]])]
    past = [each for each in planned if each.starts_at <= now]
    ahead = [vars(each) for each in planned if each.starts_at > now]
    return [*written_afterwards(past), *(scheduling.schedule_many(ahead, notify_watchers=False) if ahead else [])]


def days_around(ahead: int) -> list[date]:
    """Return the days from three ago, or as many ago as `ahead`, to `ahead` from today."""
    return [today() + timedelta(days=number) for number in range(-min(DAYS_PAST, ahead), ahead + 1)]


def day_of(day: date, week: Week) -> Iterator[SessionPlan]:
    shown: Counter[int] = Counter()
    begin, end = to_utc(day, min(FIRST.values())), day_bounds(day)[1] + CLOSING
    busy = MovieSession.objects.filter(starts_at__lt=end, room_free_at__gt=begin).values("room")
    for room in rooms.known().exclude(pk__in=busy):
        yield from day_in(room, day, week, shown)


def day_in(room: Room, day: date, week: Week, shown: Counter[int]) -> Iterator[SessionPlan]:
    """One film after another while they fit before the house closes; `shown` counts how often each is on today."""
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
        # Once a week the studio tries a programme out before it is announced.
        draft = first and room.number == 4 and day.weekday() == 2 and day > today()
        yield SessionPlan(film, room, free_at, ends_at, not draft)
        free_at, first = on_grid(ends_at + timedelta(minutes=room.turnaround_minutes)), False


def on_grid(when: datetime) -> datetime:
    """The next time that looks well on a programme."""
    past = timedelta(minutes=when.minute % 5)
    return when + (GRID - past if past else timedelta())


def written_afterwards(planned: list[SessionPlan]) -> list[MovieSession]:
    """Sessions that have begun already, which scheduling refuses, and rightly: a demo needs a yesterday.

    Plain rows; the database's constraints hold for them as for all.
    """
    sessions = [each.build_session(each.room) for each in planned]
    for session in sessions:
        session.created_at = session.starts_at - timedelta(days=DAYS_AHEAD)
    return MovieSession.objects.bulk_create(sessions)
