"""Pages of a site in a real Chromium, from disk and without network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

CHROMIUM = os.environ.get("MINER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def show(browser: Any, path: Path, address: str = "", *, width: int = 1280, height: int = 900, **options: Any) -> Any:
    """Open a page offline; what it says on the console, and what it asks of the network, stands in ``errors``, dialogs too."""
    opened = browser.new_context(offline=True, viewport={"width": width, "height": height}, **options).new_page()
    opened.errors = []
    opened.on("console", lambda m: opened.errors.append(m.text) if m.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda e: opened.errors.append(str(e)))
    opened.on("dialog", lambda d: (opened.errors.append(f"dialog: {d.message}"), d.dismiss()))
    opened.on(
        "request", lambda r: opened.errors.append(f"asked for {r.url}") if not r.url.startswith(("file:", "data:", "blob:")) else None
    )
    opened.goto(path.as_uri() + address)
    return opened


def serious(page: Any) -> list[Any]:
    """Return what axe finds that is serious or critical."""
    import pytest

    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is among the development dependencies")
    found = axe.Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["target"], v["nodes"][0]["failureSummary"]) for v in found if v["impact"] in {"serious", "critical"}]
