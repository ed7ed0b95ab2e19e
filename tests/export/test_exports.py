"""Exports are read back by the programs that they are for."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
import zipfile

import duckdb
import pytest

from miner.cli.main import app
from tests.export.conftest import PAPERS

IDS = sorted(p.paper_id for p in PAPERS)


@pytest.fixture
def export(read_only_place, tmp_path):
    from typer.testing import CliRunner

    def run(form, name, *more):
        target = tmp_path / name
        result = CliRunner().invoke(app, ["export", form, "--workspace", str(read_only_place.root), "-o", str(target), *more])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0
        return target

    return run


def test_ris_is_read_back_by_rispy(export):
    import rispy

    entries = {e["id"]: e for e in rispy.loads(export("ris", "x.ris").read_text(encoding="utf-8"))}
    assert sorted(entries) == IDS
    one = entries["pmid:1"]
    assert one["title"] == PAPERS[0].title
    assert one["authors"] == ["Müller, Ada", "The Dementia Group"]
    assert (one["doi"], one["year"], one["keywords"]) == ("10.1000/one", "2020", ["Dementia", "Machine Learning"])
    assert entries["arxiv:2001.00002"]["type_of_reference"] == "UNPB"
    assert entries["arxiv:2001.00002"]["authors"] == ["Dijk, Bo van"]


def test_bibtex_is_read_back_by_bibtexparser(export):
    import bibtexparser

    library = bibtexparser.parse_string(export("bibtex", "x.bib").read_text(encoding="utf-8"))
    assert not library.failed_blocks
    entries = [{"ID": e.key} | {f.key: f.value for f in e.fields} for e in library.entries]
    assert len(entries) == len(PAPERS)
    keys = [e["ID"] for e in entries]
    assert len(set(keys)) == len(keys)
    assert {"Muller2020", "Muller2019", "Anonymousnd"} <= set(keys)
    one = next(e for e in entries if e.get("pmid") == "1")
    assert r"100\% of \{braces\} \_under\_" in one["title"]
    assert one["author"] == "Müller, Ada and {The Dementia Group}"


def test_csl_json_is_read_back_by_a_citation_processor(export):
    from citeproc.source.json import CiteProcJSON

    items = json.loads(export("csl-json", "x.json").read_text(encoding="utf-8"))
    bibliography = CiteProcJSON(items)
    assert sorted(bibliography) == IDS
    assert str(bibliography["pmid:1"]["title"]) == PAPERS[0].title
    one = next(i for i in items if i["id"] == "pmid:1")
    assert one["issued"] == {"date-parts": [[2020, 3, 5]]}
    assert one["author"] == [{"family": "Müller", "given": "Ada"}, {"literal": "The Dementia Group"}]
    # csl-data.json allows a list of types; these two are in it.
    assert {i["type"] for i in items} == {"article", "article-journal"}


def test_csv_cells_are_no_formulas(export):
    rows = list(csv.DictReader(io.StringIO(export("asreview", "x.csv").read_text(encoding="utf-8"))))
    by_id = {r["record_id"]: r for r in rows}
    assert by_id["pmid:1"]["title"].startswith("'=HYPERLINK")
    assert by_id["pmid:3"]["title"].startswith("'+1")
    assert all(r["included"] == "" for r in rows)
    for cell in (c for r in rows for c in r.values()):
        assert not cell.startswith(("=", "+", "-", "@"))


def test_a_query_chooses_what_is_exported(export):
    text = export("ris", "x.ris", "--from", "select paper_id from v_paper where doi = '10.1000/one'").read_text(encoding="utf-8")
    assert text.count("TY  -") == 1


def test_the_metafor_csv_has_the_logits_and_leaves_retracted_papers_out(export):
    target = export("metafor", "effects.csv")
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
    one = next(r for r in rows if r["study_id"] == "pmid:1")
    assert (one["xi"], one["ni"]) == ("110", "120")
    assert float(one["yi"]) == pytest.approx(2.3978952727983707)
    assert float(one["vi"]) == pytest.approx(1 / 110 + 1 / 10)
    assert "pmid:5" not in {r["study_id"] for r in rows}


def test_the_script_runs_in_r(export):
    if (
        shutil.which("Rscript") is None
        or subprocess.run(["Rscript", "-e", "library(metafor)"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no R with metafor on this machine (apt install r-cran-metafor)")
    script = export("metafor", "effects.csv").with_suffix(".R")
    done = subprocess.run(["Rscript", script.name], cwd=script.parent, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "4 effects of 4 studies" in done.stdout
    assert "Regression Test for Funnel Plot Asymmetry" in done.stdout


@pytest.mark.parametrize("name", ["package", "package.zip"])
def test_a_data_package_has_checksums_and_a_description_for_every_column(export, name):
    target = export("datapackage", name)
    if target.suffix == ".zip":
        with zipfile.ZipFile(target) as archive:
            files = {n: archive.read(n) for n in archive.namelist()}
    else:
        files = {p.relative_to(target).as_posix(): p.read_bytes() for p in target.rglob("*") if p.is_file()}
    package = json.loads(files["datapackage.json"])
    for resource in package["resources"]:
        data = files[resource["path"]]
        assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
        assert resource["bytes"] == len(data)
        head = next(csv.reader(io.StringIO(data.decode())))
        assert [f["name"] for f in resource["schema"]["fields"]] == head
        assert all(f["description"] for f in resource["schema"]["fields"])


def test_the_same_snapshot_gives_the_same_package(export):
    assert export("datapackage", "a.zip").read_bytes() == export("datapackage", "b.zip").read_bytes()


def test_when_a_row_came_stands_in_no_file_that_is_promised_to_be_the_same(export):
    columns = {name for name, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM '{export('parquet', 'x.parquet')}'").fetchall()}
    assert "estimate" in columns
    assert "first_seen" not in columns
    with zipfile.ZipFile(export("datapackage", "a.zip")) as archive:
        assert not [name for name in archive.namelist() if b"first_seen" in archive.read(name)]


def test_parquet_and_a_database_for_older_readers(export):
    rows = duckdb.sql(f"SELECT count(*) FROM '{export('parquet', 'x.parquet')}'").fetchall()[0]
    target = export("duckdb", "old.duckdb")
    with duckdb.connect(str(target), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM v_effect").fetchone() == rows
        tags = con.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'old'").fetchone()
    assert "v1.0.0" in str(tags)


def test_an_unknown_format_and_a_place_that_cannot_be_written(read_only_place, tmp_path):
    from miner.cli.export import export as command
    from miner.errors import ExportError, UsageError

    with pytest.raises(UsageError, match="no format 'docx'"):
        command("docx", tmp_path / "x", None, read_only_place.root)
    with pytest.raises(ExportError, match="cannot be written"):
        command("ris", tmp_path / "nowhere" / "x.ris", None, read_only_place.root)


def metafor_rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


AUCS = """SELECT * FROM (VALUES ('e1', 'pmid:1', 'accuracy', NULL, 0.9, 100, 'total', NULL, NULL), ('e2', 'pmid:2', 'accuracy', NULL, 0.8, 50, 'test', NULL, NULL),
    ('e3', 'pmid:1', 'auc', NULL, 0.93, 100, 'total', 0.88, 0.96), ('e4', 'pmid:2', 'auc', NULL, 0.85, 50, 'test', NULL, NULL),
    ('e5', 'pmid:1', 'kappa', NULL, 0.7, 100, 'total', NULL, NULL), ('e6', 'pmid:1', 'sensitivity', NULL, 0.8, 100, 'total', NULL, NULL),
    ('e7', 'pmid:2', 'sensitivity', NULL, 0.9, 30, 'group', NULL, NULL), ('e8', 'pmid:3', 'other', 'brier', 0.2, 30, 'total', NULL, NULL))
    AS t(effect_id, study_id, metric, name, estimate, n, n_role, ci_low, ci_high)"""


def test_metrics_are_never_in_one_file(export, capfd):
    target = export("metafor", "all.csv", "--from", AUCS)
    assert not target.exists()
    rows = {m: metafor_rows(target.with_name(f"all-{m}.csv")) for m in ("accuracy", "auc", "sensitivity", "kappa", "brier")}
    assert [(r["xi"], r["ni"]) for r in rows["accuracy"]] == [("90", "100"), ("40", "50")]
    assert [(r["effect_id"], r["xi"], r["ni"]) for r in rows["auc"]] == [("e3", "", "")]
    assert float(rows["auc"][0]["vi"]) > 0
    assert [(r["effect_id"], r["xi"], r["ni"]) for r in rows["sensitivity"]] == [("e7", "27", "30")]
    assert (rows["kappa"], rows["brier"]) == ([], [])


def test_one_metric_is_asked_for(export):
    rows = metafor_rows(export("metafor", "one.csv", "--from", AUCS, "--metric", "auc"))
    assert {r["metric"] for r in rows} == {"auc"}
    assert {r["metric"] for r in metafor_rows(export("metafor", "some.csv"))} == {"accuracy"}


def test_what_is_left_out_is_counted_with_its_reason(read_only_place, tmp_path):
    from typer.testing import CliRunner

    result = CliRunner().invoke(
        app, ["export", "metafor", "--workspace", str(read_only_place.root), "-o", str(tmp_path / "x.csv"), "--from", AUCS]
    )
    said = " ".join(result.output.split())
    assert "1 effect (auc) written to" in said
    assert "1 left out: there is no interval, and not the size of both classes" in said
    assert "1 left out: n is not the number of positives, and there is no interval" in said
    refused = CliRunner().invoke(
        app,
        ["export", "metafor", "--workspace", str(read_only_place.root), "-o", str(tmp_path / "y.csv"), "--from", AUCS, "--metric", "dice"],
    )
    assert refused.exit_code != 0


def r(*arguments, folder):
    if (
        shutil.which("Rscript") is None
        or subprocess.run(["Rscript", "-e", "library(metafor)"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no R with metafor on this machine (apt install r-cran-metafor)")
    return subprocess.run(["Rscript", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_the_script_stops_at_several_metrics(export):
    target = export("metafor", "one.csv")
    text = target.read_text(encoding="utf-8").splitlines()
    target.write_text("\n".join([*text, text[1].replace("accuracy", "kappa")]) + "\n", encoding="utf-8")
    done = r("one.R", folder=target.parent)
    assert done.returncode != 0
    assert "several metrics, which are never pooled: accuracy, kappa" in done.stderr


def test_the_script_holds_year_and_task_as_miner_does(export):
    import numpy as np
    import pandas as pd

    from miner import meta

    rng = np.random.default_rng(4)
    n = rng.integers(50, 800, 30)
    values = ", ".join(
        f"('e{i}', 's{i}', 'accuracy', {float(rng.binomial(size, 0.85 - 0.1 * (i % 2)) / size)!r}, {size}, {2010 + i % 7}, '{'ab'[i % 2]}')"
        for i, size in enumerate(n)
    )
    query = f"SELECT * FROM (VALUES {values}) AS t(effect_id, study_id, metric, estimate, n, year, task)"
    target = export("metafor", "held.csv", "--from", query)
    done = r("held.R", folder=target.parent)
    assert done.returncode == 0, done.stderr
    row = meta.analyse_table(pd.read_csv(target)[["estimate", "n", "year", "task", "study_id"]]).primary
    if "log10_n" in done.stdout and "glmer" in done.stdout.lower() + done.stderr.lower():
        slope = float(next(line for line in done.stdout.splitlines() if line.startswith("log10_n")).split()[1])
        assert slope == pytest.approx(row.numbers["beta"], abs=0.02)
    assert "taskb" in done.stdout
    assert "year" in done.stdout
