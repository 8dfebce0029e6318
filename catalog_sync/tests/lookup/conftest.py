import pytest

from catalog_sync.tests.fakes.omdb import title_json


@pytest.fixture
def fake(fake_omdb):
    fake_omdb.titles = {"tt0000007": title_json(7, Title="Lantern or: The Keeper 7")}
    return fake_omdb
