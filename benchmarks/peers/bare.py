"""The fastest that granian's WSGI can be: an application with one answer, which it reads from the file BARE_ANSWER."""

import json
import os
from base64 import b64decode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any


@cache
def read_answer() -> tuple[str, list[tuple[str, str]], list[bytes]]:
    answer = json.loads(Path(os.environ["BARE_ANSWER"]).read_text(encoding="utf-8"))
    return answer["status"], [tuple(pair) for pair in answer["headers"]], [b64decode(answer["body"])]


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    status, headers, body = read_answer()
    start_response(status, headers)
    return body
