"""The client of OMDb's API."""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings

from catalog_sync.clients.base import MAX_BYTES, KeyAuth, ProviderClient, TransientFailure, translate_urllib3_errors
from catalog_sync.clients.budget import SPENT, DailyBudget
from catalog_sync.clients.errors import AllowanceSpent, KeyRefused, NotFound, Refused, Unreadable, UpstreamError
from catalog_sync.clients.limiter import RateLimiter

MAX_PAGE = 100
PER_SECOND = 10  # our own choice: OMDb documents no limit

# Parts of OMDb's error sentences, in lower case, that mean: there is no such title.
NOT_FOUND_SENTENCES = (
    "not found",
    "incorrect imdb id",
    "too many results",
    "conversion from string",
    "must provide more than",
)
LIMIT_SENTENCE = "request limit reached"
KEY_SENTENCES = ("invalid api key", "no api key")

BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
# The sentence of an error may contain quotes that are not escaped.
FALSE_REPLY = re.compile(r'\s*\{\s*"Response"\s*:\s*"False"\s*,\s*"Error"\s*:\s*"(.*)"\s*\}\s*', re.DOTALL)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Ten rows of a search, unchecked, as OMDb sent them, with the total number of results."""

    number: int
    results: list[object]
    total: int


class OMDbClient(ProviderClient):
    """A client whose attempts count against OMDB_DAILY_LIMIT, before they are made; `reserve` calls are left over."""

    provider, key_setting, address_setting = "OMDb", "OMDB_API_KEY", "OMDB_BASE_URL"
    attempts = 4

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        limiter: RateLimiter | None = None,
        budget: DailyBudget | None = None,
        reserve: int = 0,
        on_retry: Callable[[str, float], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__(
            KeyAuth(settings.OMDB_API_KEY if api_key is None else api_key, self.key_setting, "apikey"),
            base_url or settings.OMDB_BASE_URL,
            PER_SECOND,
            limiter=limiter,
            on_retry=on_retry,
            sleep=sleep,
        )
        self.budget = budget or DailyBudget(
            self._host, settings.OMDB_DAILY_LIMIT, retry_seconds=self.redis_retry_seconds
        )
        self._reserve = reserve

    def by_id(self, imdb_id: str) -> dict[str, Any]:
        """Return the row of an id such as "tt0137523", of any type. Raises NotFound."""
        return self._get_row({"i": imdb_id})

    def by_title(self, title: str, year: int | None = None, *, films_only: bool = True) -> dict[str, Any]:
        """Return OMDb's best match; without `films_only` it may be a series or a game. Raises NotFound."""
        kind = {"type": "movie"} if films_only else {}
        return self._get_row({"t": title} | kind | ({"y": str(year)} if year else {}))

    def search(self, term: str, year: int | None = None, page: int = 1) -> SearchPage:
        """Return ten films of a search; an empty page when OMDb finds nothing or the term is too short for it."""
        if not 1 <= page <= MAX_PAGE:
            raise ValueError(f"OMDb serves the pages 1 to {MAX_PAGE}.")
        params = {"s": term, "type": "movie", "page": str(page)} | ({"y": str(year)} if year else {})
        try:
            reply = self._get_row(params)
        except NotFound:
            return SearchPage(page, [], 0)
        rows, total = reply.get("Search"), str(reply.get("totalResults", ""))
        results = rows if isinstance(rows, list) else []
        return SearchPage(page, results, int(total) if total.isdecimal() else len(results))

    def _get_row(self, params: dict[str, str]) -> dict[str, Any]:
        return self._get("", {**params, "r": "json"}, self._parse)

    def _acquire_permit(self) -> None:
        self.budget.spend(self._reserve)
        super()._acquire_permit()

    def _parse(self, body: bytes) -> dict[str, Any]:
        reply = parse_reply(body)
        if str(reply.get("Response", "")).lower() == "false":
            raise self._error_for_sentence(str(reply.get("Error", "")))
        return reply

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """Tell a spent allowance from a wrong key, both of them a 401, by the text."""
        if status == requests.codes.unauthorized:
            with suppress(UpstreamError, requests.RequestException):
                text = str(parse_reply(self._decompress(self._read_body(response))).get("Error", ""))
                return self._error_for_sentence(text)
        return super()._error_for_status(status, response)

    def _error_for_sentence(self, text: str) -> UpstreamError:
        sentence = text.lower()
        if LIMIT_SENTENCE in sentence:
            self.budget.exhaust()
            return AllowanceSpent(SPENT)
        if any(words in sentence for words in KEY_SENTENCES):
            return KeyRefused("OMDb does not accept the key in OMDB_API_KEY.")
        if any(words in sentence for words in NOT_FOUND_SENTENCES):
            return NotFound("OMDb does not have this record.")
        return Refused("OMDb answered this request with an error of its own.")


class InteractiveOMDbClient(OMDbClient):
    """A client for requests that a visitor waits for: each step ends after seconds, whatever is slow.

    `on_attempt` is called just before each attempt is sent.
    """

    attempts = 2
    timeout = (2.0, 3.0)
    body_seconds = 3.0  # for the whole body of a reply, also when it comes in small pieces
    retry_seconds = 2.5
    redis_retry_seconds = 0.5
    max_wait = 1.5

    def __init__(self, on_attempt: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._on_attempt = on_attempt

    def _acquire_permit(self) -> None:
        super()._acquire_permit()
        self._on_attempt()

    def _read_body(self, response: requests.Response) -> bytes:
        body, deadline = bytearray(), time.monotonic() + self.body_seconds
        with translate_urllib3_errors():
            while chunk := response.raw.read1(65_536, decode_content=True):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise self._oversized_reply()
                if time.monotonic() > deadline:
                    raise requests.Timeout
        return bytes(body)


def parse_reply(body: bytes) -> dict[str, Any]:
    """Return the reply, also when it is invalid JSON: OMDb sends raw control characters and wrong escapes at times.

    Raises TransientFailure for what OMDb did not write, Unreadable for what another attempt would not change.
    """
    text = body.decode("utf-8", errors="replace").strip("\ufeff \r\n\t")
    if not text.startswith("{"):
        raise TransientFailure("OMDb sent a reply that is not a JSON object.")
    for attempt in (text, BAD_ESCAPE.sub(r"\\\\", text)):
        with suppress(ValueError, RecursionError):
            reply: dict[str, Any] = json.loads(attempt, strict=False)
            return reply
    if found := FALSE_REPLY.fullmatch(text):
        return {"Response": "False", "Error": found[1]}
    if not text.endswith("}"):
        raise TransientFailure("OMDb's reply ended early.")
    raise Unreadable("OMDb sent a reply that cannot be parsed.")
