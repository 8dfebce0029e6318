from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from common.api.answers.rendering import JSONRenderer


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
