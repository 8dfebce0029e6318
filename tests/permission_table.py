"""Who gets what answer of every route: the statuses for PEOPLE, in this order.

A new route needs a line here; a second line with `about` tells another thing at the same route. Rows that somebody
owns are the customer's, and somebody else's private row is 404.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.utils import timezone

PEOPLE = ("anonymous", "customer", "other", "manager", "superuser")
PASSWORD = "a-long-enough-password"

Verdict = int | str
Made = Callable[[Any], dict[str, Any]]


class Row(NamedTuple):
    method: str
    path: str
    verdicts: tuple[Verdict, ...]
    about: str = ""
    arguments: Made = lambda cast: {}
    body: Callable[[Any], Any] = lambda cast: {}


def everybody(status: Verdict) -> tuple[Verdict, ...]:
    return (status,) * len(PEOPLE)


def signed_in(status: Verdict, anonymous: Verdict = 401) -> tuple[Verdict, ...]:
    return (anonymous, *(status,) * (len(PEOPLE) - 1))


def own(status: Verdict, anonymous: Verdict = 401) -> tuple[Verdict, ...]:
    """The customer's; to everybody else it is not there."""
    return (anonymous, status, 404, 404, 404)


def managers(status: Verdict) -> tuple[Verdict, ...]:
    return (401, 403, 403, status, status)


def page(
    path: str,
    get: tuple[Verdict, ...],
    post: tuple[Verdict, ...] | None = None,
    about: str = "",
    arguments: Made = lambda cast: {},
) -> list[Row]:
    rows = [Row("GET", path, get, about, arguments)]
    return [*rows, Row("POST", path, post, about, arguments)] if post else rows


def film(cast: Any) -> dict[str, Any]:
    return at_its_address(cast.film)


def private_film(cast: Any) -> dict[str, Any]:
    return at_its_address(cast.private_film)


def at_its_address(film: Any) -> dict[str, Any]:
    return {"pk": film.pk, "slug": film.get_absolute_url().rstrip("/").partition("-")[2]}


def imported(cast: Any) -> dict[str, Any]:
    return {"pk": cast.imported.pk}


def fetched(cast: Any) -> dict[str, Any]:
    return {"pk": cast.fetched.pk}


def person(cast: Any) -> dict[str, Any]:
    return {"pk": cast.customer.pk}


def no_poster(cast: Any) -> dict[str, Any]:
    return {"key": "ab" * 16, "width": 185}


def rated(cast: Any) -> dict[str, Any]:
    return {"pk": cast.rated.pk}


def seen(cast: Any) -> dict[str, Any]:
    return {"pk": cast.seen.pk}


def wrong_reset(cast: Any) -> dict[str, Any]:
    return {"uidb36": "x", "key": "x"}


def provider(cast: Any) -> dict[str, Any]:
    """No provider is configured for the tests."""
    return {"provider_id": "oidc"}


def wanted(cast: Any) -> dict[str, Any]:
    return {"pk": cast.wanted.pk}


NEWCOMER = {"username": "newcomer", "email": "newcomer@example.org", "password": PASSWORD}
PRIVATE = (404, 200, 404, 404, 404)

