"""A client without a network, in the words of ASGI."""

import asyncio
import json
from typing import Any

from common.front.application import Front

LIVE = "/live"


class Client:
    """One request. `pieces` arrive one after the other; None is the end of the connection, and after the last the
    client is silent.
    """

    def __init__(self, *pieces: bytes | None, method: str = "POST", path: str = "/", **options: Any) -> None:
        self.pieces = list(pieces)
        self.sent: list[dict[str, Any]] = []
        self.is_silent = options.pop("is_silent", False)
        self.reads = options.pop("reads", True)
        target, _, query = path.partition("?")
        self.scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in options.pop("headers", [])],
            "server": ("127.0.0.1", "8000"),
            "client": ("203.0.113.7", "50000"),
        } | options

    async def receive(self) -> dict[str, Any]:
        if not self.pieces:
            await asyncio.Event().wait()
        piece = self.pieces.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or self.is_silent}

    async def send(self, message: dict[str, Any]) -> None:
        if not self.reads and message["type"] == "http.response.body" and len(self.sent) > 2:
            await asyncio.Event().wait()
        self.sent.append(message)

    async def ask(self, front: Front) -> "Client":
        await front(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name.decode(), value.decode("latin-1")) for name, value in self.sent[0]["headers"]]

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    @property
    def error(self) -> tuple[int, str]:
        body = json.loads(self.body)
        assert body["status_code"] == self.status
        assert body["trace_id"] == dict(self.headers)["x-request-id"]
        return self.status, body["code"]


def ask(front: Front, *pieces: bytes | None, **options: Any) -> Client:
    return asyncio.run(Client(*pieces, **options).ask(front))
