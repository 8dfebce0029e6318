"""What each route costs, and the limits that follow, on pages and in the API: attacked with many requests."""

import re

import pytest
from django.conf import settings as django_settings
from django.contrib.admindocs.views import simplify_regex
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver
from redis import Redis

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.tests.factories import TicketFactory
from common.api.throttling import CredentialThrottle, RequestThrottle
from common.limits import costs, counting
from common.limits.slots import take_slot
from config import settings as configured
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db
SUGGEST_PAGE, SUGGEST_API = "/movies/suggest/?query=mirror", "/api/v1/movies/suggest?query=mirror"
COSTLY = {
    "documents": [
        ("GET", "/purchases/1/tickets.pdf"),
        ("GET", "/tickets/A/print/"),
        ("GET", "/api/v1/tickets/1/qr"),
        ("POST", "/purchases/1/mail/"),
        ("POST", "/api/v1/tickets/1/mail"),
    ],
    "pictures": [
        ("POST", "/my-movies/add/"),
        ("POST", "/my-movies/1/edit/"),
        ("POST", "/api/v1/movies/1/poster/upload"),
        ("PUT", "/api/v1/movies/1/poster"),
    ],
    "imports": [
        ("POST", "/library/"),
        ("POST", "/library/imports/1/apply/"),
        ("POST", "/api/v1/library/imports"),
        ("POST", "/api/v1/library/imports/1/apply"),
        ("POST", "/admin/movies/movie/import/"),
        ("POST", "/admin/movies/movie/process_import/"),
    ],
    "exports": [
        ("GET", "/library/export/"),
        ("POST", "/account/export/"),
        ("GET", "/api/v1/library/export"),
        ("POST", "/admin/movies/movie/export/"),
    ],
    "search": [("GET", "/movies/?query=mirror"), ("GET", "/api/v1/movies/search?query=mirror")],
    "suggest": [("GET", SUGGEST_PAGE), ("GET", SUGGEST_API)],
    "purchase": [
        ("POST", "/sessions/1/"),
        ("POST", "/sessions/1/waiting/"),
        ("POST", "/api/v1/holds"),
        ("POST", "/api/v1/tickets"),
        ("POST", "/api/v1/tickets/bulk"),
        ("POST", "/api/v1/movie-sessions/1/waiting"),
    ],
}
CLOSED = "redis://127.0.0.1:1/0"
# Cheap and fetched by the dozen for one page; unknown ones count as refusals.
FREE = ["/media/posters/<key>/w<width>.jpg", "/posters/<pk>-<key>.svg"]


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def site(person):
    return signed_in(person)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def routes(patterns=None, prefix=""):
    """Yield the view and the path of every route."""
    for pattern in get_resolver(django_settings.ROOT_URLCONF).url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern.callback, re.sub(r"<\w+:(\w+)>", r"<\1>", simplify_regex(route))
        else:
            yield from routes(pattern.url_patterns, route)


def send(client, method, path, **more):
    kind = {"content_type": "application/json"} if path.startswith("/api") and method != "GET" else {}
    return getattr(client, method.lower())(path, **kind, **more)


# --- Every route has its cost ---------------------------------------------------------------------


def test_no_other_route_is_free():
    free = [path for view, path in routes() if costs.find_cost(view, RequestFactory().get("/")) == costs.FREE]
    assert free == FREE


def test_every_view_of_the_api_counts_its_requests_but_health():
    kinds = {(path, *view.cls.throttle_classes) for view, path in routes() if hasattr(view, "cls")}
    uncounted = {path for path, *throttles in kinds if not {RequestThrottle, CredentialThrottle} & {*throttles}}
    assert uncounted
    assert all(path.startswith("/api/v1/health") for path in uncounted)


def test_every_costly_view_is_attacked_here():
    """Views by their name: several routes may lead to one."""
    marked = {name_of(view) for view, _ in routes() if getattr(view, "cost", None) or hasattr(of_class(view), "cost")}
    paths = [path.partition("?")[0] for attacks in COSTLY.values() for _, path in attacks]
    attacked = {name_of(get_resolver().resolve(path).func) for path in paths}
    free = {name_of(view) for view, path in routes() if path in FREE}
    assert marked - free == attacked


def of_class(view):
    return getattr(view, "cls", None)


def name_of(view):
    return f"{view.__module__}.{view.__qualname__}"


@pytest.mark.parametrize(
    ("cost", "method", "path"), [(cost, *each) for cost, attacks in COSTLY.items() for each in attacks]
)
def test_a_costly_request_is_refused_beyond_its_rate(cost, method, path, settings):
    settings.THROTTLE_COSTS, settings.THROTTLE_PURCHASE = dict.fromkeys(costs.RATED, "1/min"), "1/min"
    client = signed_in(ManagerFactory())
    first, second = (send(client, method, path) for _ in range(2))
    assert first.status_code != 429
    assert (second.status_code, "Retry-After" in second) == (429, True)
    assert client.get("/account/").status_code == 200  # the rest goes on


# --- Attacks --------------------------------------------------------------------------------------


def test_400_suggestions_of_pages_stop_at_the_rate_by_default(client):
    MovieFactory(title="The Mirror")
    statuses = [client.get(SUGGEST_PAGE).status_code for _ in range(400)]
    allowed = counting.parse(configured.THROTTLE_COSTS["suggest"]).amount
    assert statuses == [200] * allowed + [429] * (400 - allowed)


