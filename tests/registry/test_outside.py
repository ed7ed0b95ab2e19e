"""A package from outside, or a workspace, brings one of each: a source, a reader, a metric, an analysis, a panel, an export format; the command line uses them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import miner
from miner.cli.main import app
from miner.config import find_workspace
from miner.errors import ConfigError, UsageError
from miner.export.format import formats
from miner.harvest.reader import readers
from miner.harvest.registry import sources
from miner.jobs.lock import writing
from miner.meta.analysis.registry import records
from miner.registry import use_plugins
from miner.report.gallery.registry import panels

REGISTRIES = (sources, readers, records, panels, formats)
Run = Callable[..., str]

# What is added, and the one file that each addition takes.
FILES = {
    "sources": """
from miner.harvest.source import Page, SourceSpec
from miner.types import Paper

PAPERS = [Paper(f"ours:{n}", "ours", "A study of sleep", f"We studied {n} patients. The zeta index was 0.9{n % 10}.", 2020, published="2020-05-07") for n in (41, 52, 63)]

class Ours:
    name, first_day, page, size, seconds_a_request = "ours", "2020-01-01", 10, 100, 0.0

    def __init__(self, http):
        self.http = http

    def count(self, query, window):
        return len(self.of(window))

    def of(self, window):
        return tuple(p for p in PAPERS if window.start <= p.published <= window.until)

    def split(self, query, window):
        raise AssertionError("three records are not cut")

    def pages(self, query, window, outcome):
        papers = self.of(window)
        outcome.reported = len(papers)
        yield Page("0" * 64, papers, frozenset(p.paper_id for p in papers))

    def parse(self, content, sha256):
        return ()

SOURCE = SourceSpec("ours", "Our archive", lambda http, **_: Ours(http), lambda: "http://localhost", "none", "any words")
""",
    "readers": """
from miner.harvest.reader import FileReader
from miner.types import Paper

def read(path, sha256):
    for i, line in enumerate(path.read_text().splitlines()[1:]):
        yield Paper(f"lines:{i}", "lines", "A line", line, 2021)

READER = FileReader("lines", "Lines", lambda head: head.startswith(b"#LINES"), read, rank=1)
""",
    "rules/vocabulary/metrics.toml": """
[[metric]]
name = "zeta_index"
label = "zeta index"
metric = "other"
names = ["zeta index"]
""",
    "analyses": """
from miner.meta.analysis.record import Record
from miner.meta.analysis.rows import Row

def halves(sample):
    high = int((sample.frame["estimate"] > 0.5).sum())
    return Row("", sample.k, "", "", "", f"{high} values are above one half.", numbers={"high": high})

RECORDS = (Record("halves", "Values above one half", "accuracies", halves, 45, "Values above one half were counted", "Nothing."),)
""",
    "panels": """
from miner.report.gallery.spec import PanelSpec
from miner.report.panels import Panel

def years(subject, options):
    return Panel("oldest", "The oldest papers", None, f"Seen with {options['most']} of {len(subject.data.effects)} effects.")

PANELS = (PanelSpec("oldest", years, "report", "the oldest papers", {"most": 3}),)
""",
    "exports": """
from miner.export.format import ExportFormat
from miner.export.records import read_references

def write(asked):
    references = read_references(asked.con, asked.query)
    asked.output.write_text("".join(f"{r.paper_id}\\n" for r in references))
    return f"{len(references)} lines"

