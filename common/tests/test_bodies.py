import json
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.wsgi import get_wsgi_application

from common.bodies import ChunkedBodies

# A request through the real WSGI handler looks after the database connection.
pytestmark = pytest.mark.django_db


class Trickle(BytesIO):
    """A socket gives what has arrived, not what was asked for."""

    def read(self, size=-1):
        return super().read(min(size, 3))


@pytest.fixture
def post():
    application = ChunkedBodies(get_wsgi_application())

    def send(body, **headers):
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/api/v1/echo",
            "CONTENT_TYPE": "application/json",
            "wsgi.input": Trickle(body),
            **headers,
        }
        setup_testing_defaults(environ)
        statuses = []

        def start_response(status, headers, exc_info=None):
            statuses.append(status)
            return statuses.append

        body = b"".join(application(environ, start_response))
        return statuses[0][:3], json.loads(body)

    return send


def test_a_chunked_body_is_read(post):
    data = {"title": "Amélie", "list": [1, 2, 3]}
    assert post(json.dumps(data).encode(), HTTP_TRANSFER_ENCODING="chunked") == ("200", {"data": data})


def test_a_chunked_body_at_the_limit_and_beyond(post, settings):
    settings.API_MAX_BODY_BYTES = 11
    assert post(b"[1,2,3,4,5]", HTTP_TRANSFER_ENCODING="chunked")[0] == "200"
    status, error = post(b"[1,2,3,4,5]" + b" " * 50, HTTP_TRANSFER_ENCODING="chunked")
    assert (status, error["code"]) == ("413", "payload_too_large")


def test_a_body_with_a_length_is_left_alone(post):
    assert post(b"[1,2]trailing", CONTENT_LENGTH="5") == ("200", {"data": [1, 2]})


def test_no_body(post):
    assert post(b"") == ("200", {"data": {}})
