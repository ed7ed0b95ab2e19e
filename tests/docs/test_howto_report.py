"""The commands of docs/how-to/make-a-report.md run, in their order."""

from __future__ import annotations

from pathlib import Path

from lxml import html

from tests.docs.shell import bash_blocks, miner_on_path, run_commands


def test_its_commands_run(tmp_path: Path, demo: Path) -> None:
    commands = bash_blocks("make-a-report.md").replace("miner demo study", f"cp -a '{demo}' study")
    done = run_commands(commands, tmp_path, miner_on_path(tmp_path), timeout=200)
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
