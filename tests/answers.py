"""How the tests of every app read what the API answers. A plugin, as tests/s3.py is."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def refusal() -> Callable[[Any], tuple[int, str, dict[str, str]]]:
    """(status, code, {field: message}) of an error answer of the API."""

    def read(response: Any) -> tuple[int, str, dict[str, str]]:
        body = response.json()
        assert body["status_code"] == response.status_code
        return response.status_code, body["code"], {error["field"]: error["message"] for error in body["errors"]}

    return read
