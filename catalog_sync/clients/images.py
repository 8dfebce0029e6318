"""The one doorway to TMDB's pictures. Only the host of TMDB_IMAGE_URL is ever asked."""

import time
from collections.abc import Callable, Mapping
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from requests.auth import AuthBase

from catalog_sync.clients.addresses import CheckedAdapter, ForbiddenAddress, address_check_for
from catalog_sync.clients.base import TIMEOUT, ProviderClient, translate_urllib3_errors
from catalog_sync.clients.errors import NotFound, Refused, Unreadable, UpstreamError
from catalog_sync.clients.limiter import RateLimiter
from movies.posters.images import MAX_BYTES, Poster, PosterRefused, prepare

SIZE = "w780"  # the widest that we keep
MOST_REDIRECTS = 2
SECONDS = 60.0  # for one picture, from the first byte asked to the last one read
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class UnusableImage(Unreadable):
    """The file that came makes no poster, and would not the next time either."""


class NoAuth(AuthBase):
    """The pictures are everybody's. Being set, it also keeps requests from looking for a password in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class ImageClient(ProviderClient):
    """Paced together with TMDB's API. Proxies of the environment are not used: they would look names up themselves."""

    provider, address_setting = "TMDB's image host", "TMDB_IMAGE_URL"
    attempts = 4

    def __init__(
        self,
        *,
        base_url: str | None = None,
        limiter: RateLimiter | None = None,
        on_retry: Callable[[str, float], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        api = urlsplit(settings.TMDB_BASE_URL).netloc.rpartition("@")[2]
        per_second = settings.TMDB_REQUESTS_PER_SECOND
        super().__init__(
            NoAuth(),
            base_url or settings.TMDB_IMAGE_URL,
            per_second,
            limiter=limiter or RateLimiter(api, per_second),
            on_retry=on_retry,
            sleep=sleep,
        )

    def poster(self, source: str) -> Poster:
        """Fetched, looked at and drawn anew; `source` is a path as TMDB gives it ("/kqjL17yufvn9OVLyXYpvtyrFfak.jpg").

        Raises NotFound, NoPicture and what every door raises.
        """
        body = self._ask(f"/{SIZE}{source}", {}, bytes)
        try:
            return prepare(BytesIO(body))
        except PosterRefused as refused:
            raise UnusableImage(f"{self.provider} sent no usable picture. {refused}") from None

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = super()._session()
            session.trust_env = False
            session.headers.update({"Accept": "image/jpeg, image/png, image/webp", "Accept-Encoding": "identity"})
            allows = address_check_for(urlsplit(self._base_url).hostname or "")
            for scheme in ("http://", "https://"):
                session.mount(scheme, CheckedAdapter(allows))
        return super()._session()

    def _decompress(self, body: bytes) -> bytes:
        """A picture is compressed by itself."""
        return body

    def _reply(self, path: str, params: Mapping[str, str | float]) -> bytes:
        url, deadline = self._base_url + path, time.monotonic() + SECONDS
        for _ in range(1 + MOST_REDIRECTS):
            with self._answer(url) as response:
                if response.status_code in REDIRECTS:
                    url = self._next(url, response)
                    continue
                self._check_status(response)
                self._check_type(response)
                return self._until(deadline, response)
        raise Refused(f"{self.provider} sent us on more than {MOST_REDIRECTS} times.")

    def _answer(self, url: str) -> requests.Response:
        try:
            return self._session().get(url, timeout=TIMEOUT, stream=True, allow_redirects=False)
        except ForbiddenAddress:
            raise Refused(f"{self.provider} is at an address that is not public, which is not asked.") from None

    def _next(self, url: str, response: requests.Response) -> str:
        """Where it sends us on to, which must be on the same host."""
        try:
            ours, target = urlsplit(self._base_url), urlsplit(urljoin(url, response.headers.get("Location", "")))
            same = (target.scheme, target.netloc) == (ours.scheme, ours.netloc)
        except ValueError:
            same = False
        if not same:
            raise self._error_for_status(response.status_code, response)
        # Put together anew, so that no reading of the address by somebody else can lead to another host.
        query = f"?{target.query}" if target.query else ""
        return f"{ours.scheme}://{ours.netloc}{target.path}{query}"

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """Nothing here is about a key."""
        if status == requests.codes.unauthorized:
            return Refused(f"{self.provider} refused the request (status {status}).")
        return super()._error_for_status(status, response)

    def _check_type(self, response: requests.Response) -> None:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not kind.startswith("image/"):
            # Most likely the page of somebody in between, so it is worth another night, though no other attempt.
            raise NotFound(f"{self.provider} sent something else than a picture.")

    def _until(self, deadline: float, response: requests.Response) -> bytes:
        """What comes until then, at most MAX_BYTES: whatever little there is at a time, so that no drip keeps us."""
        body = bytearray()
        with translate_urllib3_errors():
            while chunk := response.raw.read1(65_536, decode_content=False):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise UnusableImage(f"{self.provider} sent a file of more than {MAX_BYTES // 1024 // 1024} MB.")
                if time.monotonic() > deadline:
                    raise requests.Timeout
        return bytes(body)
