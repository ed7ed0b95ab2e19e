"""Who may ask: by a token in the address on this machine, by name and password beyond it; and what tells that a request is theirs."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from miner.web.serve.users import Users

LASTS = 30 * 24 * 3600  # seconds that a session is good for, where the server runs as long
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Session:
    """Whose a request is: the name (empty where none was given yet), and what forms must repeat."""

    name: str
    csrf: str = field(repr=False)


class Access:
    """Tells which requests are ours.

    Parameters
    ----------
    host, port : str, int
        Where the server listens.
    users : Users, optional
        Who may sign in, where it listens beyond this machine; None where a token does.
    address : str, optional
        What people type, where something else stands before the server: ``https://review.group.example``.
    """

    def __init__(self, host: str, port: int, users: Users | None = None, address: str | None = None) -> None:
        self.port, self.users = port, users
        self.token = secrets.token_urlsafe(24)
        self._secret = secrets.token_bytes(32)
        outside = urlsplit(address) if address else None
        self.secure = outside is not None and outside.scheme == "https"
        self._origins = {f"{outside.scheme}://{outside.netloc}".lower()} if outside else set()
        named = LOOPBACK if users is None else (*LOOPBACK, host, socket.gethostname(), socket.getfqdn())
        self._hosts = {_joined(name, port) for name in named} | ({outside.netloc.lower()} if outside else set())
        # A cookie is sent to all ports of a host: its name tells those of two servers apart.
        self.cookie = f"miner-{port}"

    def host_is_ours(self, host: str) -> bool:
        """Tell whether a Host header names this server: by a name that is known, or beyond this machine by an address, which no stranger's name leads to.

        Examples
        --------
        >>> access = Access("127.0.0.1", 8765)
        >>> access.host_is_ours("127.0.0.1:8765"), access.host_is_ours("rebound.example:8765"), access.host_is_ours("10.0.0.1:8765")
        (True, False, False)
        """
        host = host.lower()
        if host in self._hosts:
            return True
        if self.users is None:
            return False
        name, _, port = host.rpartition(":")
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return port == str(self.port)

    def origin_is_ours(self, origin: str, host: str) -> bool:
        """Tell whether an Origin header is that of the pages that this server gives under ``host``."""
        return origin.lower() in {f"http://{host.lower()}", *self._origins}

    def token_is_ours(self, given: str) -> bool:
        """Tell whether this is the token that was printed."""
        return self.users is None and hmac.compare_digest(given.encode(), self.token.encode())

    def sealed(self, name: str) -> str:
        """Return the value of a new session's cookie."""
        said = ".".join((str(int(time.time()) + LASTS), secrets.token_urlsafe(12), urlsafe_b64encode(name.encode()).decode()))
        return f"{said}.{self._seal('session', said)}"

    def session(self, cookies: str) -> Session | None:
        """Return the session that a Cookie header has, None where it has none of ours."""
        try:
            found = SimpleCookie(cookies).get(self.cookie)
        except CookieError:
            return None
        said, _, seal = (found.value if found else "").rpartition(".")
        if not said or not hmac.compare_digest(seal.encode(), self._seal("session", said).encode()):
            return None
        until, _, name = said.split(".")
        if int(until) < time.time():
            return None
        return Session(urlsafe_b64decode(name).decode(), self._seal("form", said))

    def _seal(self, purpose: str, said: str) -> str:
        return hmac.new(self._secret, f"{purpose}:{said}".encode(), hashlib.sha256).hexdigest()


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host.lower()}:{port}"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a host.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
