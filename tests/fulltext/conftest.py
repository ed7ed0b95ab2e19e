"""A workspace for each test, and its commands as a user gives them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miner.config import Workspace, init_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "workspace")


@pytest.fixture
def miner(workspace: Workspace) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("MINER_")} | {"MINER_WORKSPACE": str(workspace.root)}
        command = [sys.executable, "-c", "from miner.cli.main import main; main()", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False)

    return run


@pytest.fixture
def sql(workspace: Workspace) -> Callable[[str], list[dict[str, Any]]]:
    from miner.store.connect import open_reader
    from miner.store.rows import dicts

    def ask(query: str) -> list[dict[str, Any]]:
        with open_reader(workspace.current) as con:
            return json.loads(json.dumps(dicts(con, query)))

    return ask
