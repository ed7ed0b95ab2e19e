"""The process of ``miner serve``: where it listens, how long it waits for slow clients, and what it says when it starts."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.web.changes import checked_address

if TYPE_CHECKING:
    import uvicorn

    from miner.config import Workspace

CONNECTIONS = 1_000  # at once; more are told to come back
WAITING = 10.0  # seconds for the head of a request to come whole


@dataclass(frozen=True, slots=True)
class Where:
    """Where a server listens, and what people type to reach it where something stands in front."""

    host: str = "127.0.0.1"
    port: int = 8765
    address: str | None = None


def needed() -> None:
    """Refuse to go on without the packages of the extra.

    Raises
    ------
    UsageError
        If one is missing.
    """
    try:
        import argon2  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UsageError(f"serving needs the package {error.name}", hint="pip install 'miner[serve]'") from error


def serve(workspace: Workspace, where: Where, *, job: str | None, ready: Callable[[str], None], say: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM (see :meth:`miner.Workspace.serve`)."""
    needed()
    from miner.web.serve.access import Access, is_loopback
    from miner.web.serve.app import Server
    from miner.web.serve.users import FILE, Users

    checked_address(where.address)
    users = None
    if not is_loopback(where.host):
        users = Users(workspace.root / FILE)
        if not len(users):
            raise UsageError(
                "beyond this machine only named users are served, and there are none", where=where.host, hint="miner serve --add-user NAME"
            )
        if not (where.address or "").startswith("https:"):
            say(
                f"Warning: what goes to {where.host} is not encrypted, passwords neither: put a server that speaks TLS in front (--address https://…)"
            )
    bound = _bound(where)
    try:
        port = bound.getsockname()[1]
        access = Access(where.host, port, users, where.address)
        server = Server(workspace, access, job)
        server.live.snapshot()  # what is wrong with it is said before anybody comes
        shown = f"[{where.host}]" if ":" in where.host else where.host
        at = (where.address or f"http://{shown}:{port}").rstrip("/")
        try:
            _run(_quiet(server.app()), bound, lambda: ready(at + "/" if users else f"{at}/?token={access.token}"))
        finally:
            server.live.close()
    finally:
        bound.close()


def _bound(where: Where) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)
    except OSError as error:
        raise UsageError(
            f"it cannot listen there: {error.strerror or error}",
            where=f"{where.host}:{where.port}",
            hint="name another --port; 0 takes a free one",
        ) from error
    return made


def _quiet(app: Any) -> uvicorn.Config:
    """Return how the server runs: no log of addresses (they have tokens), no word on itself, and no patience with heads that do not come."""
    import uvicorn

    return uvicorn.Config(
        app,
        http=_impatient(),
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
        backlog=CONNECTIONS,
        h11_max_incomplete_event_size=128 << 10,
    )


def _impatient() -> type[asyncio.Protocol]:
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        """Closes a connection on which no request has come whole for a while; uvicorn itself waits for ever."""

        _giving_up: asyncio.TimerHandle | None = None

        def _wait(self) -> None:
            self._giving_up = self._giving_up or self.loop.call_later(WAITING, self._give_up)

        def _heard(self) -> None:
            if self._giving_up is not None:
                self._giving_up.cancel()
                self._giving_up = None

        def _give_up(self) -> None:
            self._giving_up = None
            self.transport.close()

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)  # type: ignore[arg-type]
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._heard()
            else:
                self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._heard()
            super().connection_lost(exc)

    return Impatient


def _run(config: uvicorn.Config, bound: socket.socket, ready: Callable[[], None]) -> None:
    import uvicorn

    with suppress(ValueError, OSError):  # a connection is an open file
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4096) if most != resource.RLIM_INFINITY else 4096, most))

    class Telling(uvicorn.Server):
        """Says when it can be reached."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    if threading.current_thread() is threading.main_thread():
        # uvicorn raises the signal that ended it once more when it is done: what was made for the pages is to be removed then.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):  # the way to end it
        Telling(config).run(sockets=[bound])
