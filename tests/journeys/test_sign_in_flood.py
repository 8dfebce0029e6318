"""A hundred sign-ins at once, on the site as it runs: it refuses what is too much, and goes on serving."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import requests
from redis import Redis

from devstack.processes import free_port
from tests.conftest import BROKER_NUMBER, CACHE_NUMBER, Site, process, read_command, wait_until
from tests.environment import REDIS, numbered

pytestmark = pytest.mark.xdist_group("site 1")

CROWD = 100
ALLOWED = 10
# Of its own, so that the journeys do not meet the limits that the flood has used up.
OWN_CACHE_NUMBER, OWN_BROKER_NUMBER = CACHE_NUMBER + 2, BROKER_NUMBER + 2


@pytest.fixture(scope="module")
def strict_process(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another web process of the same site, with the limits that it has by default."""
    port, cache, broker = free_port(), numbered(REDIS, OWN_CACHE_NUMBER), numbered(REDIS, OWN_BROKER_NUMBER)
    unlimited = {"THROTTLE_ANON", "THROTTLE_USER", "THROTTLE_LOGIN", "THROTTLE_REGISTER", "THROTTLE_PURCHASE"}
    environment = {name: value for name, value in site.environment.items() if name not in unlimited}
    environment |= {"PORT": str(port), "REDIS_URL": cache, "BROKER_URL": broker}
    with process(read_command("web", port), environment, tmp_path_factory.mktemp("strict")):
        strict = replace(site, url=f"http://127.0.0.1:{port}", environment=environment)
        wait_until(lambda: strict.answers("/api/v1/health/live"))
        yield strict


@pytest.fixture
def strict_site(strict_process: Site) -> Site:
    """That process, before any request has come."""
    for name in ("REDIS_URL", "BROKER_URL"):
        with Redis.from_url(strict_process.environment[name]) as redis:
            redis.flushdb()
    return strict_process


def at_once(ask):
    barrier = Barrier(CROWD)

    def one(number):
        barrier.wait()
        return ask(number)

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(one, range(CROWD)))


def sign_in(site, number, **headers):
    body = {"username": f"nobody{number}", "password": "not-a-password"}
    return requests.post(f"{site.url}/api/v1/auth/login", json=body, headers=headers, timeout=60)


def assert_serves(site):
    for path in ("/api/v1/movies", "/"):
        assert requests.get(site.url + path, timeout=60).status_code == 200


def test_the_limit_holds_to_the_attempt_and_the_site_serves(strict_site):
    answers = at_once(lambda number: sign_in(strict_site, number, **{"X-Forwarded-For": f"203.0.113.{number}"}))
    assert_serves(strict_site)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert sorted(answer.status_code for answer in answers) == [401] * ALLOWED + [429] * (CROWD - ALLOWED)
    for answer in refused:
        seconds = answer.headers["Retry-After"]
        assert 1 <= int(seconds) <= 60
        assert answer.headers["RateLimit-Policy"] == '"login-address";q=10;w=60'
        assert answer.headers["RateLimit"] == f'"login-address";r=0;t={seconds}'
        assert answer.json()["code"] == "throttled"


def test_with_no_limit_in_the_way_the_site_serves_as_well(site):
    answers = at_once(lambda number: sign_in(site, number))
    assert_serves(site)
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "invalid_credentials")}


def test_the_page_shares_the_limit(strict_site):
    browser = requests.Session()
    page = browser.get(f"{strict_site.url}/account/sign-in/", timeout=60)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    cookies = browser.cookies.get_dict()

    def ask(number):
        form = {"login": f"nobody{number}", "password": "not-a-password", "csrfmiddlewaretoken": token}
        return requests.post(f"{strict_site.url}/account/sign-in/", data=form, cookies=cookies, timeout=60)

    answers = at_once(ask)
    assert_serves(strict_site)
    assert sorted(answer.status_code for answer in answers) == [200] * ALLOWED + [429] * (CROWD - ALLOWED)
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status_code == 429)
    assert sign_in(strict_site, 0).status_code == 429
