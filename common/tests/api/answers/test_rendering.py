import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import gettext_lazy
from rest_framework import renderers

from common.api.answers.rendering import JSONRenderer


class Kind(StrEnum):
    SECOND = "second"


def test_numbers_texts_and_times_as_clients_want_them():
    vienna = ZoneInfo("Europe/Vienna")
    data = {
        "rating": Decimal("7.50"),
        "title": "Amélie",
        "starts_at": datetime(2026, 7, 1, 20, 0, tzinfo=vienna),
        "date": date(2026, 7, 1),
    }
    assert JSONRenderer().render(data, "application/json; indent=4", {}).decode() == (
        '{"rating":7.5,"title":"Amélie","starts_at":"2026-07-01T18:00:00Z","date":"2026-07-01"}'
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("Infinity")])
@pytest.mark.parametrize("place", [lambda x: x, lambda x: {"a": [1, "b", {"c": (x,)}]}, lambda x: [{"a": x}]])
def test_numbers_that_json_does_not_have_are_refused(number, place):
    with pytest.raises((ValueError, TypeError)):
        JSONRenderer().render(place(number))


def test_other_values_are_written_as_rest_framework_writes_them():
    data = {
        "uuid": UUID(int=7),
        "time": time(18, 30, 0, 5),
        "moment": datetime(2026, 7, 1, 20, 0, 0, 123456, tzinfo=UTC),
        "naive": datetime(2026, 7, 1, 20, 0),  # noqa: DTZ001
        "length": timedelta(minutes=90),
        "lazy": gettext_lazy("Yes"),
        "choice": Kind.SECOND,
        "numbers": {1: 2, 3: -0.5},
        "nothing": None,
        "sign": "\u2028\x07\U0001f3ac",
        "tuple": (1, True),
        "bytes": b"abc",
    }
    assert json.loads(JSONRenderer().render(data)) == json.loads(renderers.JSONRenderer().render(data))
    assert JSONRenderer().render(None) == b""
    with pytest.raises(TypeError):
        JSONRenderer().render({"object": object()})
