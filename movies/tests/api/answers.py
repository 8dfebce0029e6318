"""How tests read what the API answers."""


def read_errors(response):
    """Return (status, code, [(field, message)]) of an error response."""
    body = response.json()
    assert body["status_code"] == response.status_code
    return response.status_code, body["code"], [(error["field"], error["message"]) for error in body["errors"]]


def body_of(response):
    """Return the text of an answer that is streamed."""
    return b"".join(response.streaming_content).decode()
