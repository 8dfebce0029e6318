"""How often the API may be asked, on a real Redis."""

import re

import pytest
from django.conf import settings as django_settings
from django.test import RequestFactory
from redis import Redis
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.tests.factories import UserFactory
from common.api.throttling import CredentialThrottle
from common.errors import TooManyRequests
from common.limits.requests import LimitsUnavailable, check_credential_limit

CLOSED = "redis://127.0.0.1:1/0"


class SignInView(APIView):
    permission_classes = (AllowAny,)
    throttle_classes = (CredentialThrottle,)
    throttle_scope = "sign-in"

    def post(self, request: Request) -> Response:
        return Response({}, status=401 if "wrong" in str(request.data) else 200)


class OwnAccountsView(SignInView):
    def throttled_accounts(self, request: Request) -> list[str]:
        return [request.COOKIES["refresh"]]


def sign_in(body, *, view=SignInView, user=None, address="192.0.2.1", **more):
    request = APIRequestFactory().post("/anything", body, format="json", REMOTE_ADDR=address, **more)
    if user:
        force_authenticate(request, user)
    return view.as_view()(request)


def remaining(response):
    """Return how many requests the answer says are left, whatever time a busy machine took."""
    found = re.fullmatch(r'"anonymous";r=(\d+);t=\d+', response.headers["RateLimit"])
    return int(found[1])


def age_events(seconds):
    """Let everything that was counted have happened so many seconds earlier."""
    with Redis.from_url(django_settings.BROKER_URL) as redis:
        for key in redis.keys("marquee:limit:*"):
            moments = [float(moment) - seconds for moment in redis.lrange(key, 0, -1)]
            for place, moment in enumerate(moments):
                redis.lset(key, place, f"{moment:.6f}")


# --- The whole API --------------------------------------------------------------------------------


def test_an_answer_says_where_the_client_stands(client, settings):
    settings.THROTTLE_ANON = "2/min"
    first, second = client.get("/api"), client.get("/api")
    assert [response.status_code for response in (first, second)] == [200, 200]
    assert first.headers["RateLimit-Policy"] == '"anonymous";q=2;w=60'
    assert first.headers["RateLimit"] == '"anonymous";r=1;t=60'
    assert remaining(second) == 0
    assert "Retry-After" not in second.headers


def test_beyond_the_limit(client, error_of, settings):
    settings.THROTTLE_ANON = "1/min"
    client.get("/api")
    refused = client.get("/api")
    seconds = refused.headers["Retry-After"]
    assert 1 <= int(seconds) <= 60  # less than 60 by what a busy machine took
    assert error_of(refused) == {
        "status_code": 429,
        "error": "Too Many Requests",
        "code": "throttled",
        "message": f"Request was throttled. Expected available in {seconds} seconds.",
        "errors": [],
    }
    assert refused.headers["RateLimit-Policy"] == '"anonymous";q=1;w=60'
    assert refused.headers["RateLimit"] == f'"anonymous";r=0;t={seconds}'


def test_a_304_and_an_error_say_it_too(client):
    etag = client.get("/api").headers["ETag"]
    unchanged = client.get("/api", headers={"If-None-Match": etag})
    assert (unchanged.status_code, remaining(unchanged)) == (304, 98)
    wrong = client.post("/api/v1/orders", "{", content_type="application/json")
    assert (wrong.status_code, remaining(wrong)) == (400, 97)


def test_documents_count_and_health_and_pages_do_not(client, settings):
    settings.THROTTLE_ANON = "2/min"
    assert [client.get(path).status_code for path in ("/api/v1/schema", "/api/v1/docs", "/api")] == [200, 200, 429]
    for path in ("/api/v1/health/live", "/api/v1/health/redis", "/"):
        for response in [client.get(path) for _ in range(4)]:
            assert response.status_code == 200
            assert "RateLimit" not in response.headers
    assert [client.get("/api/v1/health").status_code for _ in range(4)].count(429) == 0


def test_each_address_has_its_own_and_a_forged_header_does_not_help(client, settings):
    settings.THROTTLE_ANON = "1/min"
    assert client.get("/api", REMOTE_ADDR="192.0.2.1").status_code == 200
    for number in range(3):
        forged = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        assert client.get("/api", REMOTE_ADDR="192.0.2.1", headers=forged).status_code == 429
    assert client.get("/api", REMOTE_ADDR="192.0.2.2").status_code == 200
    settings.TRUSTED_PROXY_COUNT = 1
    statuses = [
        client.get("/api", headers={"X-Forwarded-For": f"203.0.113.{number}, 192.0.2.9"}).status_code
        for number in range(3)
    ]
    assert statuses == [200, 429, 429]


def test_a_network_of_ipv6_counts_as_one_address(client, settings):
    settings.THROTTLE_ANON = "1/min"
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
    assert [client.get("/api", REMOTE_ADDR=address).status_code for address in addresses] == [200, 429, 200]


