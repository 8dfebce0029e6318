"""What managers and monitors see of finished answers, and what is logged."""

import pytest
from django.test import override_settings
from rest_framework.test import APIRequestFactory, force_authenticate

from common.finished import trace
from common.finished.entries import Lifetime
from common.finished.metrics import MetricsView
from common.finished.people import Person
from common.finished.questions import Reader
from common.finished.shelf import COUNTS, name_of
from common.services.redis_clients import client
from common.tests.finished.sites import BEARER, GENRES, Django, Process, run, wait_until

MANAGER = {"good": Person(7, is_manager=True, until=2**40)}
SCOPE = {"method": "GET", "raw_path": GENRES.encode(), "query_string": b"", "headers": [(b"host", b"a.example")]}


def test_managers_see_how_they_were_answered(settings):
    async def test():
        site, key = Process(Django(), MANAGER), name_of(Reader().read(SCOPE).key)
        seen = [dict((await site.get(GENRES, BEARER)).headers)["cache-status"] for _ in range(2)]
        assert seen[0].startswith("Marquee; fwd=miss; stored; ttl=")
        assert seen[1].startswith("Marquee; hit; ttl=")
        assert all(f'; key="{key}"; age=' in text for text in seen)
        assert int(seen[1].partition("ttl=")[2].partition(";")[0]) <= Lifetime(settings.CACHE_TTL).kept

    run(test)


def test_so_do_they_in_their_browsers():
    async def test():
        people = {"hers": MANAGER["good"], "his": Person(8, is_manager=False, until=2**40)}
        site = Process(Django(), people)
        cookies = {
            "sessionid=hers; signed_in=dark-manager": True,
            "signed_in=dark-manager; sessionid=hers": True,
            "sessionid=hers; signed_in=dark": False,  # as before the cookie said so
            "sessionid=his; signed_in=dark-manager": False,
            "sessionid=; signed_in=dark-manager": False,
            "signed_in=dark-manager": False,
        }
        for cookie, is_shown in cookies.items():
            answer = await site.get(GENRES, ("cookie", cookie))
            assert ("cache-status" in dict(answer.headers)) == is_shown, cookie
        assert site.verified == ["hers", "his"]

    run(test)


def test_a_session_is_no_access_token():
    async def test():
        site = Process(Django(), {"hers": MANAGER["good"]})
        site.finished._people._verify = lambda token: None
        answer = await site.get(GENRES, ("authorization", "Bearer hers"), ("cookie", "signed_in=dark-manager"))
        assert "cache-status" not in dict(answer.headers)

    run(test)


def test_no_one_else_does():
    async def test():
        site = Process(Django())
        for who in ([], [BEARER]):
            assert "cache-status" not in dict((await site.get(GENRES, *who)).headers)

    run(test)


def test_all_processes_are_counted_together(settings, monkeypatch):
    monkeypatch.setattr(trace, "FLUSH_SECONDS", 0)

    async def test():
        sites = [Process(django := Django()), Process(django)]
        for site in sites:
            await site.get()
            await site.get()

        async def are_counted():
            counts = client(settings.REDIS_URL).hgetall(COUNTS)
            return {name: int(counts.get(name.encode(), 0)) for name in trace.OUTCOMES} == {
                "hit": 3,
                "stale": 0,
                "shared": 0,
                "miss": 1,
            }

        await wait_until(are_counted)

    run(test)


def test_monitors_read_the_counters(settings):
    client(settings.REDIS_URL).hset(COUNTS, mapping={"hit": 3, "miss": 1, "age_seconds": 12})
    request = APIRequestFactory().get("/")
    force_authenticate(request, user=type("Manager", (), {"is_staff": True, "is_authenticated": True, "pk": 1})())
    response = MetricsView.as_view(throttle_classes=())(request)
    assert response.content.decode().splitlines() == [
        "# HELP marquee_finished_answers_total Answers for everybody.",
        "# TYPE marquee_finished_answers_total counter",
        'marquee_finished_answers_total{outcome="hit"} 3',
        'marquee_finished_answers_total{outcome="stale"} 0',
        'marquee_finished_answers_total{outcome="shared"} 0',
        'marquee_finished_answers_total{outcome="miss"} 1',
        "# HELP marquee_finished_age_seconds_total Ages of all hits together.",
        "# TYPE marquee_finished_age_seconds_total counter",
        "marquee_finished_age_seconds_total 12",
    ]


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        ("a-long-random-text-01", "Bearer a-long-random-text-01", 200),
        ("a-long-random-text-01", "Bearer a-long-random-text-02", 401),
        ("a-long-random-text-01", "Bearer ", 401),
        ("a-long-random-text-01", "", 401),
        ("", "Bearer ", 401),
        ("", "Bearer", 401),
    ],
)
@pytest.mark.django_db
def test_a_monitor_has_a_token_that_is_no_persons(client, settings, token, given, status):
    settings.METRICS_TOKEN = token
    assert client.get("/api/v1/metrics", headers={"authorization": given}).status_code == status
    if status == 200:
        assert client.get("/api/v1/auth/me", headers={"authorization": given}).status_code == 401


@pytest.mark.parametrize("name", ["TRACE_LOGS", "CACHE_TRACE_LOGS"])
def test_what_is_logged(name, events):
    async def test():
        with override_settings(**{name: True}):
            site = Process(Django())
            await site.get()
            answered = await site.get()
        logged = {"TRACE_LOGS": "request_answered", "CACHE_TRACE_LOGS": "finished_answer"}[name]
        miss, hit = events(logged)
        assert (miss["outcome"], hit["outcome"]) == ("miss", "hit")
        assert (miss["request_id"], hit["request_id"]) == ("of-django", dict(answered.headers)["x-request-id"])
        assert ("key" in hit) == (name == "CACHE_TRACE_LOGS")
        other = {"request_answered", "finished_answer"} - {logged}
        assert not events(other.pop())

    run(test)


def test_nothing_is_logged_otherwise(events):
    async def test():
        site = Process(Django())
        await site.get()
        await site.get()

    run(test)
    assert not events("request_answered")
    assert not events("finished_answer")
