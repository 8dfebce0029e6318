"""Fixtures of posters."""

import pytest

from accounts.tests.factories import ManagerFactory
from movies.posters import store
from movies.posters.store import StoreUnavailable
from movies.tests.factories import MovieFactory


@pytest.fixture
def manager():
    return ManagerFactory()


@pytest.fixture
def film():
    return MovieFactory()


@pytest.fixture
def fails(monkeypatch):
    """Make a function of the store fail from now on."""

    def make(name):
        def fail(*args, **kwargs):
            raise StoreUnavailable

        monkeypatch.setattr(store, name, fail)

    return make
