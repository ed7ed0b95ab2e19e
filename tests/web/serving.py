"""A real ``miner serve`` for tests, and a client that says exactly what a test wants said."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Served:
    """A server's process, where it listens, and the cookie of a session."""

    process: subprocess.Popen[str]
    port: int
    token: str
    cookie: str = ""
    sent: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", body: bytes | str | None = None, **headers: str | None) -> Answer:
        """Ask with the session's cookie; a header is given with ``_`` for ``-``, and left out where it is None."""
        said: dict[str, str | None] = {"Cookie": self.cookie or None, **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host="Host" in said)
            data = body.encode() if isinstance(body, str) else body
            if data is not None and "Content-Length" not in said:
                said["Content-Length"] = str(len(data))
            for name, value in said.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(data)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def enter(self) -> Served:
        """Exchange the token for a session."""
        got = self.ask(f"/?token={self.token}", Cookie=None)
        assert got.status == 303, got
        self.cookie = got.headers["set-cookie"].partition(";")[0]
        return self

    def csrf(self, path: str = "/sql?sql=select+1") -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.ask(path).text)
        assert found
        return found[1]

    def send(self, path: str, values: dict[str, str], **headers: str | None) -> Answer:
        """Send a form as a page of the server does."""
        form = {"Origin": self.address, "Content_Type": "application/x-www-form-urlencoded", **headers}
        return self.ask(path, "POST", urlencode(values), **form)


@contextmanager
def serving(workspace: Path, *options: str) -> Iterator[Served]:
    """Run ``miner serve`` on a free port until the block ends."""
    command = [sys.executable, "-m", "miner", "--workspace", str(workspace), "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"http://[^:]+:(\d+)/(?:\?token=(\S+))?\n", line)
        assert found, line
        yield Served(process, int(found[1]), found[2] or "")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
