"""The one doorway to TMDB."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import requests
from django.conf import settings

from catalog_sync.clients.base import Key, ProviderClient, TransientFailure, parse_json_object
from catalog_sync.clients.errors import Refused, UpstreamError
from catalog_sync.clients.limiter import RateLimiter

MAX_PAGE = 500  # TMDB reports the true number of pages but serves no more than these
PARTS = "external_ids,release_dates,credits,videos"  # all of a film in one call


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. Its rows are as TMDB sent them, unchecked."""

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
        """TMDB's genres of films, unchecked rows of {id, name}."""
        rows: list[object] = self._ask("/genre/movie/list", {}, lambda body: _parse_list(body, "genres"))["genres"]
        return rows

    def popular(self, page: int) -> Page:
        return self._page("/movie/popular", page, {})

    def discover(self, page: int, **filters: str | float | bool) -> Page:
        """Filters in TMDB's own names; those with a dot are given as `**{"vote_count.gte": 100}`."""
        return self._page("/discover/movie", page, filters)

    def changes(self, day: date, page: int) -> Page:
        """Rows of {id} of the films that somebody changed on `day`.

        The following day is named as the end, because TMDB does not say whether its range includes the end.
        """
        days = {"start_date": day.isoformat(), "end_date": (day + timedelta(days=1)).isoformat()}
        return self._page("/movie/changes", page, days)

    def details(self, tmdb_id: int) -> dict[str, Any]:
        """All of one film, unchecked but for its id; raises NotFound when TMDB has it no more."""
        return self._ask(f"/movie/{tmdb_id}", {"append_to_response": PARTS}, lambda body: _parse_film(body, tmdb_id))

    def find(self, imdb_id: str) -> list[object]:
        """The films with this IMDb id: at most one, mostly; unchecked rows as those of lists."""
        path = f"/find/{imdb_id}"
        rows: list[object] = self._ask(
            path, {"external_source": "imdb_id"}, lambda body: _parse_list(body, "movie_results")
        )["movie_results"]
        return rows

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """A 404 in TMDB's own words means that the film is gone; any other, that we ask at a wrong address."""
        if status == requests.codes.not_found:
            with suppress(TransientFailure, requests.RequestException):
                reply = parse_json_object(self._decompress(self._read_body(response)))
                if reply is not None and isinstance(reply.get("status_code"), int):
                    return super()._error_for_status(status, response)
            return Refused("TMDB_BASE_URL is not TMDB's address: nothing was found there.")
        return super()._error_for_status(status, response)

    def _page(self, path: str, page: int, filters: Mapping[str, str | float | bool]) -> Page:
        if not 1 <= page <= MAX_PAGE:
            raise ValueError(f"TMDB serves the pages 1 to {MAX_PAGE}.")
        # Requests would write a boolean in Python's spelling, which TMDB does not read.
        params = {name: str(value).lower() if isinstance(value, bool) else value for name, value in filters.items()}
        reply = self._ask(path, params | {"page": page}, lambda body: _parse_list(body, "results"))
        return Page(page, reply["results"], min(reply["total_pages"], MAX_PAGE))


class TMDBKeyAuth(Key):
    """Either kind: a Read Access Token is a JWT, whose parts are joined by dots."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if "." not in self._key:
            return super().__call__(request)
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def require_object(body: bytes) -> dict[str, Any]:
    reply = parse_json_object(body)
    if reply is None:
        raise TransientFailure("TMDB sent a reply that is not a JSON object.")
    return reply


def _parse_list(body: bytes, rows: str) -> dict[str, Any]:
    """The reply, which surely holds the list `rows` and, for a page, the number of pages."""
    reply = require_object(body)
    if not isinstance(reply.get(rows), list):
        raise TransientFailure(f"TMDB sent a reply without its list of {rows}.")
    total = reply.get("total_pages", None if rows == "results" else 0)
    if not isinstance(total, int) or total < 0:
        raise TransientFailure("TMDB sent a reply without its number of pages.")
    return reply


def _parse_film(body: bytes, tmdb_id: int) -> dict[str, Any]:
    reply = require_object(body)
    if reply.get("id") != tmdb_id:
        raise TransientFailure("TMDB sent a reply about another film, or none.")
    return reply