FORMAT = ExportFormat("ids", "identifiers, one a line", write)
""",
}
ENTRY_POINTS = {
    "miner.sources": "outside.sources:SOURCE",
    "miner.readers": "outside.readers:READER",
    "miner.analyses": "outside.analyses:RECORDS",
    "miner.panels": "outside.panels:PANELS",
    "miner.exports": "outside.exports:FORMAT",
    "miner.rules": "outside.rules",
}
REPORT = 'title = "Ours"\nquestion = "What is oldest?"\npanels = ["oldest"]\n[options.oldest]\nmost = 7\n'


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a package of six files, as pip would lay it down."""
    site = tmp_path / "site"
    for name, text in FILES.items():
        path = site / "outside" / (name if name.endswith(".toml") else f"{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (site / "outside" / "__init__.py").write_text("")
    (site / "outside" / "rules" / "__init__.py").write_text("")
    info = site / "outside-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("".join(f"[{group}]\nours = {value}\n" for group, value in ENTRY_POINTS.items()))
    monkeypatch.syspath_prepend(str(site))
    for registry in REGISTRIES:
        registry.cache_clear()
    yield site
    monkeypatch.undo()
    for registry in REGISTRIES:
        registry.cache_clear()


@pytest.fixture(autouse=True)
def none_in_force() -> Iterator[None]:
    """Leave no workspace's plugins behind."""
    yield
    use_plugins(None)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Put the same files into a workspace."""
    place = miner.Workspace.create(tmp_path / "place").root
    for name, text in FILES.items():
        path = place / name if name.startswith("rules/") else place / "plugins" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


@pytest.fixture
def run(tmp_path: Path) -> Run:
    place = tmp_path / "place"

    def call(*arguments: str | Path, workspace: bool = True) -> str:
        workspace = workspace or (arguments[0] != "init" and (place / "plugins").is_dir())
        result = CliRunner().invoke(app, [*map(str, arguments), *(("--workspace", str(place)) if workspace else ())])
        assert result.exit_code == 0, result.output
        return result.output

    call("init", place, workspace=False)
    return call


@pytest.mark.parametrize("brought_by", ["package", "own"])
def test_each_part_is_found_and_used_by_the_command_line(brought_by: str, run: Run, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(brought_by)
    assert "ours" in run("harvest", "--list", workspace=False)
    assert "3 of 3 records: 3 new" in run("harvest", "ours", "--query", "sleep")
    lines = tmp_path / "some.lines"
    lines.write_text("#LINES\nWe studied 74 patients; the zeta index was 0.88.\n")
    run("import", lines)
    assert "zeta index" in run("rules", "vocabulary")
    run("extract")
    found = json.loads(run("sql", "SELECT paper_id, name, value FROM v_performance ORDER BY ALL", "--format", "json"))
    assert [(r["paper_id"], r["name"], r["value"]) for r in found] == [
        ("lines:0", "zeta_index", 0.88), ("ours:41", "zeta_index", 0.91), ("ours:52", "zeta_index", 0.92), ("ours:63", "zeta_index", 0.93),
    ]  # fmt: skip
    (tmp_path / "place" / "reports" / "ours.toml").write_text(REPORT)
    assert "oldest: the oldest papers (most = 3)" in run("report", "--list")
    page = Path(run("report", "ours", "-o", tmp_path / "out").strip().splitlines()[-1]).read_text()
    assert "Seen with 7 of 0 effects." in page
    assert "ids: identifiers, one a line" in run("export", "--list", workspace=False)
    assert "4 lines" in run("export", "ids", "-o", tmp_path / "ids.txt")
    assert (tmp_path / "ids.txt").read_text().split() == ["lines:0", "ours:41", "ours:52", "ours:63"]
    table = tmp_path / "studies.csv"
    table.write_text("estimate,n,year\n" + "".join(f"0.{60 + i},{50 + 10 * i},{2010 + i}\n" for i in range(12)))
    said = json.loads(run("meta", "analyse", "--from", table, "--json", workspace=False))
    assert next(r for r in said["rows"] if r["id"] == "halves")["words"] == "12 values are above one half."


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("published", [True, False])
def test_a_dry_run_takes_no_lock_and_writes_nothing(run: Run, tmp_path: Path, published: bool) -> None:
    place = tmp_path / "place"
    job = place / "jobs" / "ours.toml"
    job.write_text('name = "ours"\nquestion = "What is there?"\n[[harvest]]\nsource = "ours"\nquery = "sleep"\n')
    settings = find_workspace(place)
    if not published:
        settings.current.unlink()
    with writing(settings):
        before = {p: p.stat().st_mtime_ns for p in settings.data.rglob("*") if p.is_file()}
        assert "3 records" in run("run", job, "--dry-run", "--since", "2020")
        assert "3 records" in run("harvest", "ours", "--query", "sleep", "--dry-run", "--since", "2020-05")
        assert {p: p.stat().st_mtime_ns for p in settings.data.rglob("*") if p.is_file()} == before


def test_plugins_are_in_force_in_their_workspace_only(own: Path, tmp_path: Path) -> None:
    ours, other = miner.Workspace.open(own), miner.Workspace.create(tmp_path / "other")
    assert "ours" not in sources()
    with pytest.raises(UsageError, match="no source 'ours'"):
        other.plan_harvest("ours", "sleep")
    assert ours.plan_harvest("ours", "sleep")["reported"] == 3
    assert "ours" in sources()
    other.status()
    assert "ours" not in sources()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nowhere_at_all", "cannot be loaded: ModuleNotFoundError"),
        ("SOURCE = 1", "1 is no SourceSpec"),
        (FILES["sources"].replace('SourceSpec("ours"', 'SourceSpec("pubmed"'), "the name 'pubmed' is taken"),
    ],
)
def test_a_plugin_that_is_wrong_is_told_with_its_file_and_counts_once_mended(own: Path, text: str, told: str) -> None:
    ws, path = miner.Workspace.open(own), own / "plugins" / "sources.py"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told) as error:
        ws.plan_harvest("ours", "sleep")
    assert error.value.where == str(path)
    assert error.value.hint
    assert ws.status()["counts"]["papers"] == 0  # what asks for no source goes on
    path.write_text("from ._more import NOTHING\n" + FILES["sources"])
    path.with_name("_more.py").write_text("NOTHING = ()\n")
    assert ws.plan_harvest("ours", "sleep")["reported"] == 3


def test_without_the_package_none_of_them_is_there(run: Run, tmp_path: Path) -> None:
    for registry, name in ((sources, "ours"), (readers, "lines"), (records, "halves"), (panels, "oldest"), (formats, "ids")):
        assert name not in registry()
    result = CliRunner().invoke(app, ["export", "ids", "-o", str(tmp_path / "x"), "--workspace", str(tmp_path / "place")])
    assert result.exit_code != 0
