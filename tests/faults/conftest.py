"""The replay server as a subprocess, and workspaces that talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from miner.config import Workspace, init_workspace


@dataclass
class Replay:
    url: str
    environment: dict[str, str]

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/stats", timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def replay(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Replay]]:
    """Start a server with the options given, on a port of its own, and point the addresses to it."""
    servers = []

    def start(*options: str, interval: float = 0.03) -> Replay:
        command = [sys.executable, str(shared / "replay" / "replay.py"), "--port", "0", "--interval", str(interval), *options]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        servers.append(server)
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        environment = {
            "MINER_ARXIV_URL": f"{url}/api/query",
            "MINER_ARXIV_OAI_URL": f"{url}/oai",
            "MINER_EUTILS_URL": f"{url}/eutils",
            "MINER_ARXIV_INTERVAL": str(interval),
            "MINER_STATE_DIR": str(tmp_path / "state"),
            "MINER_CONTACT": "tests@example.org",
        }
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        return Replay(url, {**os.environ, **environment})

    yield start
    for server in servers:
        server.kill()
        server.wait()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "workspace")
