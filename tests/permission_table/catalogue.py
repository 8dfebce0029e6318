"""Films and genres: reading and looking up, editing, posters, own films."""

from typing import Any

from tests.permission_table.rows import PRIVATE, Row, everyone, film, managers, own, page, private_film, signed_in


def no_poster(cast: Any) -> dict[str, Any]:
    return {"key": "ab" * 16, "width": 185}


def drawn_poster(cast: Any) -> dict[str, Any]:
    return {"pk": cast.film.pk, "key": "0" * 20}


def private_drawn_poster(cast: Any) -> dict[str, Any]:
    return {"pk": cast.private_film.pk, "key": "0" * 20}


CATALOGUE = [
    Row("GET", "/api/v1/genres", everyone(200)),
    Row("GET", "/api/v1/genres/<pk>", everyone(200), arguments=lambda cast: {"pk": cast.genre.pk}),
    Row("GET", "/api/v1/movies", everyone(200)),
    Row("GET", "/api/v1/movies/search", everyone(200), body=lambda cast: {"query": "film"}),
    Row("GET", "/api/v1/movies/suggest", everyone(200), body=lambda cast: {"query": "film"}),
    Row("GET", "/api/v1/movies/<pk>", everyone(200), arguments=film),
    Row("GET", "/api/v1/movies/<pk>", PRIVATE, "private", arguments=private_film),
    *page("/", everyone(200), everyone(200)),
    *page("/parts/", signed_in(200, 204), everyone(405)),
    *page("/movies/", everyone(200), everyone(200)),
    *page("/movies/suggest/", everyone(200), everyone(405)),
    *page("/movies/<pk>-<slug>/", everyone(200), everyone(200), "", film),
    *page("/movies/<pk>-<slug>/", PRIVATE, PRIVATE, "private", private_film),
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

POSTERS = [
    Row("POST", "/api/v1/movies/<pk>/poster/upload", managers(400), "(without a file)", film),
    Row("POST", "/api/v1/movies/<pk>/poster/upload", own(400), "private, without a file", private_film),
    Row("PUT", "/api/v1/movies/<pk>/poster", managers(400), "(of no upload)", film),
    Row("PUT", "/api/v1/movies/<pk>/poster", own(400), "private, of no upload", private_film),
    Row("DELETE", "/api/v1/movies/<pk>/poster", managers(204), "", film),
    Row("DELETE", "/api/v1/movies/<pk>/poster", own(204), "private", private_film),
    *page("/media/posters/<key>/w<width>.jpg", everyone(404), everyone(405), "(not there)", no_poster),
    *page("/posters/<pk>-<key>.svg", everyone(302), everyone(405), "(an old address)", drawn_poster),
    *page(
        "/posters/<pk>-<key>.svg",
        (404, 302, 404, 404, 404),
        everyone(405),
        "private, a wrong address",
        private_drawn_poster,
    ),
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

LOOKUP = [
    Row("GET", "/api/v1/movies/lookup", everyone(200), body=lambda cast: {"title": cast.film.title}),
    Row("GET", "/api/v1/movies/lookup", everyone(404), "(without a key for OMDb)", body=lambda cast: {"title": "x"}),
    Row(
        "GET",
        "/api/v1/movies/lookup",
        everyone(404),
        "private, without a key",
        body=lambda cast: {"title": cast.private_film.title},
    ),
    Row("GET", "/api/v1/movies/<title>", everyone(200), "", lambda cast: {"title": cast.film.title}),
    Row("GET", "/api/v1/movies/<imdb_id>", everyone(404), "(without a key)", lambda cast: {"imdb_id": "tt0000001"}),
    *page("/movies/lookup/", everyone(200), everyone(200), "(nothing typed)"),
    Row("POST", "/movies/lookup/", everyone(302), body=lambda cast: {"title": cast.film.title}),
    Row("POST", "/movies/lookup/", everyone(404), "(without a key for OMDb)", body=lambda cast: {"title": "x"}),
]
