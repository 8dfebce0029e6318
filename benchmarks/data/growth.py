"""Houses that have been open for long: any number of ratings, sessions and tickets, written by SQL within seconds."""

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import timezone

from accounts.models import User
from benchmarks.data.films import quick_loading
from cinema.models import MovieSession, Purchase, Room, Seat, Ticket
from movies.models import Movie, Rating

RATED_FILMS = 1_000
SEATS_IN_ROOM = 100
ROOMS = 10
COMING = 350  # sessions of a week

RATE = """
INSERT INTO movies_rating (user_id, movie_id, rating, review, created_at, updated_at)
SELECT author.id, film.id, 1 + (author.id * 7 + film.id) %% 10, '', moment, moment
FROM unnest(%s::bigint[]) AS author (id), unnest(%s::bigint[]) AS film (id),
    LATERAL (SELECT '2020-01-01'::timestamptz + (author.id * 31 + film.id * 17) %% 10000000 * interval '1 s')
        AS at (moment)
"""
COUNT_RATINGS = """
UPDATE movies_movie SET ratings_sum = counted.points, ratings_count = counted.ratings
FROM (SELECT movie_id, sum(rating) AS points, count(*) AS ratings FROM movies_rating GROUP BY movie_id) AS counted
WHERE counted.movie_id = id
"""
# The last COMING of them begin from now on, five a day in each room; the others went before.
SCHEDULE = """
INSERT INTO cinema_moviesession
    (movie_id, room_id, starts_at, ends_at, room_free_at, published, created_at, revision, moved_revision)
SELECT (%(films)s::bigint[])[1 + number %% cardinality(%(films)s::bigint[])],
    (%(rooms)s::bigint[])[1 + number %% cardinality(%(rooms)s::bigint[])],
    begin, begin + interval '2 h', begin + interval '135 min', true, begin - interval '9 days', 0, 0
FROM generate_series(0, %(count)s - 1) AS number, LATERAL (
    SELECT %(now)s + interval '288 min'
        * floor((number - %(count)s + %(coming)s)::numeric / cardinality(%(rooms)s::bigint[]))
) AS at (begin)
"""
SELL = """
WITH sold AS (
    INSERT INTO cinema_purchase (user_id, made_by_id, session_id, created_at, confirmed_at, shown_revision, fingerprint)
    SELECT (%(users)s::bigint[])[1 + (session.id * 101 + number * 13) %% cardinality(%(users)s::bigint[])], NULL,
        session.id, session.created_at, session.created_at, 0, number::text
    FROM cinema_moviesession AS session, generate_series(0, %(seats)s - 1) AS number WHERE session.ends_at < %(now)s
    RETURNING id, user_id, session_id, confirmed_at, fingerprint::int AS number
)
INSERT INTO cinema_ticket (purchase_id, session_id, room_id, seat_id, user_id, code, purchased_at, used_at)
SELECT sold.id, sold.session_id, session.room_id, seat.id, sold.user_id, md5(sold.id::text),
    sold.confirmed_at, session.starts_at
FROM sold JOIN cinema_moviesession AS session ON session.id = sold.session_id
    JOIN cinema_seat AS seat ON seat.room_id = session.room_id AND seat.line * 10 + seat.column = sold.number
"""


def register(count: int) -> list[int]:
    """Return the ids of `count` accounts with confirmed addresses, which are made when they are missing."""
    have = User.objects.filter(username__startswith="guest").count()
    made = User.objects.bulk_create(
        (User(username=f"guest{n}", email=f"guest{n}@example.org") for n in range(have, count)), batch_size=2_000
    )
    EmailAddress.objects.bulk_create(
        (EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in made), batch_size=2_000
    )
    return list(User.objects.filter(username__startswith="guest").order_by("pk").values_list("pk", flat=True)[:count])


def grow_ratings(count: int) -> None:
    """Replace all ratings by `count`: each of RATED_FILMS is rated by the same people. The films have to be there."""
    films = list(Movie.objects.order_by("pk").values_list("pk", flat=True)[:RATED_FILMS])
    users = register(count // RATED_FILMS)
    _truncate(Rating)
    with connection.cursor() as cursor, quick_loading(cursor, Rating._meta.db_table):
        cursor.execute(RATE, [users, films])
        cursor.execute(COUNT_RATINGS)


def grow_sessions(count: int) -> None:
    """Replace the programme by `count` sessions in ROOMS rooms: those of a week, the others before it."""
    _truncate(Ticket, Purchase, MovieSession, Seat, Room)
    rooms = _build_rooms(ROOMS)
    without_age = Movie.objects.filter(age_restriction=None)
    films = list(without_age.order_by("-popularity", "pk").values_list("pk", flat=True)[:200])
    with connection.cursor() as cursor, quick_loading(cursor, MovieSession._meta.db_table):
        cursor.execute(
            SCHEDULE, {"films": films, "rooms": rooms, "count": count, "coming": COMING, "now": timezone.now()}
        )


def grow_tickets(count: int) -> None:
    """Replace the programme by full houses with `count` used tickets of a thousand customers, and a week to come."""
    grow_sessions(count // SEATS_IN_ROOM + COMING)
    with connection.cursor() as cursor, quick_loading(cursor, Ticket._meta.db_table, Purchase._meta.db_table):
        cursor.execute(SELL, {"users": register(1_000), "seats": SEATS_IN_ROOM, "now": timezone.now()})


def tear_down() -> None:
    """Delete all that was made here."""
    _truncate(Rating, Ticket, Purchase, MovieSession, Seat, Room, User)


def _build_rooms(count: int) -> list[int]:
    rooms = Room.objects.bulk_create(Room(number=number) for number in range(1, count + 1))
    Seat.objects.bulk_create(
        Seat(room=room, row="ABCDEFGHIJ"[n // 10], number=n % 10 + 1, line=n // 10, column=n % 10)
        for room in rooms
        for n in range(SEATS_IN_ROOM)
    )
    return [room.pk for room in rooms]


def _truncate(*models: type[Rating | Ticket | Purchase | MovieSession | Seat | Room | User]) -> None:
    tables: Sequence[str] = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
