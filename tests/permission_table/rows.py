"""What a line says, who is asked, and the verdicts and things that many topics share."""

from collections.abc import Callable
from typing import Any, NamedTuple

PEOPLE = ("anonymous", "customer", "other", "manager", "superuser")
PASSWORD = "a-long-enough-password"
PRIVATE = (404, 200, 404, 404, 404)
MANAGERS_ALONE = (404, 404, 404, 200, 200)

Verdict = int | str
Made = Callable[[Any], dict[str, Any]]


class Row(NamedTuple):
    method: str
    path: str
    verdicts: tuple[Verdict, ...]
    about: str = ""
    arguments: Made = lambda cast: {}
    body: Callable[[Any], Any] = lambda cast: {}


def everyone(status: Verdict) -> tuple[Verdict, ...]:
    return (status,) * len(PEOPLE)


def signed_in(status: Verdict, anonymous: Verdict = 401) -> tuple[Verdict, ...]:
    return (anonymous, *(status,) * (len(PEOPLE) - 1))


def own(status: Verdict, anonymous: Verdict = 401) -> tuple[Verdict, ...]:
    """Return the verdicts of a row of the customer, which is a 404 to all others."""
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


def person(cast: Any) -> dict[str, Any]:
    return {"pk": cast.customer.pk}


def screening(cast: Any) -> dict[str, Any]:
    return {"pk": cast.screening.pk}


def draft(cast: Any) -> dict[str, Any]:
    return {"pk": cast.draft_screening.pk}
