"""A crowd that comes at a steady rate, whatever the site does: visits, purchases, and monitors that ask for life."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from threading import Event, Lock, Thread
from typing import Any
from uuid import uuid4

import requests

from attack.site.running import Site
from attack.visitors.customer import Customer
from attack.visitors.tickets import sessions_with_seats
from attack.visitors.visitor import ADDRESSES, forwarded

A_SECOND = 20
PATIENCE_SECONDS = 15
# What comes in one second: four monitors, two purchases, fourteen visits.
PATTERN = ("live", "visit", "visit", "visit", "buy", "live", "visit", "visit", "visit", "visit")
CUSTOMERS = 16
AT_MOST_A_SESSION = 4
SIGN_IN_SECONDS = 7 * 60


@dataclass
class Sample:
    kind: str
    seconds: float
    status: int
    """0 where there was no answer."""
    code: str = ""
    """Of a refusal by the API."""

    @property
    def failed(self) -> bool:
        return not 200 <= self.status < 400


@dataclass
class Purchase:
    customer: Customer
    session: int
    key: str
    status: int = 0
    codes: list[str] = field(default_factory=list)


class Crowd:
    """Customers with accounts, sessions with free seats, and all that was bought."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.customers = [Customer(site).register().count_as_confirmed() for _ in range(CUSTOMERS)]
        self.purchases: list[Purchase] = []
        self._signed_in = time.monotonic()
        self._lock = Lock()
        self._offers = self._find_offers()
        self._paths = cycle(["/api/v1/movies?limit=20", "/whats-on/", "/api/v1/genres", "/api/v1/movies/1", "/api"])

    def _find_offers(self) -> list[tuple[int, Customer]]:
        """Return who may buy in which session, each for one ticket: enough for the whole run."""
        sessions = sessions_with_seats(self.customers[0], CUSTOMERS * AT_MOST_A_SESSION)
        return [
            (session, customer) for session in sessions for _ in range(AT_MOST_A_SESSION) for customer in self.customers
        ]

    def come(self, seconds: float) -> "Visit":
        """Begin to come. The `with` block that follows ends it."""
        if time.monotonic() - self._signed_in > SIGN_IN_SECONDS:
            for customer in self.customers:
                customer.sign_in()
            self._signed_in = time.monotonic()
        return Visit(self, seconds)

    def visit(self) -> requests.Response:
        path, headers = next(self._paths), forwarded(next(ADDRESSES))
        return requests.get(self.site.url + path, headers=headers, timeout=PATIENCE_SECONDS)

    def live(self) -> requests.Response:
        url, headers = f"{self.site.url}/api/v1/health/live", forwarded("127.0.0.1")
        return requests.get(url, headers=headers, timeout=PATIENCE_SECONDS)

    def buy(self) -> requests.Response:
        with self._lock:
            session, customer = self._offers.pop(0)
            purchase = Purchase(customer, session, uuid4().hex)
            self.purchases.append(purchase)
        return self.send(purchase)

    def send(self, purchase: Purchase) -> requests.Response:
        """Buy the best seat; sent again, it is the same purchase."""
        purchase.status = 0
        body: dict[str, Any] = {"session_id": purchase.session, "quantity": 1}
        headers = {"Idempotency-Key": purchase.key}
        answer = purchase.customer.api("POST", "/tickets/bulk", body, headers=headers, timeout=PATIENCE_SECONDS)
        purchase.status = answer.status_code
        if answer.ok:
            purchase.codes = [ticket["code"] for ticket in answer.json()["items"]]
        return answer


class Visit:
    """The crowd at the site for some seconds, in threads of its own; `samples` are what it saw."""

    def __init__(self, crowd: Crowd, seconds: float) -> None:
        self.crowd = crowd
        self.seconds = seconds
        self.samples: list[Sample] = []
        self._end = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> "Visit":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._end.set()
        self._thread.join()

    def of(self, kind: str) -> list[Sample]:
        return [sample for sample in self.samples if sample.kind == kind]

    def _run(self) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(A_SECOND * PATIENCE_SECONDS) as pool:
            for number in range(int(self.seconds * A_SECOND)):
                if self._end.wait(max(0.0, began + number / A_SECOND - time.monotonic())):
                    break
                pool.submit(self._one, PATTERN[number % len(PATTERN)])

    def _one(self, kind: str) -> None:
        began = time.monotonic()
        try:
            answer: requests.Response = getattr(self.crowd, kind)()
        except requests.RequestException:
            self.samples.append(Sample(kind, time.monotonic() - began, 0, "no answer"))
            return
        sample = Sample(kind, time.monotonic() - began, answer.status_code)
        if sample.failed and "json" in answer.headers.get("Content-Type", ""):
            sample.code = str(answer.json().get("code", ""))
        self.samples.append(sample)
