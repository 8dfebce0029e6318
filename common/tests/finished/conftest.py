import pytest


@pytest.fixture(autouse=True)
def _all_routes(settings, _routes):
    settings.ROOT_URLCONF = "config.urls"
