"""A visitor: a browser and a program with one address of their own, as the site's proxy would pass them on."""

import re
from itertools import count
from typing import Any

import requests

from attack.site.running import HOST, PUBLIC_URL, Site

ADDRESSES = (f"198.18.{number // 250 % 256}.{number % 250 + 1}" for number in count())
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
PATIENCE_SECONDS = 30


def forwarded(address: str) -> dict[str, str]:
    """Return the headers that a proxy adds for a client at `address`."""
    return {"Host": HOST, "X-Forwarded-For": address, "X-Forwarded-Proto": "https"}


class Visitor:
    def __init__(self, site: Site, address: str = "") -> None:
        self.site = site
        self.address = address or next(ADDRESSES)
        self.access = ""
        self.session = requests.Session()
        self.session.headers.update(forwarded(self.address))

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request as a browser does. Redirects are not followed."""
        # The browser's side of the proxy has TLS: it sends secure cookies too, which requests would not.
        kept = "; ".join(f"{one.name}={one.value}" for one in self.session.cookies)
        headers = options.pop("headers", {}) | ({"Cookie": kept} if kept else {})
        if method not in {"GET", "HEAD"}:
            headers = {"Origin": PUBLIC_URL, "Referer": f"{PUBLIC_URL}/"} | headers
        options = {"timeout": PATIENCE_SECONDS, "allow_redirects": False} | options
        return self.session.request(method, self.site.url + path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.ask("GET", path, **options)

    def page(self, path: str) -> requests.Response:
        """Open a page and follow its redirects within the site."""
        answer = self.get(path)
        for _ in range(5):
            if not answer.is_redirect:
                break
            answer = self.get(answer.headers["Location"].removeprefix(PUBLIC_URL))
        return answer

    def send_form(self, path: str, fields: dict[str, Any], *, to: str = "", **options: Any) -> requests.Response:
        """Open the page at `path` and send its form, as filled in, to `to` (by default to the page itself)."""
        token = CSRF.search(self.page(path).text)
        data = fields | {"csrfmiddlewaretoken": token[1] if token else ""}
        return self.ask("POST", to or path, data=data, **options)

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Call the API as a script of the site's pages does, with the cookies of this browser."""
        token = next((one.value for one in self.session.cookies if one.name.endswith("csrftoken")), "") or ""
        return self.ask(method, f"/api/v1{path}", json=body, headers={"X-CSRFToken": token})

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Call the API as a program does, with the token and without cookies."""
        headers = forwarded(self.address) | options.pop("headers", {})
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        options = {"timeout": PATIENCE_SECONDS} | options
        return requests.request(method, f"{self.site.url}/api/v1{path}", json=body, headers=headers, **options)
