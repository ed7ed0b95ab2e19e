"""Make docs/report.png, the README's picture: the demo's report down to its main figure, in Debian's Chromium.

make picture
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent / "report.png"
MAIN_FIGURE = "#panel-accuracy-size .figure"


def main() -> None:
    """Run the demo and photograph its report."""
    from playwright.sync_api import sync_playwright

    from miner.workspace.demo import run_demo

    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        sys.exit("make picture needs Chromium: apt install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        report = run_demo(Path(folder) / "demo", lambda _: None).report
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1160, "height": 1000}, color_scheme="light")
        page.goto(report.as_uri())
        bottom = page.locator(MAIN_FIGURE).bounding_box()
        if bottom is None:
            sys.exit("the demo's report has no figure of accuracy against sample size")
        page.screenshot(path=TARGET, full_page=True, clip={"x": 0, "y": 0, "width": 1160, "height": bottom["y"] + bottom["height"] + 24})
        browser.close()


if __name__ == "__main__":
    main()
