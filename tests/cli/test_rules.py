"""What rule authors need: list, new, test, explain, score; rules of a workspace and of packages; and what a changed rule runs over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from miner.cli.main import main
from miner.config import Workspace, init_workspace
from miner.extract.rule import load_rules
from miner.jobs.extracting.extract import extract_pending
from miner.jobs.lock import writing
from miner.store.write import upsert_papers
from miner.types import Paper

RULE = """id = "tesla"
version = "1.0.0"
kind = "tesla"
examples = ["a field of <ent value=3>3</ent> tesla", "after 3 years"]
[[pattern]]
name = "number tesla"
match = [{ LIKE_NUM = true }, { LOWER = "tesla" }]
[[suppress]]
name = "a car"
match = [{ LIKE_NUM = true }, { LOWER = "tesla" }, { LOWER = "cars" }]
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return what runs a command in this process: exit code, standard output, standard error."""
    monkeypatch.delenv("MINER_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main(list(arguments))
        printed = capsys.readouterr()
        return int(caught.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    place = init_workspace(tmp_path / "ws")
    monkeypatch.chdir(place.root)
    return place


def write_rule(folder: Path, text: str = RULE) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rule.toml").write_text(text, encoding="utf-8")


def test_a_new_rule_has_one_example_that_fails(run: Run, workspace: Workspace) -> None:
    assert run("rules", "new", "field")[0] == 0
    code, out, _ = run("rules", "test", "field")
    assert code == 1
    assert "2 of 3 examples pass" in out
    assert "'7' was not found" in out


@pytest.mark.parametrize("name", ["Field", "1field", "../field", "a b", ""])
def test_a_new_rule_needs_a_proper_name(run: Run, workspace: Workspace, name: str) -> None:
    code, _, err = run("rules", "new", name)
    assert code != 0
    assert "Traceback" not in err
    assert list(workspace.rules.iterdir()) == []


def test_a_rule_that_is_there_is_not_overwritten(run: Run, workspace: Workspace) -> None:
    write_rule(workspace.rules / "tesla")
    code, _, err = run("rules", "new", "tesla")
    assert code != 0
    assert "there already" in err
    assert (workspace.rules / "tesla" / "rule.toml").read_text() == RULE


def test_list_shows_the_rules_of_the_workspace_beside_the_built_in_ones(run: Run, workspace: Workspace) -> None:
    write_rule(workspace.rules / "tesla")
    rows = {r["id"]: r for r in json.loads(run("rules", "list", "--json")[1])}
    assert {"tesla", "sample_size", "performance"} <= set(rows)
    assert (rows["tesla"]["version"], rows["tesla"]["examples"]) == ("1.0.0", 2)


def test_extraction_from_lines_takes_up_the_workspaces_rules(run: Run, workspace: Workspace) -> None:
    write_rule(workspace.rules / "tesla")
    (workspace.root / "in.jsonl").write_text('{"id": 1, "text": "At 3 tesla."}\n')
    assert run("extract", "--input", "in.jsonl", "--output", "out.jsonl")[0] == 0
    [label] = json.loads((workspace.root / "out.jsonl").read_text())["labels"]
    assert (label["kind"], label["value"], label["rule"], label["rule_version"]) == ("tesla", 3, "tesla", "1.0.0")


def test_explain_tells_screen_trigger_pattern_value_and_what_suppressed(run: Run, tmp_path: Path) -> None:
    write_rule(tmp_path / "my" / "tesla")
    text = "At 3 tesla we saw 4 tesla cars. Nothing here."
    code, out, _ = run("rules", "explain", text, "--rules", "my", "--rule", "tesla")
    assert code == 0
    for part in ("stops here", "triggers 'tesla'", "pattern 'number tesla' matches '3 tesla'", "= 3", "suppressed: a car", "labels: 1"):
        assert part in out
    told = json.loads(run("rules", "explain", text, "--rules", "my", "--rule", "tesla", "--json")[1])
    assert [x["value"] for x in told["labels"]] == [3]
    assert [c["suppressed"] for c in told["sentences"][0]["rules"][0]["candidates"]] == [None, "a car"]
    assert [s["screen"]["passes"] for s in told["sentences"]] == [True, False]


def test_score_prints_what_the_gold_says(run: Run, tmp_path: Path) -> None:
    labels = [{"kind": "sample_size", "start": 11, "end": 13, "value": 40, "unit": "participant", "role": "total", "own": True}]
    (tmp_path / "gold.jsonl").write_text(json.dumps({"id": "g", "text": "We scanned 40 women.", "labels": labels}) + "\n")
    told = json.loads(run("rules", "score", "gold.jsonl")[1])
    assert told["records"] == 1
    assert told["sample_size"]["found"]["f1"] == told["sample_size"]["unit"] == told["sample_size"]["role"] == 1.0


@pytest.mark.slow
def test_score_is_that_of_the_gold_sets_own_scorer(run: Run, shared: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    gold = shared / "gold" / "dev.jsonl"
    told = json.loads(run("rules", "score", str(gold))[1])
    assert run("extract", "--input", str(gold), "--output", "out.jsonl")[0] == 0
    theirs = subprocess.run([sys.executable, gold.with_name("score.py"), gold, tmp_path / "out.jsonl"], capture_output=True, check=True)
    assert told == json.loads(theirs.stdout)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("rules", "test", "zebra"), "no rule zebra"),
        (("rules", "explain", "x", "--rule", "zebra"), "no rule zebra"),
        (("rules", "score", "missing.jsonl"), "cannot be read"),
        (("rules", "list", "--rules", "nowhere"), "no rule in this folder"),
        (("rules", "new", "field"), "workspace"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(run: Run, arguments: tuple[str, ...], complaint: str) -> None:
    code, _, err = run(*arguments)
    assert code in {1, 2}
    assert complaint in err
    assert "Traceback" not in err


def test_a_package_brings_rules_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rule(tmp_path / "site" / "rules_of_ours" / "tesla")
    (tmp_path / "site" / "rules_of_ours" / "__init__.py").write_text("")
    info = tmp_path / "site" / "rules_of_ours-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rules-of-ours\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[miner.rules]\nours = rules_of_ours\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert "tesla" in [r.id for r in load_rules()]
    assert "tesla" not in [r.id for r in load_rules(built_in=False)]


class Reads:
    """Counts how many documents each rule reads, by asking the store which passes are new."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.known: set[Any] = set()

    def __call__(self) -> dict[str, int]:
        with writing(self.workspace) as con:
            extract_pending(con, self.workspace, lambda _: None)
            rows = set(con.execute("SELECT rule_id, document_id, rule_sha256, document_sha256 FROM extraction_pass").fetchall())
        new = rows - self.known
        self.known = rows
        return {rule: sum(r[0] == rule for r in new) for rule in {r[0] for r in new}}


