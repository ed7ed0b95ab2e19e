"""Shared fixtures: the folder of test input beside the checkout, where there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# As the command line does, and before numpy is loaded (see miner/cli/main.py).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MINER_SHARED", ROOT.parent / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the folder of reference figures that tests/metafor is checked against, and how much tests/metafor/live does."""
    parser.addoption("--full", action="store_true", help="tests/metafor/live: fresh seeds, and all analyses of each data set")
    parser.addoption(
        "--reference",
        type=Path,
        default=SHARED / "reference" / "metafor",
        metavar="DIR",
        help="folder of reference figures (JSON with CSV) for tests/metafor",
    )


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real test input; skip, saying so, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared test input is absent (looked in {SHARED})")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for all tests of a process: Playwright cannot be started twice."""
    from playwright.sync_api import sync_playwright

    from tests.web.chromium import CHROMIUM

    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