def test_pages_and_api_share_the_rate_of_a_cost(client, settings):
    settings.THROTTLE_COSTS = django_settings.THROTTLE_COSTS | {"suggest": "3/min"}
    paths = [SUGGEST_PAGE, SUGGEST_API] * 2
    assert [client.get(path).status_code for path in paths] == [200, 200, 200, 429]
    refused = client.get(SUGGEST_PAGE)
    assert "You tried too often" in refused.content.decode()
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert client.get("/").status_code == 200


def test_pages_of_all_sorts_count_together_for_a_visitor(client, settings):
    settings.THROTTLE_PAGES_ANON = "3/min"
    paths = ["/", "/movies/", "/whats-on/", "/account/sign-in/", "/"]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200, 429, 429]
    assert client.get("/", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.get("/api/v1/health/live").status_code == 200


def test_a_signed_in_person_is_counted_wherever_they_are(site, settings):
    settings.THROTTLE_PAGES_USER, settings.THROTTLE_PAGES_ANON = "2/min", "1/min"
    assert [site.get("/", REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(3)] == [200, 200, 429]


def test_visitors_at_the_same_address_stop_no_one_who_is_signed_in(client, site, settings):
    settings.THROTTLE_PAGES_ANON = settings.THROTTLE_REFUSED = "1/min"
    assert [client.get(path).status_code for path in ("/", "/", "/nothing")] == [200, 429, 404]
    assert site.get("/").status_code == 200


def test_many_accounts_at_one_address_have_a_limit_together(settings):
    settings.THROTTLE_COSTS = django_settings.THROTTLE_COSTS | {"suggest": "1/min"}
    clients = [signed_in(UserFactory()) for _ in range(costs.SHARED_BY + 1)]
    statuses = [client.get(SUGGEST_PAGE).status_code for client in clients]
    assert statuses == [200] * costs.SHARED_BY + [429]


# --- Refusals -------------------------------------------------------------------------------------


def test_who_guesses_addresses_of_pages_is_stopped(client, settings):
    settings.THROTTLE_REFUSED = "3/min"
    feed = f"/api/v1/calendar/1-{'0' * 64}.ics"
    guesses = ["/nothing/", "/movies/999-x/", feed, "/movies/998-x/", feed, "/nothing/"]
    assert [client.get(path).status_code for path in guesses] == [404, 404, 404, 429, 429, 429]
    assert client.get("/").status_code == 429  # a right guess would look the same
    assert client.get("/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_who_guesses_codes_while_signed_in_is_stopped(site, settings):
    settings.THROTTLE_REFUSED = "3/min"
    statuses = [site.get(f"/tickets/{n:016}/").status_code for n in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    assert site.get("/", REMOTE_ADDR="192.0.2.7").status_code == 429


def test_who_guesses_in_the_api_is_stopped(client, person, settings, refusal):
    settings.THROTTLE_REFUSED = "3/min"
    bearer = {"Authorization": f"Bearer {tokens.open_sign_in(person).access}"}
    statuses = [client.get(f"/api/v1/tickets/{n}", headers=bearer).status_code for n in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
    refused = client.get("/api/v1/auth/me", headers=bearer)
    assert refusal(refused)[:2] == (429, "throttled")
    assert 1 <= int(refused["Retry-After"]) <= 60


def test_who_guesses_tokens_is_stopped(client, settings, refusal):
    settings.THROTTLE_REFUSED = "3/min"
    said = [client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {n}"}) for n in range(4)]
    assert [each.status_code for each in said] == [401, 401, 401, 429]
    assert refusal(said[3])[:2] == (429, "throttled")


def test_refusals_by_permission_count(site, settings):
    settings.THROTTLE_REFUSED = "2/min"
    assert [site.get("/fetch/").status_code for _ in range(3)] == [403, 403, 429]


# --- What limits cost -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/movies/?query=mirror", "/api/v1/movies/search?query=mirror"])
def test_a_request_asks_the_counters_once(site, path, monkeypatch):
    site.get(path)  # loads the script
    asked = []

    def note(redis, name, *more, execute=Redis.execute_command, **options):
        if redis is counting._script_in(django_settings.BROKER_URL).registered_client:
            asked.append(name)
        return execute(redis, name, *more, **options)

    monkeypatch.setattr(Redis, "execute_command", note)
    assert site.get(path).status_code == 200
    assert asked == ["EVALSHA"]


@pytest.mark.parametrize("path", ["/", "/api"])
def test_without_redis_pages_and_api_are_served_and_do_not_wait_each_time(
    client, path, settings, events, breaker_clock
):
    settings.BROKER_URL, settings.THROTTLE_PAGES_ANON, settings.THROTTLE_ANON = CLOSED, "1/min", "1/min"
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    assert len(events("throttle_redis_away")) == 1


def test_a_page_whose_work_has_no_slot_is_answered_at_once(site, person):
    path = f"/purchases/{TicketFactory(user=person).purchase_id}/tickets.pdf"
    with take_slot("documents"):
        busy = site.get(path)
        assert site.get("/api/v1/health/live").status_code == 200
    assert (busy.status_code, busy["Retry-After"]) == (503, "2")
    assert "Please try again in a few seconds." in busy.content.decode()
    assert site.get(path).status_code == 200
