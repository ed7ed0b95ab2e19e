"""Make docs/report.png, the README's picture: the first screen of the demo's report, in Debian's Chromium.

make picture
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent / "report.png"


def main() -> None:
    """Run the demo and photograph its report."""
    from playwright.sync_api import sync_playwright

    from miner.jobs.demo import run_demo

    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        sys.exit("make picture needs Chromium: apt install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        report = run_demo(Path(folder) / "demo", lambda _: None).report
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(report.as_uri())
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main()
