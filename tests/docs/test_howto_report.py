"""The commands of docs/how-to/make-a-report.md run, in their order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from lxml import html

ROOT = Path(__file__).resolve().parents[2]


def test_its_commands_run(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "how-to" / "make-a-report.md").read_text(encoding="utf-8")
    commands = "\n".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL))
    (tmp_path / "bin").mkdir()
    miner = tmp_path / "bin" / "miner"
    miner.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c 'from miner.cli.main import main; main()' \"$@\"\n", encoding="utf-8")
    miner.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MINER_")}
    environment |= {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "funnel: contour-enhanced funnel" in done.stdout
    assert "the same bytes" in done.stderr
    out = tmp_path / "study" / "out"
    page = html.fromstring((out / "demo-large-studies.html").read_bytes())
    sizes = [int(td.get("data-value")) for td in page.xpath("//table[@id='study-table']/tbody/tr/td[6]")]
    assert len(sizes) > 10
    assert min(sizes) >= 100
    assert page.xpath("//section[@id='panel-accuracy-funnel']/p[@class='lead']")[0].text == "Read the right one."
    assert (out / "demo-large-studies.md").is_file()
    assert (out / "figures" / "accuracy-size.png").is_file()
