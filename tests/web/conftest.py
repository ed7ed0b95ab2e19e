"""One demo site for all tests of the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.jobs.demo import run_demo
from miner.workspace import Workspace


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo's workspace."""
    folder = tmp_path_factory.mktemp("site") / "demo"
    run_demo(folder)
    return Workspace.open(folder)


@pytest.fixture(scope="session")
def site(demo: Workspace) -> Path:
    """The folder of the demo's site."""
    return demo.site().parent