@pytest.mark.django_db
def test_each_person_has_their_own_from_wherever_they_ask(client, settings):
    settings.THROTTLE_ANON, settings.THROTTLE_USER = "1/min", "2/min"
    one, other = UserFactory(), UserFactory()
    client.force_login(one)
    said = [client.get("/api/v1/private", REMOTE_ADDR=f"192.0.2.{number}") for number in range(3)]
    assert [response.status_code for response in said] == [200, 200, 429]
    assert [response.headers["RateLimit-Policy"] for response in said] == ['"user";q=2;w=60'] * 3
    client.force_login(other)
    assert client.get("/api/v1/private", REMOTE_ADDR="192.0.2.0").status_code == 200


def test_the_window_slides(client, settings):
    """What was asked late in one span still counts early in the next."""
    settings.THROTTLE_ANON = "2/hour"
    assert client.get("/api").status_code == 200
    age_events(2400)
    assert client.get("/api").status_code == 200
    refused = client.get("/api")
    assert refused.status_code == 429
    assert 600 < int(refused.headers["Retry-After"]) <= 1200
    age_events(1200)
    assert [client.get("/api").status_code for _ in range(2)] == [200, 429]


# --- Passwords and tokens -------------------------------------------------------------------------


def test_every_attempt_counts_for_the_address_whatever_comes_of_it(settings):
    settings.THROTTLE_LOGIN = "3/min"
    bodies = [{"username": "a", "password": "wrong"}, {"username": 5}, ["no object"], {"username": "d"}]
    said = [sign_in(body).status_code for body in bodies]
    assert said == [401, 200, 200, 429]
    assert sign_in({"username": "e"}, address="192.0.2.2").status_code == 200


def test_every_attempt_counts_for_the_account_from_wherever_it_comes(settings):
    settings.THROTTLE_LOGIN = "3/min"
    names = ["Élodie", "e\u0301LODIE", " \uff45\u0301lodie ", "élodie", "other"]
    said = [sign_in({"username": name}, address=f"192.0.2.{number}").status_code for number, name in enumerate(names)]
    assert said == [200, 200, 200, 429, 200]


def test_one_who_is_refused_by_address_locks_nobody_elses_account(settings):
    settings.THROTTLE_LOGIN = "2/min"
    assert [sign_in({"username": "victim"}, address="192.0.2.1").status_code for _ in range(9)][:3] == [200, 200, 429]
    assert sign_in({"username": "other"}, address="192.0.2.2").status_code == 200


def test_a_body_that_cannot_be_read_is_an_attempt(settings):
    settings.THROTTLE_LOGIN = "1/min"
    request = APIRequestFactory().post("/anything", "{", content_type="application/json", REMOTE_ADDR="192.0.2.1")
    assert SignInView.as_view()(request).status_code == 400
    assert sign_in({}).status_code == 429


def test_a_view_may_say_whose_attempt_it_is(settings):
    settings.THROTTLE_LOGIN = "1/min"
    said = [
        sign_in({}, view=OwnAccountsView, address=f"192.0.2.{number}", HTTP_COOKIE=f"refresh={token}").status_code
        for number, token in enumerate(["one", "one", "other"])
    ]
    assert said == [200, 429, 200]


@pytest.mark.django_db
def test_whoever_is_signed_in_is_the_account_where_the_body_names_none(settings):
    settings.THROTTLE_LOGIN = "1/min"
    user = UserFactory()
    said = [sign_in({"password": "x"}, user=user, address=f"192.0.2.{number}").status_code for number in range(2)]
    assert said == [200, 429]


def test_a_page_shares_the_counters_of_its_scope(settings):
    settings.THROTTLE_LOGIN = "1/min"
    assert sign_in({"username": "alice"}, address="192.0.2.1").status_code == 200
    page = RequestFactory().post("/account/sign-in/", REMOTE_ADDR="192.0.2.2")
    with pytest.raises(TooManyRequests) as refused:
        check_credential_limit(page, "sign-in", "ALICE")
    assert 1 <= refused.value.wait <= 60
    names = [(standing.name, standing.allowed) for standing in page.META["RATE_LIMITS"]]
    assert names == [("sign-in-address", True), ("sign-in-account", False)]
    elsewhere = RequestFactory().post("/account/reset/", REMOTE_ADDR="192.0.2.2")
    assert check_credential_limit(elsewhere, "reset", "alice") is None


def test_no_key_gives_a_name_away():
    sign_in({"username": "alice", "email": "alice@example.org"})
    with Redis.from_url(django_settings.BROKER_URL) as redis:
        keys = [key.decode() for key in redis.keys("marquee:limit:*")]
    assert len(keys) == 3
    assert not any("alice" in key for key in keys)


# --- Without Redis --------------------------------------------------------------------------------


def test_without_redis_the_site_serves(client, settings, events, breaker_clock):
    settings.BROKER_URL, settings.THROTTLE_ANON = CLOSED, "1/min"
    said = [client.get("/api") for _ in range(3)]
    assert [response.status_code for response in said] == [200, 200, 200]
    assert not any("RateLimit" in response.headers for response in said)
    # It is not asked again each time, because a request waits for it.
    assert len(events("throttle_redis_away")) == 1


def test_without_redis_nobody_may_guess(settings):
    settings.BROKER_URL = CLOSED
    refused = sign_in({"username": "alice"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    with pytest.raises(LimitsUnavailable):
        check_credential_limit(RequestFactory().post("/"), "sign-in", "alice")
