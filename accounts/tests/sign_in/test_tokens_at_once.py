"""Thirty concurrent refreshes of one token, each on its own connection."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User, UserSession
from accounts.sign_in import passwords, tokens
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 30


@pytest.fixture
def pair(ana):
    return tokens.open_sign_in(ana)


@pytest.fixture
def moves(monkeypatch):
    """The result of each attempt to advance the sign-in.

    Two that win within one second make the same tokens, so equal responses would not show it.
    """
    results = []
    advance = tokens._advance

    def recorded(*args):
        moved = advance(*args)
        results.append(moved)
        return moved

    monkeypatch.setattr(tokens, "_advance", recorded)
    return results


@pytest.fixture
def held():
    """Lock the row until so many others wait for it."""

    locked = threading.Event()

    def hold(waiting):
        deadline = time.monotonic() + 60
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                UserSession.objects.select_for_update().get()
                locked.set()
                while time.monotonic() < deadline:
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone()[0] >= waiting:
                        return True
        finally:
            connection.close()
        return False

    def begin(waiting):
        future = pool.submit(hold, waiting)
        assert locked.wait(60)
        return future

    with ThreadPoolExecutor(1) as pool:
        yield begin


def test_concurrent_refreshes_make_one_next_generation(pair, at_once, moves, held):
    they_met = held(THREADS)
    answers = at_once(lambda: tokens.rotate(pair.refresh), THREADS)
    assert they_met.result()
    assert sorted(moves) == [False] * (THREADS - 1) + [True]
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert len({(answer.access, answer.refresh) for answer in answers}) == 1
    row = UserSession.objects.get()
    assert (row.generation, row.refresh_hash, row.revoked_at) == (2, tokens._hash(answers[0].refresh), None)

    UserSession.objects.update(rotated_at=F("rotated_at") - tokens.GRACE * 2)
    with pytest.raises(tokens.TokenInvalid):
        tokens.rotate(pair.refresh)
    for token, use in ((answers[0].access, tokens.find_sign_in), (answers[0].refresh, tokens.rotate)):
        with pytest.raises(tokens.TokenInvalid):
            use(token)


def test_without_the_conditional_update_there_are_two_generations(pair, at_once, monkeypatch):
    """The control: read first and write afterwards, as a library's blacklist does."""
    together = threading.Barrier(2)
    lines = []

    def read_then_write(claims, refresh):
        row = UserSession.objects.get(pk=claims.session)
        if row.generation != claims.generation or row.refresh_hash != tokens._hash(refresh):
            return False
        # The second of the two comes two seconds later, which tokens can tell.
        row.rotated_at = timezone.now() + timedelta(seconds=2 * together.wait(60))
        row.generation += 1
        row.refresh_hash = tokens._hash(tokens._refresh_token(row))
        row.save()
        lines.append(tokens._refresh_token(row))
        return True

    monkeypatch.setattr(tokens, "_advance", read_then_write)
    at_once(lambda: tokens.rotate(pair.refresh), 2)
    assert len(set(lines)) == 2


def test_a_concurrent_replay_and_refresh_leave_no_live_sign_in(pair, at_once):
    current = tokens.rotate(pair.refresh)
    UserSession.objects.update(rotated_at=F("rotated_at") - tokens.GRACE * 2)
    turns = iter([pair.refresh, current.refresh] * 8)
    at_once(lambda: tokens.rotate(next(turns)), 16)
    assert UserSession.objects.get().revoked_at is not None


def test_no_sign_in_with_the_old_password_outlives_a_change(ana, at_once):
    """The change ends the sign-ins before it and makes those after it fail."""
    turns = iter([True, *[False] * 9])

    def act():
        if next(turns):
            return passwords.change_password(ana, old=PASSWORD, new="another one entirely")
        user = passwords.authenticate(PASSWORD, username="ana")
        return user and tokens.open_sign_in(user)

    at_once(act, 10)
    assert User.objects.get().check_password("another one entirely")
    assert list(UserSession.objects.filter(revoked_at=None)) == []
