"""Bodies of the JSON API: what is refused before a view sees it, and how fields are named."""

from http import HTTPStatus
from io import BytesIO

import pytest
from django.conf import settings

from common.api.parsing import read_capped
from common.errors import PayloadTooLarge
from common.tests.api.test_errors import body_error, expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"name": ', "The body is not valid JSON: Expecting value at line 1 column 10."),
        ('{"name": "a" "b"}', "The body is not valid JSON: Expecting ',' delimiter at line 1 column 14."),
        ('{"name": NaN}', "The body is not valid JSON: NaN is not a JSON number."),
        ('{"name": -Infinity}', "The body is not valid JSON: -Infinity is not a JSON number."),
        ('{"name": 1e999}', "The body is not valid JSON: a number is too large."),
        ('{"name": 1, "name": 2}', "The body is not valid JSON: a name comes twice in one object."),
        (b'{"name": "\xff"}', "The body is not UTF-8."),
        pytest.param("[" * 100_000, "The body is nested too deeply.", id="nested"),
        ("\ufeff{}", "The body is not valid JSON: Unexpected UTF-8 BOM (decode using utf-8-sig) at line 1 column 1."),
    ],
)
def test_malformed_json(client, error_of, body, message):
    response = client.generic("POST", "/api/v1/echo", body, content_type="application/json")
    assert error_of(response) == body_error(message)


def test_a_number_of_too_many_digits(client, error_of):
    response = client.generic("POST", "/api/v1/echo", "1" * 5000, content_type="application/json")
    assert error_of(response)["code"] == "validation_failed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (r'{"a": ["ok", {"b": "x\u0000y"}]}', "a.1.b"),
        (r'{"a": "\ud800"}', "a"),
        (r'{"a": {"\ud800": 1}}', "a"),
        (r'{"\u0000": 1}', "body"),
        (r'"\u0000"', "body"),
    ],
)
def test_texts_that_cannot_be_stored(client, error_of, body, field):
    response = client.generic("POST", "/api/v1/echo", body, content_type="application/json")
    assert error_of(response) == expected(
        400,
        "Bad Request",
        "validation_failed",
        f"Not valid: {field}.",
        [{"field": field, "message": "Holds a character that cannot be stored."}],
    )


def test_a_good_body_arrives_whole(client):
    response = client.generic("POST", "/api/v1/echo", r'{"a": "Am\u00e9lie 🎬"}', content_type="application/json")
    assert response.content.decode() == '{"data":{"a":"Amélie 🎬"}}'


def test_another_media_type(client, error_of):
    response = client.post("/api/v1/echo", "<a/>", content_type="text/xml")
    assert error_of(response) == expected(
        415, "Unsupported Media Type", "unsupported_media_type", 'Unsupported media type "text/xml" in request.'
    )


TOO_LARGE = expected(413, HTTPStatus(413).phrase, "payload_too_large", "The body is larger than 10 bytes.")


def test_a_body_that_says_it_is_too_large(client, error_of, settings):
    settings.API_MAX_BODY_BYTES = 10
    response = client.post("/api/v1/echo", "[1,2,3,4,5]", content_type="application/json")
    assert error_of(response) == TOO_LARGE


def test_a_body_at_the_limit(client, settings):
    settings.API_MAX_BODY_BYTES = 11
    assert client.post("/api/v1/echo", "[1,2,3,4,5]", content_type="application/json").status_code == 200


def test_a_body_that_lies_about_its_length():
    with pytest.raises(PayloadTooLarge):
        read_capped(BytesIO(b"x" * (settings.API_MAX_BODY_BYTES + 1)), None)
    assert read_capped(BytesIO(b"x" * settings.API_MAX_BODY_BYTES), None) == b"x" * settings.API_MAX_BODY_BYTES


def test_a_form_beyond_djangos_own_limit(client, error_of, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    response = client.post("/api/v1/form", "name=" + "x" * 20, content_type="application/x-www-form-urlencoded")
    assert error_of(response) == expected(413, HTTPStatus(413).phrase, "payload_too_large", "The body is too large.")


def post_order(client, data):
    return client.post("/api/v1/orders", data, content_type="application/json")


def test_nested_validation_errors_have_dotted_fields(client, error_of):
    items = [{"title": "ok"}, {"title": "too long"}, {}, {"titel": "x", "title": "ok"}]
    response = post_order(client, {"items": items, "nam": "x"})
    assert error_of(response) == expected(
        400,
        "Bad Request",
        "validation_failed",
        "Not valid: name, items.1.title, items.2.title and 2 more.",
        [
            {"field": "name", "message": "This field is required."},
            {"field": "items.1.title", "message": "Ensure this field has no more than 5 characters."},
            {"field": "items.2.title", "message": "This field is required."},
            {"field": "items.3.titel", "message": "Unknown field."},
            {"field": "nam", "message": "Unknown field."},
        ],
    )


def test_an_unknown_field_alone(client, error_of):
    assert error_of(post_order(client, {"name": "x", "nam": 1})) == expected(
        400,
        "Bad Request",
        "validation_failed",
        "Not valid: nam.",
        [{"field": "nam", "message": "Unknown field."}],
    )


def test_a_body_that_is_no_object(client, error_of):
    message = "Invalid data. Expected a dictionary, but got list."
    assert error_of(post_order(client, [1]))["errors"] == [{"field": "body", "message": message}]


def test_an_error_of_the_whole_body(client, error_of):
    assert error_of(post_order(client, {"name": "nobody"}))["errors"] == [
        {"field": "body", "message": "Ordering is closed."}
    ]


def test_read_only_fields_may_be_sent_back(client):
    response = post_order(client, {"name": "x", "items": [{"id": 7, "title": "ok"}]})
    assert response.json() == {"name": "x", "items": [{"title": "ok"}]}


def test_errors_are_bounded(client, error_of):
    error = error_of(post_order(client, {"name": "x", **{f"{n:03}" + "y" * 200: 1 for n in range(150)}}))
    assert len(error["errors"]) == 100
    assert max(len(item["field"]) for item in error["errors"]) == 100
