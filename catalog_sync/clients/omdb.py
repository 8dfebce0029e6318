"""The one doorway to OMDb."""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings

from catalog_sync.clients.base import MAX_BYTES, Key, ProviderClient, TransientFailure, translate_urllib3_errors
from catalog_sync.clients.budget import SPENT, DailyBudget
from catalog_sync.clients.errors import AllowanceSpent, KeyRefused, NotFound, Refused, Unreadable, UpstreamError
from catalog_sync.clients.limiter import RateLimiter

MAX_PAGE = 100
PER_SECOND = 10  # OMDb names no limit; nobody should be asked faster for nothing

# Sentences of OMDb's, in lower case, that mean: there is no such thing.
NOTHING = ("not found", "incorrect imdb id", "too many results", "conversion from string", "must provide more than")
LIMIT_REACHED = "request limit reached"
KEY_SENTENCES = ("invalid api key", "no api key")

BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
# The sentence of an error may hold quotes that nobody escaped.
FALSE_REPLY = re.compile(r'\s*\{\s*"Response"\s*:\s*"False"\s*,\s*"Error"\s*:\s*"(.*)"\s*\}\s*', re.DOTALL)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Ten rows of a search, as OMDb sent them, unchecked, and how many there are in all."""

    number: int
    results: list[object]
    total: int


class OMDbClient(ProviderClient):
    """Every attempt counts against OMDB_DAILY_LIMIT, before it is made; `leave` of them stay for somebody else."""

    provider, key_setting, address_setting = "OMDb", "OMDB_API_KEY", "OMDB_BASE_URL"
    attempts = 4

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        limiter: RateLimiter | None = None,
        budget: DailyBudget | None = None,
        leave: int = 0,
        on_retry: Callable[[str, float], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__(
            Key(settings.OMDB_API_KEY if api_key is None else api_key, self.key_setting, "apikey"),
            base_url or settings.OMDB_BASE_URL,
            PER_SECOND,
            limiter=limiter,
            on_retry=on_retry,
            sleep=sleep,
        )
        self.budget = budget or DailyBudget(self._host, settings.OMDB_DAILY_LIMIT, patience=self.redis_retry_seconds)
        self._leave = leave

    def by_id(self, imdb_id: str) -> dict[str, Any]:
        """The row of "tt0137523", whatever its type; raises NotFound."""
        return self._row({"i": imdb_id})

    def by_title(self, title: str, year: int | None = None, *, films_only: bool = True) -> dict[str, Any]:
        """What OMDb thinks of first; raises NotFound. Without `films_only` it may think of a game."""
        kind = {"type": "movie"} if films_only else {}
        return self._row({"t": title} | kind | ({"y": str(year)} if year else {}))

    def search(self, term: str, year: int | None = None, page: int = 1) -> SearchPage:
        """Ten films of a search; an empty page where it finds nothing, or where the term is too short for OMDb."""
        if not 1 <= page <= MAX_PAGE:
            raise ValueError(f"OMDb serves the pages 1 to {MAX_PAGE}.")
        params = {"s": term, "type": "movie", "page": str(page)} | ({"y": str(year)} if year else {})
        try:
            reply = self._row(params)
        except NotFound:
            return SearchPage(page, [], 0)
        rows, total = reply.get("Search"), str(reply.get("totalResults", ""))
        results = rows if isinstance(rows, list) else []
        return SearchPage(page, results, int(total) if total.isdecimal() else len(results))

    def _row(self, params: dict[str, str]) -> dict[str, Any]:
        return self._ask("", {**params, "r": "json"}, self._read)

    def _acquire_permit(self) -> None:
        self.budget.take(self._leave)
        super()._acquire_permit()

    def _read(self, body: bytes) -> dict[str, Any]:
        reply = parse_reply(body)
        if str(reply.get("Response", "")).lower() == "false":
            raise self._error_for_sentence(str(reply.get("Error", "")))
        return reply

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """Only the text of a 401 tells a spent allowance from a wrong key."""
        if status == requests.codes.unauthorized:
            with suppress(UpstreamError, requests.RequestException):
                said = str(parse_reply(self._decompress(self._read_body(response))).get("Error", ""))
                return self._error_for_sentence(said)
        return super()._error_for_status(status, response)

    def _error_for_sentence(self, said: str) -> UpstreamError:
        sentence = said.lower()
        if LIMIT_REACHED in sentence:
            self.budget.exhaust()
            return AllowanceSpent(SPENT)
        if any(words in sentence for words in KEY_SENTENCES):
            return KeyRefused("OMDb does not accept the key in OMDB_API_KEY.")
        if any(words in sentence for words in NOTHING):
            return NotFound("OMDb does not have what was asked for.")
        return Refused("OMDb has an error of its own with this request.")


class InteractiveOMDbClient(OMDbClient):
    """For somebody who waits for the page: whatever is slow on the way, each step has seconds.

    `on_attempt` is called before each attempt, when it is about to be sent.
    """

    attempts = 2
    timeout = (2.0, 3.0)
    seconds = 3.0  # for the body of a reply, however little comes at a time
    patience = 2.5
    redis_retry_seconds = 0.5
    max_wait = 1.5

    def __init__(self, on_attempt: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._on_attempt = on_attempt

    def _acquire_permit(self) -> None:
        super()._acquire_permit()
        self._on_attempt()

    def _read_body(self, response: requests.Response) -> bytes:
        body, deadline = bytearray(), time.monotonic() + self.seconds
        with translate_urllib3_errors():
            while chunk := response.raw.read1(65_536, decode_content=True):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise self._oversized_reply()
                if time.monotonic() > deadline:
                    raise requests.Timeout
        return bytes(body)


def parse_reply(body: bytes) -> dict[str, Any]:
    """The reply, also when it is no valid JSON: raw control characters and false escapes are seen in the wild.

    Raises Transient for what was not written by OMDb, Unreadable for what asking again would not mend.
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
        raise TransientFailure("OMDb's reply broke off before its end.")
    raise Unreadable("OMDb sent a reply that nobody can read.")
