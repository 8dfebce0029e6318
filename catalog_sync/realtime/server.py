"""The process that holds the sockets. It authenticates and checks clients, and sends; their events are ignored."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qs

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
CONNECTION = "marquee.connection"  # in the scope of a WebSocket, the id of its Engine.IO connection
CHECK_SECONDS = 5  # for which a socket may outlive its sign-in
# After so long without the database, all sockets are closed, because their sign-ins cannot be checked.
TRUST_SECONDS = 60
SILENT_SECONDS = 6  # after which a connection that has not authenticated is closed
ANSWER_SECONDS = 20  # of the database, with all its timeouts
PING_SECONDS, PONG_SECONDS = 25, 20  # between pings, and until one must be answered
SOCKETS_PER_USER = 20
MAX_MESSAGE_BYTES = 10_000  # a token and its framing; clients send nothing else
DATABASE_THREADS = 4  # each with a connection to the database

# What python-socketio raises for packets that it cannot parse.
BAD_PACKET = (ValueError, TypeError, LookupError, AttributeError, RecursionError)

NOT_NOW = "Connections are not possible at the moment. Try again soon."
TOO_MANY = f"You have {SOCKETS_PER_USER} sockets open already."


class RealtimeServer:
    """The Socket.IO server, with the connected managers."""

    def __init__(self) -> None:
        self.listeners: dict[str, Listener] = {}  # by Socket.IO id
        self.admitting: set[str] = set()  # Engine.IO connections whose client waits for the database
        self.silent_since: dict[str, float] = {}  # by the id of the Engine.IO connection
        self.trusted_until = 0.0
        self.checking: asyncio.Task[None] | None = None
        self.threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
        self.manager = AsyncRedisManager(
            channel.redis_url(),
            channel=channel.channel_name(),
            logger=_quiet_logger("redis"),
            redis_options=channel.subscriber_options(),
        )
        self.sio = AsyncServer(
            async_mode="asgi",
            client_manager=self.manager,
            cors_allowed_origins=authentication.is_allowed_origin,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            max_http_buffer_size=MAX_MESSAGE_BYTES,
            logger=_quiet_logger("socketio"),
            engineio_logger=_quiet_logger("engineio"),
        )
        self.sio.on("connect", self.on_connect)
        self.sio.on("disconnect", self.on_disconnect)

    async def start(self) -> None:
        # At once, not with the first client, which would miss the events sent before the subscription.
        self.sio.manager_initialized = True
        self.manager.initialize()
        self.trusted_until = time.monotonic() + TRUST_SECONDS
        self.checking = asyncio.create_task(self.check_forever())

    async def stop(self) -> None:
        for task in (self.checking, self.manager.thread):
            if task is not None:
                task.cancel()
        await self.sio.shutdown()
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def on_connect(self, sid: str, *arguments: Any) -> None:
        if self.manager.is_connected(sid, NAMESPACE):
            return  # an event of a client that is named like this one, with any arguments
        environ, auth = arguments
        connection = self._connection_of(sid) or ""
        environ["asgi.scope"][CONNECTION] = connection
        self.admitting.add(connection)
        try:
            listener = await self.authenticate(environ, auth)
            if self._connection_of(sid) not in self.sio.eio.sockets:
                raise Refused(Code.UNAVAILABLE, NOT_NOW)  # disconnected meanwhile; python-socketio would keep its place
        except Refused as refused:
            log.info("socket_refused", code=refused.code.value)
            if self._connection_of(sid):
                self.silent_since[connection] = -SILENT_SECONDS  # closed in the next round, after it got the reason
            # Reaches the client as `connect_error`.
            raise SocketRefused(str(refused), {"code": refused.code.value}) from refused
        finally:
            self.admitting.discard(connection)
        self.listeners[sid] = listener
        await self.sio.enter_room(sid, channel.ROOM)
        log.info("socket_opened", user=listener.user, by=listener.kind.value)

    async def authenticate(self, environ: dict[str, Any], auth: object) -> Listener:
        try:
            listener = await self.in_thread(authentication.authenticate, environ, auth)
        except Refused:
            raise
        except Exception as error:  # no database, or an internal error: logged here, see `_is_not_bad_packet`
            log.warning("socket_not_admitted", exc_info=error)
            raise Refused(Code.UNAVAILABLE, NOT_NOW) from error
        if sum(other.user == listener.user for other in self.listeners.values()) >= SOCKETS_PER_USER:
            raise Refused(Code.THROTTLED, TOO_MANY)
        return listener

    def is_authenticated(self, scope: dict[str, Any]) -> bool:
        """Return whether the connection of an ASGI scope is a manager's, or is just becoming one."""
        upgraded = parse_qs(scope["query_string"].decode("latin-1")).get("sid", [""])[0]  # from polling
        connection = scope.get(CONNECTION, upgraded)
        is_listening = self.manager.sid_from_eio_sid(connection, NAMESPACE) in self.listeners
        return is_listening or connection in self.admitting

    async def on_disconnect(self, sid: str, *_: object) -> None:
        if not self.manager.is_connected(sid, NAMESPACE):  # otherwise an event of a client that is named like this one
            self.listeners.pop(sid, None)

    async def check_forever(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.disconnect(await self.expired_sids())
                await self.close_silent_connections()
            except Exception as error:  # any: if this loop ended, no sign-out would close a socket
                log.error("socket_round_failed", exc_info=error)

    async def expired_sids(self) -> set[str]:
        """Return the ids of sockets whose sign-in or role has ended; of all, after TRUST_SECONDS without a check."""
        listeners = dict(self.listeners)
        try:
            every = set(listeners.values())
            valid = await self.in_thread(authentication.still_signed_in, every) if listeners else set()
        except Exception as error:
            log.warning("socket_check_failed", exc_info=error)
            valid = every if time.monotonic() < self.trusted_until else set()
        else:
            self.trusted_until = time.monotonic() + TRUST_SECONDS
        return {sid for sid, listener in listeners.items() if listener not in valid}

    async def disconnect(self, sids: set[str]) -> None:
        for sid in sids:
            log.info("socket_closed", user=self.listeners[sid].user if sid in self.listeners else None)
            await self.sio.disconnect(sid)

    async def close_silent_connections(self) -> None:
        """Close connections without an authenticated socket for SILENT_SECONDS: refused, disconnected or never used."""
        now = time.monotonic()
        authenticated = {self._connection_of(sid) for sid in self.listeners}
        silent = [connection for connection in self.sio.eio.sockets if connection not in authenticated | self.admitting]
        self.silent_since = {connection: self.silent_since.get(connection, now) for connection in silent}
        for connection in [each for each, since in self.silent_since.items() if now - since >= SILENT_SECONDS]:
            if socket := self.sio.eio.sockets.get(connection):
                # Not `eio.disconnect`, which waits for the client, and some never respond.
                await socket.close(wait=False, reason=self.sio.reason.SERVER_DISCONNECT)
                await socket.queue.put(None)  # the WebSocket ends with its next message

    def _connection_of(self, sid: str) -> str | None:
        connection: str | None = self.manager.eio_sid_from_sid(sid, NAMESPACE)
        return connection

    async def in_thread(self, query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `query` gets from the database, in a thread, because it would block the loop."""
        result = asyncio.get_running_loop().run_in_executor(
            self.threads, partial(_with_database, query, *args, **kwargs)
        )
        return await asyncio.wait_for(result, ANSWER_SECONDS)


def _with_database(query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `query` on a usable connection, also after a restart of the database: no request cycle does that here."""
    close_old_connections()
    try:
        return query(*args, **kwargs)
    finally:
        close_old_connections()


def _quiet_logger(name: str) -> logging.Logger:
    """Return a logger for python-socketio, which at INFO would log every packet, tokens included."""
    logger = logging.getLogger(f"{__name__}.{name}")
    logger.setLevel(logging.ERROR)
    logger.addFilter(_is_not_bad_packet)
    return logger


def _is_not_bad_packet(record: logging.LogRecord) -> bool:
    """Return False for errors of invalid packets, as a log filter: any client could fill the log with them."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, BAD_PACKET)
