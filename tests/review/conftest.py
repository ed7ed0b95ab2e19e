"""The workspace of the export tests, writable."""

from __future__ import annotations

import pytest

from miner.config import Workspace
from tests.export.conftest import make


@pytest.fixture
def place(tmp_path) -> Workspace:
    return make(tmp_path / "ws")
