"""What people keep of films: watchlist, ratings, history, and their export and import."""

from typing import Any

from tests.permission_table.rows import PRIVATE, Row, everyone, film, managers, own, page, private_film, signed_in


def wanted(cast: Any) -> dict[str, Any]:
    return {"pk": cast.wanted.pk}


def rated(cast: Any) -> dict[str, Any]:
    return {"pk": cast.rated.pk}


def reported(cast: Any) -> dict[str, Any]:
    return {"pk": cast.reported.pk}


def seen(cast: Any) -> dict[str, Any]:
    return {"pk": cast.seen.pk}


def one_film(cast: Any) -> dict[str, Any]:
    return {"pk": cast.film.pk}


def one_private_film(cast: Any) -> dict[str, Any]:
    return {"pk": cast.private_film.pk}


def imported(cast: Any) -> dict[str, Any]:
    return {"pk": cast.imported.pk}


# Of pages: the author of a review is sent away from reporting it, and customers from hiding one.
OTHERS = ("sign-in", 302, 200, 200, 200)
MANAGERS_PAGE = ("sign-in", 403, 403, 200, 200)

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
    *page("/watchlist/toggle/", everyone(405), signed_in(400, "sign-in")),
    Row("POST", "/watchlist/toggle/", signed_in(302, "sign-in"), "film", body=lambda cast: {"keep": cast.film.pk}),
    Row("POST", "/watchlist/toggle/", own(302, "sign-in"), "private", body=lambda cast: {"keep": cast.private_film.pk}),
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
    Row("GET", "/api/v1/ratings/movie/<pk>", everyone(200), arguments=film),
    Row("GET", "/api/v1/ratings/movie/<pk>", PRIVATE, "private", arguments=private_film),
    Row("GET", "/api/v1/movies/<pk>/ratings", everyone(200), arguments=film),
    Row("GET", "/api/v1/movies/<pk>/ratings", PRIVATE, "private", arguments=private_film),
    Row("POST", "/api/v1/ratings/<pk>/reports", (401, 403, 201, 201, 201), "", rated, lambda cast: {"reason": "spam"}),
    Row("POST", "/api/v1/ratings/<pk>/hide", managers(200), "", rated, lambda cast: {"reason": "It insults."}),
    Row("POST", "/api/v1/ratings/<pk>/unhide", managers(409), "(not hidden)", rated),
    Row("GET", "/api/v1/review-reports", managers(200)),
    Row("POST", "/api/v1/review-reports/<pk>/dismiss", managers(200), "", reported),
    *page("/ratings/<pk>/report/", OTHERS, ("sign-in", 302, 400, 400, 400), "(no reason)", rated),
    Row("POST", "/ratings/<pk>/report/", signed_in(302, "sign-in"), "", rated, lambda cast: {"reason": "spam"}),
    *page("/ratings/<pk>/hide/", MANAGERS_PAGE, ("sign-in", 403, 403, 400, 400), "(no reason)", rated),
    Row("POST", "/ratings/<pk>/hide/", ("sign-in", 403, 403, 302, 302), "", rated, lambda cast: {"reason": "No."}),
    *page("/ratings/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/movies/<pk>-<slug>/ratings/", everyone(200), everyone(405), "", film),
    *page("/movies/<pk>-<slug>/ratings/", PRIVATE, everyone(405), "private", private_film),
    *page("/movies/<pk>/rating/", signed_in(302, "sign-in"), signed_in(200, "sign-in"), "(nothing chosen)", film),
    Row("POST", "/movies/<pk>/rating/", signed_in(302, "sign-in"), "", film, lambda cast: {"rating": 7}),
    Row("POST", "/movies/<pk>/rating/", own(302, "sign-in"), "private", private_film, lambda cast: {"rating": 7}),
    *page("/movies/<pk>/rating/remove/", signed_in(302, "sign-in"), signed_in(302, "sign-in"), "", film),
    Row("POST", "/movies/<pk>/rating/remove/", own(302, "sign-in"), "private", private_film),
    *page("/how-was-it/<pk>/", signed_in(200, "sign-in"), signed_in(400, "sign-in"), "(nothing chosen)", one_film),
    Row("POST", "/how-was-it/<pk>/", signed_in(302, "sign-in"), "", one_film, lambda cast: {"rating": 7}),
    *page("/how-was-it/<pk>/", own(200, "sign-in"), None, "private", one_private_film),
    Row("POST", "/how-was-it/<pk>/", own(302, "sign-in"), "private", one_private_film, lambda cast: {"rating": 7}),
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
