"""One demo site for all tests of the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from miner.workspace import Workspace
from miner.workspace.demo import run_demo
from tests.web.many import literature
from tests.web.serving import Served, serving
from tests.web.studied import studied


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo's workspace."""
    folder = tmp_path_factory.mktemp("site") / "demo"
    run_demo(folder, site=True)
    return Workspace.open(folder)


@pytest.fixture(scope="session")
def site(demo: Workspace) -> Path:
    """The folder of the demo's site, as the demo writes it: with the report's figures, drawn once."""
    return demo.root / "data" / "site"


@pytest.fixture(scope="session")
def studied_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site of tests/web/studied.py."""
    return Workspace(studied(tmp_path_factory.mktemp("studied"))).site().parent


@pytest.fixture(scope="session")
def literature_of_300(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace of 300 invented papers, the titles of three of which try to break out."""
    return Workspace(literature(tmp_path_factory.mktemp("many"), 300, hostile=3))


@pytest.fixture(scope="session")
def served(demo: Workspace) -> Iterator[Served]:
    """The demo's workspace, served; with a session."""
    pytest.importorskip("uvicorn", reason="the extra serve is among the development dependencies")
    with serving(demo.root) as server:
        yield server.enter()