def values(workspace: Workspace) -> list[tuple[float, str]]:
    with writing(workspace) as con:
        return con.execute("SELECT value::DOUBLE, rule_version FROM v_label WHERE kind = 'tesla' ORDER BY 1").fetchall()


def test_a_changed_rule_runs_again_and_alone_and_new_papers_are_all_that_others_read(workspace: Workspace) -> None:
    reads = Reads(workspace)
    papers = [Paper(f"pmid:{i}", "pubmed", f"Scans {i}", f"At {i} tesla we saw 12 women.", 2020) for i in (1, 3, 7)]
    with writing(workspace) as con:
        upsert_papers(con, papers, "job")
    first = reads()
    assert first["sample_size"] == 3
    assert "tesla" not in first
    assert reads() == {}
    write_rule(workspace.rules / "tesla")
    assert reads() == {"tesla": 3}
    assert values(workspace) == [(1, "1.0.0"), (3, "1.0.0"), (7, "1.0.0")]
    write_rule(
        workspace.rules / "tesla",
        RULE.replace('"1.0.0"', '"1.1.0"').replace("LIKE_NUM = true }", "LIKE_NUM = true, TEXT = { NOT_IN = ['1'] } }", 1),
    )
    assert reads() == {"tesla": 3}
    assert values(workspace) == [(3, "1.1.0"), (7, "1.1.0")]
    with writing(workspace) as con:
        upsert_papers(con, [Paper("pmid:9", "pubmed", "Scans 9", "At 9 tesla.", 2021)], "job")
    assert set(reads().values()) == {1}
