"""Real processes and clients: the events of managers, and refused connections."""

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User
from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.models import FetchJob
from catalog_sync.realtime import job_events
from catalog_sync.tests.realtime.conftest import cookie_of
from catalog_sync.tests.realtime.sockets import APP, FOREIGN, SITE, Client
from movies.tests.factories import MovieFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("realtime")]

JOB = FetchJob(pk=7, search_term="star", status="running", progress=3, total=10)
PROGRESS = (
    "fetch:progress",
    {"jobId": 7, "progress": 3, "total": 10, "searchTerm": "star", "status": "running"},
)


def refused(url, **arguments):
    """Return the refusal of a connection."""
    client = Client(url, **arguments)
    refusal = client.connect()
    client.abort()
    return refusal


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], None], ids=["polling", "websocket", "upgrade"])
def test_a_manager_gets_every_event_with_exactly_its_fields(server, token, transports):
    film = MovieFactory(title="Star", year=2001, imdb_id="tt0000001")
    other = MovieFactory(title="Étoile", year=None, imdb_id=None)
    done = FetchJob(pk=7, search_term="star", status="completed", movie_ids=[other.pk, film.pk])
    with Client(server.url, token=token, transports=transports) as client:
        job_events.emit_progress(JOB)
        job_events.emit_completed(done)
        job_events.emit_error(FetchJob(pk=8, error="OMDb does not accept the key in OMDB_API_KEY."))
        assert [client.next() for _ in range(3)] == [
            PROGRESS,
            (
                "fetch:completed",
                {
                    "jobId": 7,
                    "movies": [
                        {"id": other.pk, "title": "Étoile", "year": None, "imdb_id": None},
                        {"id": film.pk, "title": "Star", "year": 2001, "imdb_id": "tt0000001"},
                    ],
                    "searchTerm": "star",
                },
            ),
            ("fetch:error", {"jobId": 8, "error": "OMDb does not accept the key in OMDB_API_KEY."}),
        ]


def test_managers_at_every_process_get_an_event_once(servers, token):
    with Client(servers[0].url, token=token) as here, Client(servers[1].url, token=token) as there:
        job_events.emit_progress(JOB)
        job_events.emit_error(FetchJob(pk=8, error="No."))
        for client in (here, there):
            assert [client.next(), client.next()] == [PROGRESS, ("fetch:error", {"jobId": 8, "error": "No."})]


def test_other_clients_are_refused(server):
    customer = UserFactory(password="")
    pair = tokens.open_sign_in(customer)
    for arguments, code, message in (
        ({}, "not_authenticated", "Sign in first."),
        ({"auth": {"name": "x"}}, "not_authenticated", "Sign in first."),
        ({"token": pair.access}, "permission_denied", "You may not do this."),
        ({"cookie": cookie_of(customer), "origin": SITE}, "permission_denied", "You may not do this."),
        ({"cookie": "n0such", "origin": SITE}, "not_authenticated", "Sign in first."),
        ({"token": pair.refresh}, "token_invalid", "This token is not valid or has expired."),
        ({"auth": {"token": ["x"]}}, "token_invalid", "This token is not valid or has expired."),
        ({"headers": {"Authorization": "Bearer x"}}, "token_invalid", "This token is not valid or has expired."),
    ):
        refusal = refused(server.url, transports=["websocket"], **arguments)
        assert (refusal["data"], refusal["message"][: len(message)]) == ({"code": code}, message)


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids=lambda names: names[0])
def test_pages_of_other_sites_are_refused(server, token, manager, transports):
    for arguments in ({"token": token}, {"cookie": cookie_of(manager)}, {}):
        for origin in (FOREIGN, "null", "http://127.0.0.1:8000.evil.example", "https://127.0.0.1:8000"):
            refusal = refused(server.url, transports=transports, origin=origin, **arguments)
            assert refusal in (f"{origin} is not an accepted origin.", "Connection error")
    assert server.status("/socket.io/?EIO=4&transport=polling", Origin=FOREIGN) == 400


@pytest.mark.parametrize("origin", [SITE, APP])
def test_a_session_cookie_from_a_page_of_this_site(server, manager, origin):
    with Client(server.url, cookie=cookie_of(manager), origin=origin, transports=["websocket"]) as client:
        job_events.emit_progress(JOB)
        assert client.next() == PROGRESS


def test_a_session_cookie_alone_is_refused(server, manager):
    """A browser polls its own host without an Origin, but with Sec-Fetch-Site."""
    cookie = cookie_of(manager)
    refusal = refused(server.url, cookie=cookie, transports=["polling"])
    assert refusal["data"] == {"code": "permission_denied"}
    assert refusal["message"].startswith("A session cookie counts only with the Origin of a page of this site.")
    polling = {"cookie": cookie, "transports": ["polling"]}
    assert refused(server.url, **polling, headers={"Sec-Fetch-Site": "cross-site"})["data"] == refusal["data"]
    with Client(server.url, **polling, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        job_events.emit_progress(JOB)
        assert client.next() == PROGRESS


def test_a_token_in_the_header_with_our_address_as_origin(server, token):
    bearer = {"Authorization": f"Bearer {token}"}
    with Client(server.url, headers=bearer, origin=server.url, transports=["websocket"]) as client:
        job_events.emit_progress(JOB)
        assert client.next() == PROGRESS


def test_a_superuser_is_a_manager(server):
    chief = UserFactory(password="", is_superuser=True)
    with Client(server.url, token=tokens.open_sign_in(chief).access) as client:
        job_events.emit_progress(JOB)
        assert client.next() == PROGRESS


def expire(session):
    session.expires_at = timezone.now()
    session.created_at = session.expires_at - tokens.refresh_lifetime()
    session.save()


@pytest.mark.parametrize(
    "end",
    [
        tokens.revoke,
        expire,
        lambda session: session.delete(),
        lambda session: User.objects.filter(pk=session.user_id).update(role="customer"),
        lambda session: User.objects.filter(pk=session.user_id).update(is_active=False),
    ],
    ids=["revoked", "expired", "deleted", "role", "closed"],
)
def test_only_the_signed_out_manager_is_disconnected(server, pair, end):
    other = tokens.open_sign_in(ManagerFactory(password=""))
    with (
        Client(server.url, token=pair.access, transports=["websocket"]) as client,
        Client(server.url, token=other.access, transports=["websocket"]) as other_client,
    ):
        job_events.emit_progress(JOB)
        assert [client.next(), other_client.next()] == [PROGRESS, PROGRESS]
        end(pair.session)
        assert client.next() == ("disconnect", "server disconnect")
        job_events.emit_progress(JOB)
        assert other_client.next() == PROGRESS
        assert client.events.empty()


def test_a_sign_out_on_the_site_ends_the_socket_of_its_pages(server, manager):
    with Client(server.url, cookie=cookie_of(manager), origin=SITE, transports=["websocket"]) as client:
        tokens.sign_out_everywhere(manager)
        assert client.next() == ("disconnect", "server disconnect")
    manager.refresh_from_db()
    with Client(server.url, cookie=cookie_of(manager), origin=SITE, transports=["websocket"]) as client:
        Session.objects.all().delete()
        assert client.next() == ("disconnect", "server disconnect")
