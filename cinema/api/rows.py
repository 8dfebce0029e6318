"""Sessions and tickets of lists as rows of one query: the same items as their serializers make."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db.models import F, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils import timezone

from cinema.core import local_time
from cinema.models import MovieSession, Seat, SeatKind
from cinema.models.rooms import count_free
from cinema.queries.sessions import with_seat_counts
from common.api.answers.rows import Fetched, Fields, Made, kept_items
from common.database.kept import Parameter

# Numbers by kind of seat, as text: what PostgreSQL sends is parsed here.
PLACES, TAKEN = Cast(F("places"), TextField()), Cast(F("places_taken"), TextField())


def _make_film() -> Callable[[int, str], Any]:
    return lambda pk, title: {"id": pk, "title": title}


def _make_room() -> Callable[[int, int, str], Any]:
    return lambda pk, number, name: {"id": pk, "number": number, "name": name}


def _find_day() -> Callable[[datetime], str]:
    return lambda starts_at: local_time.to_local(starts_at).date().isoformat()


def _count(kind: SeatKind) -> Made:
    def count(places: str | None, taken: str | None) -> int:
        return count_free(orjson.loads(places or "null"), orjson.loads(taken or "null"))[kind]

    return Made((PLACES, TAKEN), lambda: count)


SESSION: Fields = {
    "id": "id",
    "movie": Made(("movie_id", "movie__title"), _make_film),
    "room": Made(("room_id", "room__number", "room__name"), _make_room),
    "room_number": "room__number",
    "starts_at": "starts_at",
    "ends_at": "ends_at",
    "date": Made(("starts_at",), _find_day),
    "timeslot": Made(("starts_at", "ends_at"), lambda: local_time.format_slot),
    "seats_total": "seats_total",
    "seats_free": _count(SeatKind.STANDARD),
    "wheelchair_places_free": _count(SeatKind.WHEELCHAIR),
    "companion_seats_free": _count(SeatKind.COMPANION),
    "published": "published",
    "cancelled_at": "cancelled_at",
}


def _sessions_by_id(ids: Parameter, now: Parameter) -> QuerySet[MovieSession]:
    """Return also cancelled ones and drafts: who has a ticket sees its session."""
    chosen = RawSQL("SELECT unnest(%s::bigint[])", [ids])
    return with_seat_counts(MovieSession.objects.filter(pk__in=chosen), now)


_read_sessions = kept_items(SESSION, _sessions_by_id)


@lru_cache(maxsize=10_000)
def _name_seat(row: str, number: int, kind: str) -> str:
    return Seat(row=row, number=number, kind=kind).name


def _make_person() -> Callable[[int | None, str | None], Any]:
    return lambda pk, name: None if pk is None else {"id": pk, "username": name}


def _make_seller() -> Callable[[int | None, str | None, int | None], Any]:
    return lambda pk, name, holder: None if pk in {None, holder} else {"id": pk, "username": name}


TICKET: Fields = {
    "id": "id",
    "code": "code",
    "seat": Made(("seat__row", "seat__number"), lambda: lambda row, number: f"{row}{number}"),
    "seat_kind": "seat__kind",
    "seat_name": Made(("seat__row", "seat__number", "seat__kind"), lambda: _name_seat),
    "session": Fetched("session_id", lambda ids: _read_sessions(ids=list(ids), now=timezone.now())),
    "user_id": "user_id",
    "purchased_at": "purchased_at",
    "used_at": "used_at",
    "cancelled_at": "cancelled_at",
    "used_by": Made(("used_by_id", "used_by__username"), _make_person),
    "sold_by": Made(("purchase__made_by_id", "purchase__made_by__username", "user_id"), _make_seller),
    "cancelled_by": Made(("cancelled_by_id", "cancelled_by__username"), _make_person),
    "age_checked": "purchase__age_checked",
}
