"""Finished answers of the running site: who sees what, and when."""

import random
import subprocess
import sys

import pytest
import requests
from django.conf import settings

from tests.conftest import Site, wait_until

pytestmark = pytest.mark.xdist_group("site 1")

PASSWORD = "marquee-demo"
WORD = "Zwieselchen"
SEARCH = f"/api/v1/movies/search?query={WORD}"
ROUTES = [
    "/api/v1/movies",
    "/api/v1/genres",
    "/api/v1/movies?owner=me",
    "/api/v1/movie-sessions",
    "/api/v1/rooms",
    SEARCH,
    f"/api/v1/movies/suggest?query={WORD}",
    "/",
    "/movies/",
    f"/movies/?query={WORD}",
    f"/movies/suggest/?query={WORD}",
    "/whats-on/",
]


@pytest.fixture(scope="module")
def url(site: Site) -> str:
    return site.url


def sign_in(url: str, username: str = "customer") -> dict[str, str]:
    tokens = requests.post(f"{url}/api/v1/auth/login", json={"username": username, "password": PASSWORD}, timeout=60)
    return {"Authorization": f"Bearer {tokens.json()['access']}"}


@pytest.fixture(scope="module")
def person(url: str) -> dict[str, str]:
    return sign_in(url)


def test_a_writer_sees_the_change_at_once_and_visitors_soon(url, person):
    film = requests.get(f"{url}/api/v1/movies?limit=1", timeout=60).json()["items"][0]["id"]
    page = f"{url}/api/v1/movies/{film}/ratings"

    def count(headers):
        return requests.get(page, headers=headers, timeout=60).json()["summary"]["count"]

    mine = requests.get(f"{url}/api/v1/movies/{film}", headers=person, timeout=60).json()["my_rating"]
    if mine:
        requests.delete(f"{url}/api/v1/ratings/{mine['id']}", headers=person, timeout=60)
    before = count(person)
    assert count({}) <= before + 1  # a moment ago it may have been one more
    rated = requests.post(f"{url}/api/v1/ratings", json={"movie_id": film, "rating": 9}, headers=person, timeout=60)
    assert (rated.status_code, count(person)) == (201, before + 1)
    wait_until(lambda: count({}) == before + 1)
    requests.delete(f"{url}/api/v1/ratings/{rated.json()['id']}", headers=person, timeout=60)
    assert count(person) == before
    wait_until(lambda: count({}) == before)


def test_a_token_that_has_ended_is_refused_at_once(url):
    own = sign_in(url)
    for _ in range(2):
        answer = requests.get(f"{url}/api/v1/movies", headers=own, timeout=60)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
    assert '"user";r=' in answer.headers["RateLimit"]
    assert requests.post(f"{url}/api/v1/auth/logout", headers=own, timeout=60).status_code in {200, 204}
    assert requests.get(f"{url}/api/v1/movies", headers=own, timeout=60).status_code == 401


def test_nothing_private_is_in_an_answer_that_is_shared(url, person):
    """Routes, people, cookies and encodings in an order that differs each time it is told another seed."""
    film = requests.post(f"{url}/api/v1/movies", json={"title": WORD}, headers=person, timeout=60).json()
    address = f"{url}/api/v1/movies/{film['id']}"
    browser = open_browser(url)
    dice = random.Random(16)
    found = 0
    for _ in range(100):
        route = dice.choice([*ROUTES, f"/api/v1/movies/{film['id']}"])
        who = dice.choice(["visitor", "visitor", "token", "browser"])
        headers = {"Accept-Encoding": dice.choice(["identity", "gzip", "br"])}
        headers |= person if who == "token" and route.startswith("/api") else {}
        cookies = (browser if who == "browser" else {}) | dice.choice([{}, {"parts": "1"}, {"theme": "dark"}])
        answer = requests.get(url + route, headers=headers, cookies=cookies, timeout=60)
        found += f'"title":"{WORD}"' in answer.text
        if who == "visitor" or "public" in answer.headers["Cache-Control"]:
            assert f'"title":"{WORD}"' not in answer.text, route
            assert f"/my-movies/{film['id']}" not in answer.text, route
            assert f"/movies/{film['id']}-" not in answer.text, route
            assert "Set-Cookie" not in answer.headers or "public" not in answer.headers["Cache-Control"]
    requests.delete(address, headers=person, timeout=60)
    assert found > 5, "the owner found it"


def open_browser(url: str) -> dict[str, str]:
    """Return the cookies of a browser in which the customer is signed in."""
    with requests.Session() as browser:
        page = browser.get(f"{url}/account/sign-in/", timeout=60)
        form = {"login": "customer", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post(page.url, data=form, headers={"Referer": page.url}, timeout=60)
        return dict(browser.cookies)


@pytest.mark.parametrize(("seconds", "is_on"), [("0", "False"), ("120", "True")])
def test_the_setting_switches_them_off(site, seconds, is_on):
    code = "from config.web import finished; print(finished is not None)"
    environment = site.environment | {"CACHE_TTL": seconds}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == is_on