API = [
    Row("GET", "/api", everybody(200)),
    Row("GET", "/api/", everybody(200)),
    Row("GET", "/api/*", everybody(404)),
    Row("POST", "/api/*", everybody(404)),
    Row("GET", "/api/v1/schema", everybody(200)),
    Row("GET", "/api/v1/docs", everybody(200)),
    Row("GET", "/api/v1/health", everybody(200)),
    Row("GET", "/api/v1/health/live", everybody(200)),
    Row("GET", "/api/v1/health/database", everybody(200)),
    Row("GET", "/api/v1/health/redis", everybody(200)),
    Row("GET", "/api/v1/health/storage", everybody(200)),
    Row("GET", "/api/v1/health/worker", everybody(503), "(none is running)"),
    Row("POST", "/api/v1/auth/register", everybody(201), body=lambda cast: NEWCOMER),
    Row("POST", "/api/v1/auth/login", everybody(200), body=lambda cast: {"username": "customer", "password": PASSWORD}),
    Row("POST", "/api/v1/auth/login", everybody(401), "wrong", body=lambda cast: {"username": "x", "password": "x"}),
    Row("POST", "/api/v1/auth/refresh", everybody(200), body=lambda cast: {"refresh": cast.refresh}),
    Row("POST", "/api/v1/auth/refresh", everybody(401), "wrong", body=lambda cast: {"refresh": "x"}),
    Row("POST", "/api/v1/auth/logout", signed_in(204)),
    Row("GET", "/api/v1/auth/me", signed_in(200)),
    Row("PATCH", "/api/v1/auth/me", signed_in(200), body=lambda cast: {"name": "Somebody"}),
    Row(
        "POST",
        "/api/v1/auth/password",
        signed_in(204),
        body=lambda cast: {"old_password": PASSWORD, "new_password": "another-long-password"},
    ),
    Row("GET", "/api/v1/auth/sessions", signed_in(200)),
    Row("DELETE", "/api/v1/auth/sessions/<pk>", own(204), arguments=lambda cast: {"pk": cast.session.pk}),
    Row("GET", "/api/v1/users", managers(200)),
    Row("GET", "/api/v1/users/<pk>", managers(200), arguments=person),
    Row("GET", "/api/v1/genres", everybody(200)),
    Row("GET", "/api/v1/genres/<pk>", everybody(200), arguments=lambda cast: {"pk": cast.genre.pk}),
    Row("GET", "/api/v1/movies", everybody(200)),
    Row("GET", "/api/v1/movies/search", everybody(200), body=lambda cast: {"query": "film"}),
    Row("GET", "/api/v1/movies/suggest", everybody(200), body=lambda cast: {"query": "film"}),
    Row("GET", "/api/v1/movies/<pk>", everybody(200), arguments=film),
    Row("GET", "/api/v1/movies/<pk>", PRIVATE, "private", arguments=private_film),
]

SYNC = [
    Row("POST", "/api/v1/sync/movies", managers(202)),
    Row("POST", "/api/v1/sync/genres", managers(202)),
    Row("GET", "/api/v1/sync/logs", managers(200)),
]

