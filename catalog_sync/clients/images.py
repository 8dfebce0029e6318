"""The client of TMDB's image host. It only connects to the host of TMDB_IMAGE_URL."""

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
MAX_REDIRECTS = 2
SECONDS = 60.0  # for one image, from its request to its last byte, redirects included
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class UnusableImage(Unreadable):
    """A file that makes no poster, and would not the next time either."""


class NoAuth(AuthBase):
    """No authentication. It is set to keep requests from looking for a password in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class ImageClient(ProviderClient):
    """A client that shares the rate limit of TMDB's API. It uses no proxy: that would resolve names unchecked."""

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
        """Fetch, check and re-encode the image at `source`, a path of TMDB's ("/kqjL17yufvn9OVLyXYpvtyrFfak.jpg").

        Raises NotFound, UnusableImage and the other UpstreamErrors.
        """
        body = self._get(f"/{SIZE}{source}", {}, bytes)
        try:
            return prepare(BytesIO(body))
        except PosterRefused as refused:
            raise UnusableImage(f"{self.provider} sent no usable image. {refused}") from None

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
        """Return the body as it is: images are compressed by themselves."""
        return body

    def _request(self, path: str, params: Mapping[str, str | float]) -> bytes:
        url, deadline = self._base_url + path, time.monotonic() + SECONDS
        for _ in range(1 + MAX_REDIRECTS):
            with self._open(url) as response:
                if response.status_code in REDIRECTS:
                    url = self._redirect_target(url, response)
                    continue
                self._check_status(response)
                self._check_content_type(response)
                return self._read_until(deadline, response)
        raise Refused(f"{self.provider} redirected more than {MAX_REDIRECTS} times.")

    def _open(self, url: str) -> requests.Response:
        try:
            return self._session().get(url, timeout=TIMEOUT, stream=True, allow_redirects=False)
        except ForbiddenAddress:
            raise Refused(f"{self.provider} is not at a public address.") from None

    def _redirect_target(self, url: str, response: requests.Response) -> str:
        """Return the target of a redirect. Raises Refused unless it is on the same host."""
        try:
            ours, target = urlsplit(self._base_url), urlsplit(urljoin(url, response.headers.get("Location", "")))
            is_same_host = (target.scheme, target.netloc) == (ours.scheme, ours.netloc)
        except ValueError:
            is_same_host = False
        if not is_same_host:
            raise self._error_for_status(response.status_code, response)
        # Built anew, so that another parser of the address cannot arrive at another host.
        query = f"?{target.query}" if target.query else ""
        return f"{ours.scheme}://{ours.netloc}{target.path}{query}"

    def _error_for_status(self, status: int, response: requests.Response) -> UpstreamError:
        """Return Refused for a 401, because no key is involved."""
        if status == requests.codes.unauthorized:
            return Refused(f"{self.provider} refused the request (status {status}).")
        return super()._error_for_status(status, response)

    def _check_content_type(self, response: requests.Response) -> None:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not kind.startswith("image/"):
            # Most likely the page of a proxy in between: not worth another attempt now, but one on another night.
            raise NotFound(f"{self.provider} sent something else than an image.")

    def _read_until(self, deadline: float, response: requests.Response) -> bytes:
        """Return the body, at most MAX_BYTES. Raises Timeout at the deadline, also when bytes still come slowly."""
        body = bytearray()
        with translate_urllib3_errors():
            while chunk := response.raw.read1(65_536, decode_content=False):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise UnusableImage(f"{self.provider} sent a file of more than {MAX_BYTES // 1024 // 1024} MB.")
                if time.monotonic() > deadline:
                    raise requests.Timeout
        return bytes(body)
