"""The process that holds the sockets: who comes in, and who may stay. It speaks; what clients say, nobody hears."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import close_old_connections
from socketio import AsyncRedisManager, AsyncServer
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from catalog_sync.realtime import authentication, channel
from catalog_sync.realtime.authentication import Listener, Refused
from common.errors import Code

log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

NAMESPACE = "/"
CHECK_SECONDS = 5  # so long a socket may outlive its sign-in
# If the database cannot be asked for so long, nobody is known to be welcome any more.
TRUST_SECONDS = 60
SILENT_SECONDS = 10  # who says no word about themselves for so long has to go
ANSWER_SECONDS = 20  # of the database, all its timeouts included
PING_SECONDS, PONG_SECONDS = 25, 20  # between pings, and until one must be answered
SOCKETS_EACH = 20
MAX_MESSAGE_BYTES = 10_000  # a token and its wrapping; nothing else is said to us
DATABASE_THREADS = 4  # and so many connections to the database

# What python-socketio raises over what it cannot read.
BAD_PACKET = (ValueError, TypeError, LookupError, AttributeError, RecursionError)

NOT_NOW = "Nobody can be let in at the moment. Try again soon."
TOO_MANY = f"You have {SOCKETS_EACH} sockets open already."


class Realtime:
    def __init__(self) -> None:
        self.guests: dict[str, Listener] = {}  # by their Socket.IO id
        self.silent: dict[str, float] = {}  # since when, by the id of the connection below
        self.trusted_until = 0.0
        self.watching: asyncio.Task[None] | None = None
        self.threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
        self.manager = AsyncRedisManager(
            channel.url(), channel=channel.channel(), logger=quiet("redis"), redis_options=channel.listening()
        )
        self.sio = AsyncServer(
            async_mode="asgi",
            client_manager=self.manager,
            cors_allowed_origins=authentication.is_allowed_origin,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            logger=quiet("socketio"),
            engineio_logger=quiet("engineio"),
        )
        self.sio.on("connect", self.enter)
        self.sio.on("disconnect", self.leave)

    async def start(self) -> None:
        # At once, not with the first client, who would miss what is told while the line is being laid.
        self.sio.manager_initialized = True
        self.manager.initialize()
        self.trusted_until = time.monotonic() + TRUST_SECONDS
        self.watching = asyncio.create_task(self.watch())

    async def stop(self) -> None:
        for task in (self.watching, self.manager.thread):
            if task is not None:
                task.cancel()
        await self.sio.shutdown()
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def enter(self, sid: str, *said: Any) -> None:
        if self.manager.is_connected(sid, NAMESPACE):
            return  # a client's own event, named like this one, with whatever it likes
        environ, auth = said
        try:
            guest = await self.admit(environ, auth)
            if self.connection(sid) not in self.sio.eio.sockets:
                raise Refused(Code.UNAVAILABLE, NOT_NOW)  # gone while we asked; python-socketio would keep its place
        except Refused as refused:
            log.info("socket_refused", code=refused.code.value)
            if connection := self.connection(sid):
                self.silent[connection] = -SILENT_SECONDS  # goes with the next round, when it has heard why
            # Reaches the client as `connect_error`.
            raise SocketRefused(str(refused), {"code": refused.code.value}) from refused
        self.guests[sid] = guest
        await self.sio.enter_room(sid, channel.ROOM)
        log.info("socket_opened", user=guest.user, by=guest.by.value)

    async def admit(self, environ: dict[str, Any], auth: object) -> Listener:
        try:
            guest = await self.in_thread(authentication.admit, environ, auth)
        except Refused:
            raise
        except Exception as error:  # the database is away, or an error of our own: told here, see `_is_no_bad_packet`
            log.warning("socket_not_admitted", exc_info=error)
            raise Refused(Code.UNAVAILABLE, NOT_NOW) from error
        if sum(other.user == guest.user for other in self.guests.values()) >= SOCKETS_EACH:
            raise Refused(Code.THROTTLED, TOO_MANY)
        return guest

    async def leave(self, sid: str, *_: object) -> None:
        if not self.manager.is_connected(sid, NAMESPACE):  # otherwise a client's own event, named like this one
            self.guests.pop(sid, None)

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.dismiss(await self.expired_sids())
                await self.close_silent_connections()
            except Exception as error:  # whatever it is: if this ended, no sign-out would reach a socket any more
                log.error("socket_round_failed", exc_info=error)

    async def expired_sids(self) -> set[str]:
        """The ids of those whose sign-in or whose role is over; of everybody, if that was not known for too long."""
        guests = dict(self.guests)
        try:
            welcome = await self.in_thread(authentication.welcome, set(guests.values())) if guests else set()
        except Exception as error:
            log.warning("socket_check_failed", exc_info=error)
            welcome = set(guests.values()) if time.monotonic() < self.trusted_until else set()
        else:
            self.trusted_until = time.monotonic() + TRUST_SECONDS
        return {sid for sid, guest in guests.items() if guest not in welcome}

    async def dismiss(self, sids: set[str]) -> None:
        for sid in sids:
            log.info("socket_closed", user=self.guests[sid].user if sid in self.guests else None)
            await self.sio.disconnect(sid)

    async def close_silent_connections(self) -> None:
        """Ends connections on which nobody was let in for a while: refused, dismissed, or never asked."""
        now = time.monotonic()
        inside = {self.connection(sid) for sid in self.guests}
        outside = [connection for connection in self.sio.eio.sockets if connection not in inside]
        self.silent = {connection: self.silent.get(connection, now) for connection in outside}
        for connection in [found for found, since in self.silent.items() if now - since >= SILENT_SECONDS]:
            if socket := self.sio.eio.sockets.get(connection):
                # Not `eio.disconnect`, which waits until the client has heard it, and some never will.
                await socket.close(wait=False, reason=self.sio.reason.SERVER_DISCONNECT)
                await socket.queue.put(None)  # the WebSocket ends with the next thing that is said on it

    def connection(self, sid: str) -> str | None:
        found: str | None = self.manager.eio_sid_from_sid(sid, NAMESPACE)
        return found

    async def in_thread(self, ask: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `ask` gets from the database, which would stop the loop if it were asked here."""
        asked = asyncio.get_running_loop().run_in_executor(self.threads, partial(_with_database, ask, *args, **kwargs))
        return await asyncio.wait_for(asked, ANSWER_SECONDS)


def _with_database(ask: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """On a connection that works, also after the database was started anew; no request's end sees to that here."""
    close_old_connections()
    try:
        return ask(*args, **kwargs)
    finally:
        close_old_connections()


def quiet(name: str) -> logging.Logger:
    """A logger for python-socketio, which at INFO writes down every packet, tokens included."""
    logger = logging.getLogger(f"{__name__}.{name}")
    logger.setLevel(logging.ERROR)
    logger.addFilter(_is_no_bad_packet)
    return logger


def _is_no_bad_packet(record: logging.LogRecord) -> bool:
    """What a client sends in error, or in malice, is no news; anybody could fill the log with its tracebacks."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, BAD_PACKET)
