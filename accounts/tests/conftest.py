import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.notifications import account_mails, kinds, mail_queue
from accounts.sign_in.hashers import OwaspArgon2PasswordHasher
from accounts.tests.factories import UserFactory
from accounts.tests.kinds import KINDS

PASSWORD = "correct horse battery"


@cache
def password_hash():
    """Return the hash of PASSWORD, which is made once."""
    return make_password(PASSWORD)


TIME_COST, MEMORY_COST = OwaspArgon2PasswordHasher.time_cost, OwaspArgon2PasswordHasher.memory_cost


@pytest.fixture
def real_hashes(monkeypatch):
    """Hash passwords at the site's cost."""
    password_hash()  # at the cost that all other tests know
    monkeypatch.setattr(OwaspArgon2PasswordHasher, "time_cost", TIME_COST)
    monkeypatch.setattr(OwaspArgon2PasswordHasher, "memory_cost", MEMORY_COST)


@pytest.fixture(autouse=True)
def _plain_kinds(monkeypatch):
    """Replace the kinds of the apps above, whose mails are tested there."""
    monkeypatch.setattr(kinds, "_registry", {kind.value: kind for kind in KINDS})


@pytest.fixture(autouse=True)
def _account_mails_at_once(monkeypatch):
    """Send mails about accounts when they are written; tests of the queue itself undo this."""
    monkeypatch.setattr(account_mails, "wake_after_commit", mail_queue.send_due)


@pytest.fixture
def ana():
    """A customer with a password."""
    return UserFactory(username="ana", email="ana@example.org", password=password_hash())


@pytest.fixture
def at_once():
    """Return a function that calls `act` in several threads at once, each with its own database connection.

    It returns what each call returned or raised.
    """

    def run(act, threads):
        barrier = threading.Barrier(threads)

        def start(_):
            connection.ensure_connection()
            barrier.wait(60)
            try:
                return act()
            finally:
                connection.close()

        with ThreadPoolExecutor(threads) as pool:
            futures = [pool.submit(start, n) for n in range(threads)]
        return [future.exception() or future.result() for future in futures]

    return run
