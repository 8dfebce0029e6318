"""Hostile queries, headers, forms and files cost no more than hostile JSON, and are refused or ignored."""

from contextlib import suppress

import pytest
from django.test import Client

from movies.importing import formats
from movies.importing.reading import MAX_BYTES, MAX_JSON_VALUES, NotReadable
from tests.costs import SIZE, is_cheap, joined

pytestmark = pytest.mark.django_db

SIGN_IN = "/account/sign-in/"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"


def form(part: str, size: int = SIZE) -> str:
    return part * (size // len(part))


# Made when they are sent: these texts are large.
REQUESTS = {
    "unknown parameters": lambda: ("GET", "/api/v1/movies?" + "&".join(f"x{n}=1" for n in range(900)), "", ""),
    "too many parameters": lambda: ("GET", "/api/v1/movies?" + "&".join(f"x{n}=1" for n in range(5000)), "", ""),
    "too many parameters of a page": lambda: ("GET", "/movies/?" + "&".join(f"x{n}=1" for n in range(5000)), "", ""),
    "one parameter again and again": lambda: ("GET", "/api/v1/movies?" + "page=1&" * 900, "", ""),
    "many genres": lambda: ("GET", "/api/v1/movies?genre=" + "1," * 30_000, "", ""),
    "many names of fields": lambda: ("GET", "/api/v1/movies?fields=" + "x," * 30_000, "", ""),
    "a form of fields": lambda: ("POST", SIGN_IN, form("a=1&"), FORM),
    "a form of signs": lambda: ("POST", SIGN_IN, form("&"), FORM),
    "a form of escapes": lambda: ("POST", SIGN_IN, "login=" + form("%C3%A9", SIZE - 100), FORM),
    "a form of parts": lambda: (
        "POST", SIGN_IN, form('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'), PARTS,
    ),
    "a form of files": lambda: (
        "POST", SIGN_IN, form('--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n1\r\n'), PARTS,
    ),
    "a form of boundaries": lambda: ("POST", SIGN_IN, form("--b\r\n"), PARTS),
    "a form of almost boundaries": lambda: ("POST", SIGN_IN, form("\r\n--"), PARTS),
    "a part of headers": lambda: ("POST", SIGN_IN, "--b\r\n" + form("X-Y: z\r\n"), PARTS),
    "a part in base64": lambda: (
        "POST",
        SIGN_IN,
        '--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + form("A \n", SIZE - 200),
        PARTS,
    ),
}  # fmt: skip


@pytest.fixture
def client(settings):
    settings.THROTTLE_LOGIN = settings.THROTTLE_ANON = "10000/min"
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_hostile_request(client, kind):
    method, path, body, media_type = REQUESTS[kind]()
    statuses = set()

    def send() -> None:
        statuses.add(client.generic(method, path, body, media_type or "text/plain").status_code)

    client.get("/movies/")  # the first request loads what all need
    assert is_cheap(send)
    assert statuses <= {200, 400}


@pytest.mark.parametrize("cookies", ["a=1; " * 12_000, ";" * 64_000, '"' * 64_000, "=" * 64_000, "\\" * 64_000])
def test_hostile_cookies(client, cookies):
    client.get(SIGN_IN)
    assert is_cheap(lambda: client.get(SIGN_IN, headers={"Cookie": cookies}))


HALF = MAX_BYTES // 2
FEW = MAX_JSON_VALUES - 9
FILES = {
    "a list": lambda: joined("[", lambda n: "1", "]", MAX_BYTES),
    "names": lambda: joined('{"marquee":1,"films":[{', lambda n: f'"{n:07}":1', "}]}", MAX_BYTES),
    "as many names as are read": lambda: joined(
        '{"marquee":1,"films":[{', lambda n: f'"{n:07}":1', "}]}", MAX_BYTES, FEW,
    ),
    "lists in lists": lambda: "[" * MAX_BYTES,
    "a text of escapes": lambda: '{"marquee":1,"films":[{"title":"' + "\\u00e9" * (MAX_BYTES // 6 - 20) + '"}]}',
    "texts below a long name": lambda: '{"' + "x" * HALF + '":' + joined("[", lambda n: '"\\u0041"', "]", HALF, FEW),
    "a long cell": lambda: 'Name,Year\n"' + ("x" * 999_998 + "\n") * 24,
    "cells": lambda: "Name,Year\n" + ("," * 999_999 + "\n") * 25,
    "quotation marks": lambda: "Name,Year\n" + ('"' * 999_999 + "\n") * 25,
    "a heading of cells": lambda: "Name" + ",Year" * 199_998 + "\n1\n",
    "empty lines": lambda: "Name,Year\n" + "\n" * (MAX_BYTES - 10),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_a_hostile_file(kind):
    content = FILES[kind]().encode()

    def read() -> None:
        with suppress(NotReadable):
            formats.read_file(content)

    assert is_cheap(read, MAX_BYTES)
