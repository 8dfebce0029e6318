"""The client of TMDB's API."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import requests
from django.conf import settings

from catalog_sync.clients.base import KeyAuth, ProviderClient, TransientFailure, parse_json_object
from catalog_sync.clients.errors import Refused, UpstreamError
from catalog_sync.clients.limiter import RateLimiter

MAX_PAGE = 500  # TMDB reports the true number of pages but serves no more than these
PARTS = "external_ids,release_dates,credits,videos,alternative_titles"  # all of a film in one call


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, with its rows as TMDB sent them, unchecked."""

    number: int
    results: list[object]
    total_pages: int


class TMDBClient(ProviderClient):
    provider, key_setting, address_setting = "TMDB", "TMDB_API_KEY", "TMDB_BASE_URL"

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        limiter: RateLimiter | None = None,
        on_retry: Callable[[str, float], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__(
            TMDBKeyAuth(settings.TMDB_API_KEY if api_key is None else api_key, self.key_setting, "api_key"),
            base_url or settings.TMDB_BASE_URL,
            settings.TMDB_REQUESTS_PER_SECOND,
            limiter=limiter,
            on_retry=on_retry,
            sleep=sleep,
        )

    def genres(self) -> list[object]:
        """Return TMDB's genres of films, unchecked rows of {id, name}."""
        rows: list[object] = self._get("/genre/movie/list", {}, lambda body: _parse_list(body, "genres"))["genres"]
        return rows

    def popular(self, page: int) -> Page:
        return self._page("/movie/popular", page, {})

    def discover(self, page: int, **filters: str | float | bool) -> Page:
        """Return a page of films by filters in TMDB's names; give those with a dot as `**{"vote_count.gte": 100}`."""
        return self._page("/discover/movie", page, filters)

    def changes(self, day: date, page: int) -> Page:
        """Return a page of {id} rows of the films that changed on `day`.

        The end is the following day, because TMDB does not document whether its range includes the end.
        """
        days = {"start_date": day.isoformat(), "end_date": (day + timedelta(days=1)).isoformat()}
        return self._page("/movie/changes", page, days)

    def details(self, tmdb_id: int) -> dict[str, Any]:
        """Return all of one film, unchecked but for its id. Raises NotFound when TMDB no longer has it."""
        return self._get(f"/movie/{tmdb_id}", {"append_to_response": PARTS}, lambda body: _parse_film(body, tmdb_id))

    def find(self, imdb_id: str) -> list[object]:
        """Return the films with this IMDb id, at most one as a rule; unchecked rows as those of lists."""
        path = f"/find/{imdb_id}"
        rows: list[object] = self._get(
            path, {"external_source": "imdb_id"}, lambda body: _parse_list(body, "movie_results")
        )["movie_results"]
        return rows

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """Tell a 404 of TMDB's own (the film is gone) from any other (the address is wrong)."""
        if status == requests.codes.not_found:
            with suppress(TransientFailure, requests.RequestException):
                reply = parse_json_object(self._decompress(self._read_body(response)))
                if reply is not None and isinstance(reply.get("status_code"), int):
                    return super()._error_for_status(status, response)
            return Refused("TMDB_BASE_URL is not the address of TMDB's API.")
        return super()._error_for_status(status, response)

    def _page(self, path: str, page: int, filters: Mapping[str, str | float | bool]) -> Page:
        if not 1 <= page <= MAX_PAGE:
            raise ValueError(f"TMDB serves the pages 1 to {MAX_PAGE}.")
        # Requests would write True and False, which TMDB does not understand.
        params = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
        reply = self._get(path, params | {"page": page}, lambda body: _parse_list(body, "results"))
        return Page(page, reply["results"], min(reply["total_pages"], MAX_PAGE))


class TMDBKeyAuth(KeyAuth):
    """Authentication by an API key, or by a Read Access Token, which is a JWT and so has dots."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if "." not in self._key:
            return super().__call__(request)
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _parse_object(body: bytes) -> dict[str, Any]:
    reply = parse_json_object(body)
    if reply is None:
        raise TransientFailure("TMDB sent a reply that is not a JSON object.")
    return reply


def _parse_list(body: bytes, rows: str) -> dict[str, Any]:
    """Return the reply. Raises TransientFailure unless it has the list `rows` and, for a page, the number of pages."""
    reply = _parse_object(body)
    if not isinstance(reply.get(rows), list):
        raise TransientFailure(f"TMDB sent a reply without its list of {rows}.")
    total = reply.get("total_pages", None if rows == "results" else 0)
    if not isinstance(total, int) or total < 0:
        raise TransientFailure("TMDB sent a reply without its number of pages.")
    return reply


def _parse_film(body: bytes, tmdb_id: int) -> dict[str, Any]:
    reply = _parse_object(body)
    if reply.get("id") != tmdb_id:
        raise TransientFailure("TMDB sent a reply about another film, or none.")
    return reply
