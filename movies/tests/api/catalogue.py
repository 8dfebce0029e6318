"""Requests for the films of the catalogue, for tests."""

MOVIES = "/api/v1/movies"


def read_errors(response):
    """Return (status, [(field, message)]) of an error response."""
    body = response.json()
    return body["status_code"], [(error["field"], error["message"]) for error in body["errors"]]


def titles(client, **parameters):
    response = client.get(MOVIES, parameters)
    assert response.status_code == 200, response.json()
    return [film["title"] for film in response.json()["items"]]
