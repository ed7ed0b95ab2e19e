"""``miner meta analyse``: tables in, figures, JSON and sentences out; what is wrong is said without a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from miner.cli.main import main
from miner.config import init_workspace
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.meta.analysis.tabular import analyse_table
from miner.store.effects import replace_effects
from miner.types import Effect

CSV = "yi,vi,study_id\n0.1,0.03,a\n0.3,0.03,a\n0.35,0.05,b\n0.65,0.01,b\n0.45,0.05,c\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "effects.csv"
    path.write_text(CSV)
    return path


def run(*arguments: str, code: int = 0) -> None:
    if code:
        with pytest.raises(SystemExit) as stop:
            main(["meta", "analyse", *arguments])
        assert stop.value.code == code
        return
    with pytest.raises(SystemExit) as stop:
        main(["meta", "analyse", *arguments])
    assert not stop.value.code


def test_json_has_every_line_with_its_numbers(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--from", str(table), "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "effects"
    assert found["rows"][0]["numbers"]["estimate"] == pytest.approx(0.377, abs=0.02)
    assert {"adjusted", "id", "name", "k", "estimate", "interval", "p", "words", "warnings", "numbers"} == set(found["rows"][0])
    assert "effect-egger" not in [r["id"] for r in found["rows"]]


def test_what_cannot_be_computed_says_why_and_prints_no_nan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "affirmative.csv"
    table.write_text("yi,vi\n" + "".join(f"{2 + i / 20},0.02\n" for i in range(12)))
    run("--from", str(table))
    said = capsys.readouterr().out
    assert "Not computed: every effect is affirmative" in said
    assert "nan" not in said


def test_egger_on_request(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--from", str(table), "--egger")
    assert "Egger" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("form", "start"), [("csv", "analysis,id,k"), ("md", "|"), ("jsonl", '{"analysis"'), ("text", "Methods. "), ("table", "! Only 5")]
)
def test_formats(table: Path, tmp_path: Path, form: str, start: str) -> None:
    output = tmp_path / "out"
    run("--from", str(table), "-f", form, "-o", str(output))
    assert output.read_text().startswith(start)


def test_standard_input(table: Path) -> None:
    command = [sys.executable, "-c", "from miner.cli.main import main; main()", "meta", "analyse", "--from", "-", "--json"]
    done = subprocess.run(command, input=table.read_text(), capture_output=True, text=True, env=os.environ, check=True)
    assert json.loads(done.stdout)["kind"] == "effects"


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (None, 2, "cannot be read"),
        ("", 2, "not a CSV file"),
        ("a,b\n1,2\n", 1, "no columns yi, vi"),
        ("yi,vi\n1,x\n", 1, "vi of row 1 is 'x'"),
        ("estimate,n\n94.2,100\n95,80\n", 1, "divide percentages by 100"),
        ("yi,vi\n", 1, "no row has both"),
    ],
)
def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, code: int, says: str) -> None:
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_text(content)
    run("--from", str(path), code=code)
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


def test_bad_options(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("--from", str(table), "-f", "xls", code=2)
    run("--from", "no-such-query", code=2)
    run("--from", str(table), "-o", str(table.parent / "no" / "where"), "-f", "json", code=2)
    assert "miner query lists the names" in capsys.readouterr().err


def test_a_query_on_the_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    place = init_workspace(tmp_path)
    with writing(place) as con:
        publish(con, place)
    monkeypatch.setenv("MINER_WORKSPACE", str(tmp_path))
    run("--from", "select i / 10.0 as yi, 0.02 + i / 100.0 as vi from range(1, 9) t(i)", "--json")
    assert json.loads(capsys.readouterr().out)["rows"][0]["k"] == 8
    run("--from", "select estimate, n, year, study_id from v_effect", code=1)
    assert "no row has both estimate and n" in capsys.readouterr().err


def _effect(number: int, target: str) -> Effect:
    key = f"diagnosis: {target}"
    return Effect(
        f"e{number}", f"s{number}", "extracted", "accuracy", 0.7 + number % 7 / 40, None, key, 40 + 9 * number, "participant", "test", 2010 + number % 9,
        decided="d", question="diagnosis", target=target, pool_key=key, pool_condition=key,
    )  # fmt: skip


def test_values_are_grouped_by_pool_and_the_methods_say_at_which_level(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three tasks of four studies are one pool, the question; without the column of pools they are three tasks."""
    effects = [_effect(k, "gout") for k in range(10)] + [_effect(10 + k, ("flu", "sepsis", "stroke")[k % 3]) for k in range(12)]
    place = init_workspace(tmp_path)
    with writing(place) as con:
        replace_effects(con, [(None, e) for e in effects], "extracted")
        publish(con, place)
    monkeypatch.setenv("MINER_WORKSPACE", str(tmp_path))
    run("--from", "select * from v_effect", "-f", "text")
    methods = " ".join(capsys.readouterr().out.split())
    assert "Effects were grouped by 2 pools, which are the tasks of the models" in methods
    assert "the finest level at which at least ten studies report the metric" in methods
    assert "Levels used: what was asked of what (1 pool), question alone (1 pool)." in methods
    run("--from", "select * exclude (pool) from v_effect", "-f", "text")
    assert "Effects were grouped by 4 tasks." in capsys.readouterr().out
    run("--from", "select estimate, n, year, study_id, 'one' as pool from v_effect", "-f", "text")
    assert "Effects were grouped by 1 pool that the table names" in capsys.readouterr().out


def test_gaps_of_pools_are_filled_by_tasks() -> None:
    table = pd.DataFrame({"yi": [0.1, 0.3, 0.5, 0.2, 0.4, 0.3], "vi": 0.02, "pool": [*"aaa", None, None, None], "task": [*"xyzbbb"]})
    assert sorted(analyse_table(table).sample.frame["task"]) == [*"aaabbb"]
    assert sorted(analyse_table(table.assign(pool=None)).sample.frame["task"]) == [*"bbbxyz"]
