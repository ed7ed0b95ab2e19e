"""A demo's workspace, made once and copied."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``miner demo`` makes; nobody writes into it."""
    from miner.workspace.demo import run_demo

    folder = tmp_path_factory.mktemp("demo") / "demo"
    run_demo(folder, lambda _: None)
    return folder
