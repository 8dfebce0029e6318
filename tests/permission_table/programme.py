"""Rooms and sessions."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.permission_table.rows import (
    MANAGERS_ALONE,
    PRIVATE,
    Row,
    draft,
    everyone,
    film,
    managers,
    private_film,
    screening,
)


def room(cast: Any) -> dict[str, Any]:
    return {"pk": cast.screening.room_id}


def unused_room(cast: Any) -> dict[str, Any]:
    return {"pk": cast.unused_room.pk}


def next_week(cast: Any) -> dict[str, str]:
    day = timezone.localdate(cast.screening.starts_at)
    return {"from": f"{day}", "to": f"{day + timedelta(days=7)}"}


def shown_film(cast: Any) -> dict[str, Any]:
    return {"pk": cast.screening.movie_id, "sid": cast.screening.pk}


def drafted_film(cast: Any) -> dict[str, Any]:
    return {"pk": cast.draft_screening.movie_id, "sid": cast.draft_screening.pk}


def next_year(cast: Any) -> dict[str, Any]:
    return {"room": cast.unused_room.pk, "starts_at": f"{timezone.now() + timedelta(days=365):%Y-%m-%dT%H:%MZ}"}


ROOMS = [
    Row("GET", "/api/v1/rooms", everyone(200)),
    Row("POST", "/api/v1/rooms", managers(201), body=lambda cast: {"number": 1, "plan": "ss"}),
    Row("POST", "/api/v1/rooms/preview", managers(200), body=lambda cast: {"plan": "ss"}),
    Row("GET", "/api/v1/rooms/<pk>", everyone(200), arguments=room),
    Row("PATCH", "/api/v1/rooms/<pk>", managers(200), arguments=room, body=lambda cast: {"name": "Balcony"}),
    Row("DELETE", "/api/v1/rooms/<pk>", managers(409), "with sessions", room),
    Row("DELETE", "/api/v1/rooms/<pk>", managers(204), "unused", unused_room),
    Row("GET", "/api/v1/rooms/timeline", managers(200)),
    Row("POST", "/api/v1/movie-sessions/copy", managers(201), body=next_week),
]

SESSIONS = [
    Row("GET", "/api/v1/movie-sessions", everyone(200)),
    Row("GET", "/api/v1/movie-sessions/<pk>", everyone(200), arguments=screening),
    Row("GET", "/api/v1/movie-sessions/<pk>", MANAGERS_ALONE, "a draft", draft),
    Row("PATCH", "/api/v1/movie-sessions/<pk>", managers(200), "", screening, lambda cast: {"published": True}),
    Row("DELETE", "/api/v1/movie-sessions/<pk>", managers(204), "", screening),
    Row("DELETE", "/api/v1/movie-sessions/bulk", managers(200), body=lambda cast: {"ids": [cast.screening.pk]}),
    Row("GET", "/api/v1/movie-sessions/<pk>/seats", everyone(200), arguments=screening),
    Row("GET", "/api/v1/movie-sessions/<pk>/seats", MANAGERS_ALONE, "of a draft", draft),
    Row("GET", "/api/v1/movies/<pk>/sessions", everyone(200), arguments=film),
    Row("GET", "/api/v1/movies/<pk>/sessions", PRIVATE, "private", private_film),
    Row("POST", "/api/v1/movies/<pk>/sessions", managers(201), "", film, next_year),
    Row("POST", "/api/v1/movies/<pk>/sessions", (401, 403, 403, 404, 404), "private", private_film, next_year),
    Row("POST", "/api/v1/movies/<pk>/sessions/bulk", managers(201), "", film, lambda cast: [next_year(cast)]),
    Row("GET", "/api/v1/movies/<pk>/sessions/<sid>", everyone(200), arguments=shown_film),
    Row("GET", "/api/v1/movies/<pk>/sessions/<sid>", MANAGERS_ALONE, "a draft", drafted_film),
]
