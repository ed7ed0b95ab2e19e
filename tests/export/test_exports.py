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

    entries = bibtexparser.loads(export("bibtex", "x.bib").read_text(encoding="utf-8")).entries
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
