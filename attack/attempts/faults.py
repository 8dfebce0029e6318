"""Item 5: the drill with faults of everything outside the site."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import requests

from attack.registry import Verdict, attack
from attack.site.running import Site, wait_until
from attack.visitors.crowd import Sample
from attack.visitors.customer import Customer, succeed
from attack.visitors.drill import SECONDS, crowd_of, drill, percentiles, undisturbed
from attack.visitors.holders import repeated
from attack.visitors.visitor import Visitor

MONITORS = 5
RECOVERY_SECONDS = 30
BOUND_SECONDS = 8
QUEUE_SECONDS = 20
MAIL_SECONDS = 130  # a mail that failed is tried again after a minute, by a task that runs once a minute


@contextmanager
def monitored(site: Site) -> Iterator[None]:
    """Let five monitors ask for the health of all parts."""

    def ask() -> None:
        Visitor(site, "203.0.113.69").get("/api/v1/health", timeout=20)
        time.sleep(1)

    with repeated(ask, MONITORS):
        yield


@attack("hung-store", 5, "The S3 store takes connections and is silent, while five monitors ask for /health")
def hung_store(site: Site) -> Verdict:
    undisturbed(site)
    with monitored(site):
        return drill(site, site.store.hanging)


@attack("dead-store", 5, "The S3 store is down: the site is degraded and stays on the load balancer")
def dead_store(site: Site) -> Verdict:
    with site.store.dead():
        states = Counter(_health(site) for _ in range(8))
    return Verdict(set(states) <= {"200 ok", "200 degraded"}, f"/health said {dict(states)}")


def _health(site: Site) -> str:
    time.sleep(1)
    answer = Visitor(site).get("/api/v1/health")
    return f"{answer.status_code} {answer.json()['status']}"


@attack("hung-broker", 5, "The broker takes commands and never answers")
def hung_broker(site: Site) -> Verdict:
    return _and_the_worker_lives(site, drill(site, site.broker.hanging))


@attack("dead-broker", 5, "The broker ends its connections and takes no new ones")
def dead_broker(site: Site) -> Verdict:
    return _and_the_worker_lives(site, drill(site, site.broker.dead))


@attack("hung-cache", 5, "The cache's Redis takes commands and never answers")
def hung_cache(site: Site) -> Verdict:
    return drill(site, site.cache.hanging)


@attack("hung-mail", 5, "The mail server is silent while ten people reset their passwords")
def hung_mail(site: Site) -> Verdict:
    undisturbed(site)
    customers = [Customer(site).register() for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:

        def reset(customer: Customer) -> float:
            began = time.monotonic()
            with suppress(requests.RequestException):
                Visitor(site).send_form("/account/password/reset/", {"email": customer.email})
            return time.monotonic() - began

        with site.mail_proxy.hanging():
            resets = [pool.submit(reset, customer) for customer in customers]
            verdict = drill(site)
        slowest = max(one.result() for one in resets)

    def count_arrived() -> int:
        return sum(any("password" in mail["Subject"] for mail in site.mail.to(one.email)) for one in customers)

    wait_until(lambda: count_arrived() == len(customers), MAIL_SECONDS)
    came = count_arrived()
    held = verdict.held and came == len(customers) and slowest <= BOUND_SECONDS
    return Verdict(held, f"{came} of 10 mails came afterwards, the slowest reset {slowest:.1f} s; {verdict.figure}")


@attack("queues", 5, "An import while the mail server is silent and twelve mails wait: the queues are apart")
def queues(site: Site) -> Verdict:
    customers = [Customer(site).register() for _ in range(12)]
    with site.mail_proxy.hanging():
        for customer in customers:
            Visitor(site).send_form("/account/password/reset/", {"email": customer.email})
        library = "Date,Name,Year,Letterboxd URI,Rating\n2020-01-01,A film,1999,,4\n"
        sent = succeed(customers[0].api("POST", "/library/imports", files={"file": ("ratings.csv", library)}))
        began, path = time.monotonic(), f"/library/imports/{sent['id']}"
        done = wait_until(lambda: customers[0].api("GET", path).json()["status"] == "checked", QUEUE_SECONDS)
        seconds = time.monotonic() - began
    return Verdict(done, f"the import {'was read' if done else 'had not been read'} after {seconds:.0f} s")


def _and_the_worker_lives(site: Site, verdict: Verdict) -> Verdict:
    """Add whether the worker works again soon after its broker does; if it dies, the launcher stops everything."""
    began = time.monotonic()
    works = wait_until(lambda: _part(site, "worker") == 200 or not site.is_running(), RECOVERY_SECONDS)
    state = f"worker back after {time.monotonic() - began:.0f} s" if works else "worker did not come back"
    if not site.is_running():
        state = "a process ended, so the site stopped"
    return Verdict(verdict.held and works and site.is_running(), f"{state}; {verdict.figure}")


def _part(site: Site, part: str) -> int:
    try:
        return Visitor(site).get(f"/api/v1/health/{part}").status_code
    except requests.RequestException:
        return 0


@attack(
    "hung-database",
    5,
    "PostgreSQL is silent: /health/live answers, all else ends soon with 503, and it recovers",
)
def hung_database(site: Site) -> Verdict:
    before = undisturbed(site)
    with site.database.hanging(), crowd_of(site).come(SECONDS) as visit:
        pass
    began = time.monotonic()
    back = wait_until(lambda: Visitor(site).get("/whats-on/").status_code == 200, RECOVERY_SECONDS)
    live, others = visit.of("live"), [one for one in visit.samples if one.kind != "live"]
    limit = max(1.0, 2 * max(one.seconds for one in before.of("live")))
    bound = max(BOUND_SECONDS, 2 * max(one.seconds for one in before.samples))
    bounded = all(one.status in {200, 201, 503} and one.seconds <= bound for one in others)
    held = back and bounded and all(not one.failed and one.seconds <= limit for one in live)
    statuses = dict(Counter(one.status for one in others))
    recovery = f"back after {time.monotonic() - began:.0f} s" if back else "not back"
    return Verdict(held, f"/health/live: {percentiles(live)}; others {statuses}, {_slowest(others)}; {recovery}")


@attack("dead-database", 5, "PostgreSQL takes no connections: 503 with Retry-After, which the log does not call 500")
def dead_database(site: Site) -> Verdict:
    wrong, logged = [], site.log.stat().st_size
    with site.database.dead():
        for path in ("/whats-on/", "/api/v1/movie-sessions", "/sessions/1/", "/movies/?query=x", "/api/v1/movies/2"):
            answer = Visitor(site).get(path)
            is_refusal = answer.status_code == 503 and "Retry-After" in answer.headers
            if answer.status_code != 200 and not is_refusal:
                wrong.append(f"{path} {answer.status_code}")
    with site.log.open("rb") as file:
        file.seek(logged)
        errors = file.read().count(b"code=500")
    wait_until(lambda: Visitor(site).get("/whats-on/").status_code == 200, RECOVERY_SECONDS)
    return Verdict(not wrong and not errors, f"{errors} logged as 500; without 503 or Retry-After: {wrong or 'none'}")


@attack(
    "no-ticket-lost", 5, "Every purchase of the drills has its tickets, sent again as well, and no seat is sold twice"
)
def no_ticket_lost(site: Site) -> Verdict:
    crowd = crowd_of(site)
    unanswered = [one for one in crowd.purchases if not 200 <= one.status < 300]
    answered = [one for one in crowd.purchases if one.codes]
    for purchase in unanswered[:60]:
        crowd.send(purchase)
    seats, codes = Counter[tuple[int, str]](), set[str]()
    for customer in crowd.customers:
        for page in range(1, 4):
            found = customer.api("GET", f"/tickets/me?limit=100&page={page}").json()
            for ticket in found["items"]:
                seats[ticket["session"]["id"], ticket["seat"]] += 1
                codes.add(ticket["code"])
            if page >= found["meta"]["total_pages"]:
                break
    lost = sum(not set(one.codes) <= codes for one in answered)
    twice = sum(many > 1 for many in seats.values())
    figure = f"{len(answered)} answered, {len(unanswered)} not; {lost} lost, {twice} seats sold twice"
    return Verdict(bool(answered) and not lost and not twice, figure)


def _slowest(samples: list[Sample]) -> str:
    return f"the slowest {max(one.seconds for one in samples):.1f} s" if samples else "none"
