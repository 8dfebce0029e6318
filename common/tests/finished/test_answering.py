"""Finished answers: who is asked, what is kept, and what waits."""

import asyncio

import pytest

from common.finished import changes
from common.tests.finished.sites import BEARER, FILM, GENRES, SESSION, Django, Process, run, wait_until


def change():
    changes.report({"movies_genre"})


def test_it_is_made_once():
    async def test():
        site = Process(django := Django())
        clients = [await site.get(GENRES, ("cookie", "theme=dark"), ("user-agent", f"{n}")) for n in range(3)]
        assert [client.body for client in clients] == [b"first"] * 3
        ids = [dict(client.headers)["x-request-id"] for client in clients]
        assert (ids[0], len(set(ids))) == ("of-django", 3)
        assert {dict(client.headers)["cache-control"] for client in clients} == {
            "public, max-age=5, stale-while-revalidate=10"
        }
        (environ,) = django.asked
        assert environ["marquee.finished"] is True
        assert not {"HTTP_COOKIE", "HTTP_USER_AGENT"} & environ.keys()

    run(test)


def test_it_is_made_once_for_all_processes():
    async def test():
        django = Django()
        for site in (Process(django), Process(django)):
            assert (await site.get()).body == b"first"
        assert len(django.asked) == 1

    run(test)


def test_head_and_not_modified_ask_no_one():
    async def test():
        site = Process(django := Django())
        whole = await site.get()
        head = await site.get(method="HEAD")
        assert (head.status, head.body) == (200, b"")
        assert dict(head.headers)["content-length"] == dict(whole.headers)["content-length"] == "5"
        same = await site.get(GENRES, ("if-none-match", '"first"'))
        assert (same.status, same.body, "content-length" in dict(same.headers)) == (304, b"", False)
        assert len(django.asked) == 1

    run(test)


def test_a_head_makes_the_answer_to_get():
    async def test():
        site = Process(django := Django())
        assert (await site.get(method="HEAD")).body == b""
        assert (await site.get()).body == b"first"
        assert django.environ("REQUEST_METHOD") == ["GET"]

    run(test)


@pytest.mark.parametrize("who", [SESSION, BEARER])
def test_who_is_signed_in_sees_each_change_at_once_in_every_process(who):
    async def test():
        django = Django()
        sites = [Process(django), Process(django)]
        for number in range(5):
            django.text = f"{number}"
            change()
            for site in sites:
                client = await site.get(GENRES, who)
                assert client.body == django.text.encode()
                assert dict(client.headers)["cache-control"] == "private, no-cache"
        assert len(django.asked) == 5

    run(test)


def test_visitors_see_a_change_soon():
    async def test():
        site = Process(django := Django())
        await site.get()
        django.text = "second"
        change()

        async def has_changed():
            return (await site.get()).body == b"second"

        await wait_until(has_changed)

    run(test)


def test_control_without_a_change_the_old_answer_stays():
    async def test():
        site = Process(django := Django())
        await site.get()
        django.text = "second"
        changes.report({"accounts_user"})
        await site.finished._versions.refresh()
        assert (await site.get()).body == b"first"

    run(test)


@pytest.mark.parametrize("processes", [1, 2])
def test_of_fifty_at_once_one_asks(processes):
    async def test():
        django = Django()
        sites = [Process(django) for _ in range(processes)]
        django.hold()
        waiting = [asyncio.create_task(sites[n % processes].get()) for n in range(50)]
        await django.is_entered()
        await asyncio.sleep(0)
        django.released.set()
        assert {client.body for client in await asyncio.gather(*waiting)} == {b"first"}
        assert len(django.asked) == 1

    run(test)


def test_while_one_makes_it_visitors_get_the_old_answer_and_who_is_signed_in_waits():
    async def test():
        site = Process(django := Django())
        await site.get()
        await site.get()
        django.text = "second"
        django.hold()
        change()
        person = asyncio.create_task(site.get(GENRES, SESSION))
        await django.is_entered()
        other = asyncio.create_task(site.get(GENRES, SESSION))
        assert (await site.get()).body == b"first"
        django.released.set()
        assert {client.body for client in await asyncio.gather(person, other)} == {b"second"}
        assert len(django.asked) == 2

    run(test)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("404 Not Found", []),
        ("500 Internal Server Error", []),
        ("200 OK", [("Set-Cookie", "a=1")]),
        ("200 OK", [("Cache-Control", "no-store")]),
    ],
)
def test_what_is_not_kept_each_visitor_asks_for(status, headers):
    async def test():
        site = Process(django := Django())
        django.status, django.headers = status, headers
        django.hold()
        waiting = [asyncio.create_task(site.get()) for _ in range(5)]
        await django.is_entered()
        django.released.set()
        assert {client.status for client in await asyncio.gather(*waiting)} == {int(status[:3])}
        assert len(django.asked) == 5
        assert django.environ("marquee.finished").count(True) == 1

    run(test)


@pytest.mark.parametrize("who", [SESSION, BEARER])
def test_what_is_refused_for_everybody_is_asked_for_the_person(who):
    async def test():
        site = Process(django := Django())
        django.status = "404 Not Found"
        await site.get(GENRES, who)
        for_all, own = django.asked
        assert (for_all["marquee.finished"], for_all["marquee.unseen"]) == (True, True)
        assert "marquee.finished" not in own
        assert own[f"HTTP_{who[0].upper()}"] == who[1]

    run(test)


@pytest.mark.parametrize("who", [SESSION, BEARER])
def test_where_people_have_their_own_answer_they_are_asked_for(who):
    async def test():
        site = Process(django := Django())
        await site.get(FILM)
        await site.get(FILM)
        await site.get(FILM, who)
        assert django.environ("marquee.finished") == [True, None]

    run(test)


def test_routes_that_declare_nothing_are_asked_for_as_they_are():
    async def test():
        site = Process(django := Django())
        for path in ("/api/v1/watchlist", "/nothing", "/static/a.css"):
            await site.get(path)
        assert django.environ("marquee.finished") == [None] * 3

    run(test)


def test_what_django_raises_is_an_error_for_one_and_the_next_may_try():
    async def test():
        site = Process(django := Django())
        django.status = None  # no status at all
        assert (await site.get()).status == 500
        django.status = "200 OK"
        assert (await site.get()).status == 200

    run(test)
