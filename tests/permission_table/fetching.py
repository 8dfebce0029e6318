"""The sync with TMDB and the fetch jobs."""

from typing import Any

from tests.permission_table.rows import Row, managers, page


def fetched(cast: Any) -> dict[str, Any]:
    return {"pk": cast.fetched.pk}


SYNC = [
    Row("POST", "/api/v1/sync/movies", managers(202)),
    Row("POST", "/api/v1/sync/genres", managers(202)),
    Row("GET", "/api/v1/sync/logs", managers(200)),
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