PAGES = [
    *page("/", everybody(200), everybody(200)),
    *page("/movies/", everybody(200), everybody(200)),
    *page("/movies/suggest/", everybody(200), everybody(405)),
    *page("/movies/<pk>-<slug>/", everybody(200), everybody(200), "", film),
    *page("/movies/<pk>-<slug>/", PRIVATE, PRIVATE, "private", private_film),
    *page("/admin/login/", ("sign-in", 403, 403, 302, 302), ("sign-in", 403, 403, 200, 200)),
    *page("/account/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/account/sign-in/", signed_in(302, 200), signed_in(302, 200)),
    *page("/account/sign-up/", signed_in(302, 200), signed_in(302, 200)),
    *page("/account/sign-out/", signed_in(200, 302), everybody(302)),
    *page("/account/inactive/", everybody(200)),
    *page("/account/confirm/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/email/", signed_in(200, "sign-in"), signed_in(302, "sign-in")),
    *page("/account/email/sent/", everybody(200), everybody(405)),
    *page("/account/email/confirm/<key>/", everybody(200), everybody(404), "wrong", lambda cast: {"key": "x"}),
    *page("/account/password/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/password/set/", signed_in(302, "sign-in"), signed_in(302, "sign-in")),
    *page("/account/password/reset/", everybody(200), everybody(200)),
    *page("/account/password/reset/sent/", everybody(200)),
    *page("/account/password/reset/done/", everybody(200)),
    *page("/account/password/reset/<uidb36>-<key>/", everybody(200), everybody(200), "wrong", wrong_reset),
    *page("/account/preferences/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/sessions/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/sessions/end/", signed_in(405, "sign-in")),
    Row("POST", "/account/sessions/end/", own(302, "sign-in"), body=lambda cast: {"id": f"api-{cast.session.pk}"}),
    *page("/account/export/", signed_in(405, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/delete/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/second-factor/", signed_in(200, "sign-in")),
    *page("/account/second-factor/authenticate/", signed_in(302, "sign-in"), signed_in(302, "sign-in")),
    *page("/account/second-factor/reauthenticate/", signed_in("confirm", "sign-in"), signed_in("confirm", "sign-in")),
    *page("/account/second-factor/totp/activate/", signed_in("confirm", "sign-in"), signed_in("confirm", "sign-in")),
    *page("/account/second-factor/totp/deactivate/", signed_in(404, "sign-in"), signed_in(404, "sign-in")),
    *page("/account/second-factor/recovery-codes/", signed_in(404, "sign-in")),
    *page("/account/second-factor/recovery-codes/download/", signed_in(404, "sign-in")),
    *page(
        "/account/second-factor/recovery-codes/generate/",
        signed_in("confirm", "sign-in"),
        signed_in("confirm", "sign-in"),
    ),
    *page("/account/linked/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/linked/cancelled/", everybody(200)),
    *page("/account/linked/error/", everybody(401)),
    *page("/account/linked/sign-up/", everybody("sign-in"), everybody("sign-in")),
    *page("/account/linked/github/login/", everybody(404), everybody(404)),
    *page("/account/linked/github/login/callback/", everybody(404), everybody(404)),
    *page("/account/linked/google/login/", everybody(404), everybody(404)),
    *page("/account/linked/google/login/callback/", everybody(404), everybody(404)),
    *page("/account/linked/oidc/<provider_id>/login/", everybody(404), everybody(404), "", provider),
    *page("/account/linked/oidc/<provider_id>/login/callback/", everybody(404), everybody(404), "", provider),
]

CURATION = [
    Row("POST", "/api/v1/movies", signed_in(201), body=lambda cast: {"title": "A film"}),
    Row("PUT", "/api/v1/movies/<pk>", managers(200), "", film, lambda cast: {"title": "Another"}),
    Row("PATCH", "/api/v1/movies/<pk>", managers(200), "", film, lambda cast: {"title": "Another"}),
    Row("DELETE", "/api/v1/movies/<pk>", managers(204), "", film),
    Row("PUT", "/api/v1/movies/<pk>", own(200), "private", private_film, lambda cast: {"title": "Another"}),
    Row("PATCH", "/api/v1/movies/<pk>", own(200), "private", private_film, lambda cast: {"title": "Another"}),
    Row("DELETE", "/api/v1/movies/<pk>", own(204), "private", private_film),
    Row("POST", "/api/v1/movies/bulk", managers(201), body=lambda cast: [{"title": "A film"}]),
    Row("DELETE", "/api/v1/movies/bulk", managers(200), body=lambda cast: {"ids": [cast.film.pk]}),
    Row(
        "DELETE",
        "/api/v1/movies/bulk",
        managers(400),
        "private",
        body=lambda cast: {"ids": [cast.private_film.pk]},
    ),
]

WATCHLIST = [
    Row("GET", "/api/v1/watchlist", signed_in(200)),
    Row("POST", "/api/v1/watchlist", signed_in(201), body=lambda cast: {"movie_id": cast.film.pk}),
    Row(
        "POST",
        "/api/v1/watchlist",
        (401, 201, 400, 400, 400),
        "private",
        body=lambda cast: {"movie_id": cast.private_film.pk},
    ),
    Row("GET", "/api/v1/watchlist/<pk>", own(200), arguments=wanted),
    Row("PATCH", "/api/v1/watchlist/<pk>", own(200), arguments=wanted, body=lambda cast: {"is_favorite": True}),
    Row("DELETE", "/api/v1/watchlist/<pk>", own(204), arguments=wanted),
    Row("PATCH", "/api/v1/watchlist/<pk>/favorite", own(200), arguments=wanted),
    *page("/watchlist/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/watchlist/toggle/", everybody(405), signed_in(400, "sign-in")),
    Row("POST", "/watchlist/toggle/", signed_in(302, "sign-in"), "film", body=lambda cast: {"keep": cast.film.pk}),
    Row("POST", "/watchlist/toggle/", own(302, "sign-in"), "private", body=lambda cast: {"keep": cast.private_film.pk}),
]

POSTERS = [
    Row("POST", "/api/v1/movies/<pk>/poster/upload", managers(400), "(without a file)", film),
    Row("POST", "/api/v1/movies/<pk>/poster/upload", own(400), "private, without a file", private_film),
    Row("PUT", "/api/v1/movies/<pk>/poster", managers(400), "(of no upload)", film),
    Row("PUT", "/api/v1/movies/<pk>/poster", own(400), "private, of no upload", private_film),
    Row("DELETE", "/api/v1/movies/<pk>/poster", managers(204), "", film),
    Row("DELETE", "/api/v1/movies/<pk>/poster", own(204), "private", private_film),
    *page("/media/posters/<key>/w<width>.jpg", everybody(404), everybody(405), "(not there)", no_poster),
]

RATINGS = [
    Row("GET", "/api/v1/ratings", signed_in(200)),
    Row("POST", "/api/v1/ratings", signed_in(201), body=lambda cast: {"movie_id": cast.film.pk, "rating": 7}),
    Row(
        "POST",
        "/api/v1/ratings",
        (401, 201, 400, 400, 400),
        "private",
        body=lambda cast: {"movie_id": cast.private_film.pk, "rating": 7},
    ),
    Row("GET", "/api/v1/ratings/<pk>", own(200), arguments=rated),
    Row("PATCH", "/api/v1/ratings/<pk>", own(200), arguments=rated, body=lambda cast: {"rating": 1}),
    Row("DELETE", "/api/v1/ratings/<pk>", own(204), arguments=rated),
    Row("GET", "/api/v1/ratings/movie/<pk>", everybody(200), arguments=film),
    Row("GET", "/api/v1/ratings/movie/<pk>", PRIVATE, "private", arguments=private_film),
    Row("GET", "/api/v1/movies/<pk>/ratings", everybody(200), arguments=film),
    Row("GET", "/api/v1/movies/<pk>/ratings", PRIVATE, "private", arguments=private_film),
    *page("/ratings/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/movies/<pk>-<slug>/ratings/", everybody(200), everybody(405), "", film),
    *page("/movies/<pk>-<slug>/ratings/", PRIVATE, everybody(405), "private", private_film),
    *page("/movies/<pk>/rating/", signed_in(302, "sign-in"), signed_in(200, "sign-in"), "(nothing chosen)", film),
    Row("POST", "/movies/<pk>/rating/", signed_in(302, "sign-in"), "", film, lambda cast: {"rating": 7}),
    Row("POST", "/movies/<pk>/rating/", own(302, "sign-in"), "private", private_film, lambda cast: {"rating": 7}),
    *page("/movies/<pk>/rating/remove/", signed_in(302, "sign-in"), signed_in(302, "sign-in"), "", film),
    Row("POST", "/movies/<pk>/rating/remove/", own(302, "sign-in"), "private", private_film),
]

HISTORY = [
    Row("GET", "/api/v1/history", signed_in(200)),
    Row("POST", "/api/v1/history", signed_in(201), body=lambda cast: {"movie_id": cast.film.pk}),
    Row(
        "POST",
        "/api/v1/history",
        (401, 201, 400, 400, 400),
        "private",
        body=lambda cast: {"movie_id": cast.private_film.pk},
    ),
    Row("GET", "/api/v1/history/<pk>", own(200), arguments=seen),
    Row("DELETE", "/api/v1/history/<pk>", own(204), arguments=seen),
    *page("/history/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/history/<pk>/remove/", signed_in(405, "sign-in"), own(302, "sign-in"), "", seen),
    *page("/movies/<pk>/seen/", signed_in(302, "sign-in"), signed_in(200, "sign-in"), "(no day)", film),
    Row("POST", "/movies/<pk>/seen/", signed_in(302, "sign-in"), "", film, lambda cast: {"day": "2026-01-02"}),
    Row("POST", "/movies/<pk>/seen/", own(302, "sign-in"), "private", private_film, lambda cast: {"day": "2026-01-02"}),
]

OWN_FILMS = [
    *page("/my-movies/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/my-movies/add/", ("sign-in", 200, 200, 302, 302), ("sign-in", 200, 200, 302, 302), "(nothing typed)"),
    Row("POST", "/my-movies/add/", signed_in(302, "sign-in"), body=lambda cast: {"title": "A film"}),
    *page("/my-movies/<pk>/edit/", own(200, "sign-in"), own(200, "sign-in"), "private, nothing typed", private_film),
    *page("/my-movies/<pk>/edit/", signed_in(404, "sign-in"), signed_in(404, "sign-in"), "", film),
    Row("POST", "/my-movies/<pk>/edit/", own(302, "sign-in"), "private", private_film, lambda cast: {"title": "X"}),
    *page("/my-movies/<pk>/delete/", own(200, "sign-in"), own(302, "sign-in"), "private", private_film),
    *page("/my-movies/<pk>/delete/", signed_in(404, "sign-in"), signed_in(404, "sign-in"), "", film),
]

LIBRARY = [
    Row("GET", "/api/v1/library/export", signed_in(200)),
    Row("GET", "/api/v1/library/imports", signed_in(200)),
    Row("POST", "/api/v1/library/imports", signed_in(400), "(without a file)"),
    Row("GET", "/api/v1/library/imports/<pk>", own(200), arguments=imported),
    Row("DELETE", "/api/v1/library/imports/<pk>", own(204), arguments=imported),
    Row("GET", "/api/v1/library/imports/<pk>/rows", own(200), arguments=imported),
    Row("POST", "/api/v1/library/imports/<pk>/apply", own(202), arguments=imported),
    *page("/library/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/library/export/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/library/imports/<pk>/", own(200, "sign-in"), signed_in(405, "sign-in"), "", imported),
    *page("/library/imports/<pk>/apply/", signed_in(405, "sign-in"), own(302, "sign-in"), "", imported),
    *page("/library/imports/<pk>/delete/", signed_in(405, "sign-in"), own(302, "sign-in"), "", imported),
]


def ticket(cast: Any) -> dict[str, Any]:
    return {"pk": cast.ticket.pk}


def used(cast: Any) -> dict[str, Any]:
    return {"pk": cast.used_ticket.pk}


def held(cast: Any) -> dict[str, Any]:
    return {"pk": cast.held.purchase_id}


def wished(cast: Any) -> dict[str, Any]:
    return {"session_id": cast.screening.pk, "quantity": 1}


OWN_OR_MANAGERS = (401, 200, 404, 200, 200)

TICKETS = [
    Row("GET", "/api/v1/tickets", managers(200)),
    Row("POST", "/api/v1/tickets", signed_in(201), body=lambda cast: {"session_id": cast.screening.pk}),
    Row(
        "POST",
        "/api/v1/tickets",
        (401, 201, 403, 201, 201),
        "for the customer",
        body=lambda cast: {"session_id": cast.screening.pk, "user_id": cast.customer.pk},
    ),
    Row(
        "POST",
        "/api/v1/tickets",
        (401, 404, 404, 409, 409),
        "of a draft",
        body=lambda cast: {"session_id": cast.draft_screening.pk},
    ),
    Row("POST", "/api/v1/tickets/bulk", signed_in(201), body=wished),
    Row("GET", "/api/v1/tickets/me", signed_in(200)),
    Row("GET", "/api/v1/tickets/<pk>", OWN_OR_MANAGERS, arguments=ticket),
    Row("GET", "/api/v1/tickets/<pk>", signed_in(404), "held only", lambda cast: {"pk": cast.held.pk}),
    Row("DELETE", "/api/v1/tickets/<pk>", OWN_OR_MANAGERS, arguments=ticket),
    Row("GET", "/api/v1/users/<pk>/tickets", managers(200), arguments=person),
    Row("POST", "/api/v1/tickets/check-in", managers(200), body=lambda cast: {"code": cast.ticket.code}),
    Row("POST", "/api/v1/tickets/<pk>/use", managers(200), arguments=ticket),
    Row("POST", "/api/v1/tickets/<pk>/undo", managers(200), arguments=used),
    Row("GET", "/api/v1/holds", signed_in(200)),
    Row("POST", "/api/v1/holds", signed_in(201), body=wished),
    Row("GET", "/api/v1/holds/<pk>", own(200), arguments=held),
    Row("DELETE", "/api/v1/holds/<pk>", own(204), arguments=held),
    Row("POST", "/api/v1/holds/<pk>/extend", own(200), arguments=held),
    Row("POST", "/api/v1/holds/<pk>/confirm", own(200), arguments=held),
]


def room(cast: Any) -> dict[str, Any]:
    return {"pk": cast.screening.room_id}


def unused_room(cast: Any) -> dict[str, Any]:
    return {"pk": cast.unused_room.pk}


def next_week(cast: Any) -> dict[str, str]:
    day = timezone.localdate(cast.screening.starts_at)
    return {"from": f"{day}", "to": f"{day + timedelta(days=7)}"}


ROOMS = [
    Row("GET", "/api/v1/rooms", everybody(200)),
    Row("POST", "/api/v1/rooms", managers(201), body=lambda cast: {"number": 1, "plan": "ss"}),
    Row("POST", "/api/v1/rooms/preview", managers(200), body=lambda cast: {"plan": "ss"}),
    Row("GET", "/api/v1/rooms/<pk>", everybody(200), arguments=room),
    Row("PATCH", "/api/v1/rooms/<pk>", managers(200), arguments=room, body=lambda cast: {"name": "Balcony"}),
    Row("DELETE", "/api/v1/rooms/<pk>", managers(409), "with sessions", room),
    Row("DELETE", "/api/v1/rooms/<pk>", managers(204), "unused", unused_room),
    Row("GET", "/api/v1/rooms/timeline", managers(200)),
    Row("POST", "/api/v1/movie-sessions/copy", managers(201), body=next_week),
]


def screening(cast: Any) -> dict[str, Any]:
    return {"pk": cast.screening.pk}


def draft(cast: Any) -> dict[str, Any]:
    return {"pk": cast.draft_screening.pk}


def shown_film(cast: Any) -> dict[str, Any]:
    return {"pk": cast.screening.movie_id, "sid": cast.screening.pk}


def drafted_film(cast: Any) -> dict[str, Any]:
    return {"pk": cast.draft_screening.movie_id, "sid": cast.draft_screening.pk}


def next_year(cast: Any) -> dict[str, Any]:
    return {"room": cast.unused_room.pk, "starts_at": f"{timezone.now() + timedelta(days=365):%Y-%m-%dT%H:%MZ}"}


MANAGERS_ALONE = (404, 404, 404, 200, 200)

SESSIONS = [
    Row("GET", "/api/v1/movie-sessions", everybody(200)),
    Row("GET", "/api/v1/movie-sessions/<pk>", everybody(200), arguments=screening),
    Row("GET", "/api/v1/movie-sessions/<pk>", MANAGERS_ALONE, "a draft", draft),
    Row("PATCH", "/api/v1/movie-sessions/<pk>", managers(200), "", screening, lambda cast: {"published": True}),
    Row("DELETE", "/api/v1/movie-sessions/<pk>", managers(204), "", screening),
    Row("DELETE", "/api/v1/movie-sessions/bulk", managers(200), body=lambda cast: {"ids": [cast.screening.pk]}),
    Row("GET", "/api/v1/movie-sessions/<pk>/seats", everybody(200), arguments=screening),
    Row("GET", "/api/v1/movie-sessions/<pk>/seats", MANAGERS_ALONE, "of a draft", draft),
    Row("GET", "/api/v1/movies/<pk>/sessions", everybody(200), arguments=film),
    Row("GET", "/api/v1/movies/<pk>/sessions", PRIVATE, "private", private_film),
    Row("POST", "/api/v1/movies/<pk>/sessions", managers(201), "", film, next_year),
    Row("POST", "/api/v1/movies/<pk>/sessions", (401, 403, 403, 404, 404), "private", private_film, next_year),
    Row("POST", "/api/v1/movies/<pk>/sessions/bulk", managers(201), "", film, lambda cast: [next_year(cast)]),
    Row("GET", "/api/v1/movies/<pk>/sessions/<sid>", everybody(200), arguments=shown_film),
    Row("GET", "/api/v1/movies/<pk>/sessions/<sid>", MANAGERS_ALONE, "a draft", drafted_film),
]

LOOKUP = [
    Row("GET", "/api/v1/movies/lookup", everybody(200), body=lambda cast: {"title": cast.film.title}),
    Row("GET", "/api/v1/movies/lookup", everybody(404), "(without a key for OMDb)", body=lambda cast: {"title": "x"}),
    Row(
        "GET",
        "/api/v1/movies/lookup",
        everybody(404),
        "private, without a key",
        body=lambda cast: {"title": cast.private_film.title},
    ),
    Row("GET", "/api/v1/movies/<title>", everybody(200), "", lambda cast: {"title": cast.film.title}),
    Row("GET", "/api/v1/movies/<imdb_id>", everybody(404), "(without a key)", lambda cast: {"imdb_id": "tt0000001"}),
    *page("/movies/lookup/", everybody(200), everybody(200), "(nothing typed)"),
    Row("POST", "/movies/lookup/", everybody(302), body=lambda cast: {"title": cast.film.title}),
    Row("POST", "/movies/lookup/", everybody(404), "(without a key for OMDb)", body=lambda cast: {"title": "x"}),
]

FETCHES = [
    Row("POST", "/api/v1/movies/fetch", managers(202), body=lambda cast: {"search_term": "star wars"}),
    Row("GET", "/api/v1/movies/fetch/jobs", managers(200)),
    Row("GET", "/api/v1/movies/fetch/jobs/<pk>", managers(200), arguments=fetched),
    Row("POST", "/api/v1/movies/fetch/cancel/<pk>", managers(200), arguments=fetched),
    *page("/fetch/", ("sign-in", 403, 403, 200, 200), ("sign-in", 403, 403, 200, 200), "(nothing typed)"),
    Row("POST", "/fetch/", ("sign-in", 403, 403, 302, 302), body=lambda cast: {"search_term": "star wars"}),
    *page("/fetch/<pk>/cancel/", ("sign-in", 403, 403, 405, 405), ("sign-in", 403, 403, 302, 302), "", fetched),
]

TABLE = (
    API
    + SYNC
    + PAGES
    + CURATION
    + WATCHLIST
    + POSTERS
    + RATINGS
    + HISTORY
    + OWN_FILMS
    + LIBRARY
    + TICKETS
    + ROOMS
    + SESSIONS
    + LOOKUP
    + FETCHES
)
