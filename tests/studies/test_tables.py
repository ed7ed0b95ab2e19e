from __future__ import annotations

import csv
from pathlib import Path

import pytest

from miner.errors import ConfigError, ParseError
from miner.resources import resource
from miner.studies.mapping import load_mapping, parse_mapping
from miner.studies.read import read_table
from miner.studies.rows import import_table, paper_key, rows_of

REVIEWS = ("sakai2019", "dallora2017", "wen2020", "arbabshirani2017", "gautam2020", "ansart2019")
MINIMAL = {"review": "doe", "origin": "Doe, 2020", "columns": {"reference": "Study", "estimate": "Acc", "n": "N", "year": "Year"}}


def _csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_html_cells_merged_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "t.html"
    path.write_text(
        """<table><tr><th rowspan=2>Study</th><th colspan=2>Accuracy</th></tr><tr><th>AD</th><th>MCI</th></tr>
        <tr><td rowspan=2>Doe 2019</td><td>0.9</td><td>0.7</td></tr><tr><td>0.8</td><td rowspan="9999999">NR</td></tr>
        <tr><td>Roe<br>2018</td><td colspan=x>0.6<table><tr><td>inner</td></tr></table></td></tr></table>""",
        encoding="utf-8",
    )
    table = read_table(path, header_rows=2)
    assert table.columns == ("Study", "Accuracy AD", "Accuracy MCI")
    assert table.rows[:2] == (("Doe 2019", "0.9", "0.7"), ("Doe 2019", "0.8", "NR"))
    assert table.rows[2][2] == "NR"


def test_spreadsheet_with_merged_cells(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    page = book.active
    for row in (["Study", "Acc"], ["Doe 2019", 0.9], [None, 0.8]):
        page.append(row)
    page.merge_cells("A2:A3")
    book.save(tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx").rows == (("Doe 2019", "0.9"), ("Doe 2019", "0.8"))
    with pytest.raises(ParseError, match="no sheet 'other'"):
        read_table(tmp_path / "t.xlsx", sheet="other")


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("t.xlsx", b"not a spreadsheet", "no spreadsheet"),
        ("t.html", b"<p>no table</p>", "0 tables"),
        ("t.html", b"", "no HTML"),
        ("t.csv", b"\xff\xfe\x00", "not UTF-8"),
        ("t.csv", b"Study,Acc\n", "no rows"),
        ("t.csv", b'a,b\n"x', "no CSV"),
        ("t.docx", b"", "not one of tables"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, content: bytes, word: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ParseError, match=word) as caught:
        read_table(tmp_path / name)
    assert caught.value.where == name


def test_columns_in_another_order_make_no_difference(tmp_path: Path) -> None:
    rows = rows_of(read_table(_csv(tmp_path, "N,Acc,Year,Study\n40,90%,2019,Doe\n")), parse_mapping(MINIMAL))
    assert (rows[0].estimate, rows[0].n, rows[0].year, rows[0].study) == (0.9, 40, 2019, "doe:doe")


def test_a_renamed_column_is_named(tmp_path: Path) -> None:
    path = _csv(tmp_path, "Study,Accuracy,N,Year\nDoe,90%,40,2019\n")
    with pytest.raises(ParseError, match=r"no column 'Acc'.*Accuracy"):
        import_table(path, parse_mapping(MINIMAL))


def test_shifted_columns_are_no_silent_success(tmp_path: Path) -> None:
    path = _csv(tmp_path, "Study,Acc,N,Year\n1,Doe,90%,40\n2,Roe,80%,20\n")
    with pytest.raises(ParseError, match=r"no row could be read.*moved"):
        import_table(path, parse_mapping(MINIMAL))


def test_unreadable_rows_stand_with_their_reason(tmp_path: Path) -> None:
    path = _csv(tmp_path, "Study,Acc,N,Year\nDoe,90%,40,2019\nRoe,NR,30,2018\nPoe,140%,30,2018\nMoe,80%,NR,2017\n")
    rows = import_table(path, parse_mapping(MINIMAL))
    assert [r.used for r in rows] == [True, False, False, True]
    assert [r.reason for r in rows] == [None, "no accuracy: 'NR'", "140% is above 100 %", "no sample size: 'NR'"]


def test_rules_on_rows(tmp_path: Path) -> None:
    mapping = parse_mapping(
        {
            **MINIMAL,
            "rows": {
                "keep": [{"column": "Kind", "equals": "Binary"}],
                "drop": [{"column": "Study", "starts_with": "X", "reason": "left out"}],
                "set_aside": [{"column": "Acc", "matches": "^9"}],
            },
        }
    )
    path = _csv(
        tmp_path, "Study,Acc,N,Year,Kind\nDoe,90%,40,2019,Binary\nRoe,80%,40,2019,Binary\nXoe,80%,1,2019,Binary\nMoe,70%,1,2019,Three\n"
    )
    rows = import_table(path, mapping)
    assert [(r.used, r.reason) for r in rows] == [
        (False, "Acc matches '^9'"),
        (True, None),
        (False, "left out"),
        (False, "Kind is 'Three'"),
    ]
    assert rows[0].estimate == 0.9


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"reviw": "x"}, "unknown key 'reviw'"),
        ({"tabel": {}}, r"unknown section \[tabel\]"),
        ({"columns": {"reference": "a", "estimate": "b", "accuracy": "c"}}, r"unknown key \[columns\] 'accuracy'"),
        ({"columns": {"reference": "a"}}, "must name"),
        ({"columns": {"reference": [], "estimate": "b"}}, "reference must be"),
        ({"table": {"header_rows": True}}, "right type"),
        ({"n": {"combine": "mean"}}, "combine"),
        ({"rows": {"keep": [{"column": "a"}]}}, "takes one of"),
        ({"rows": {"keep": [{"column": "a", "is": "b"}]}}, "unknown key"),
        ({"rows": {"drop": [{"column": "a", "matches": "("}]}}, "regular expression"),
        ({"origin": ""}, "'origin' is missing"),
    ],
)
def test_mappings_that_are_wrong(change: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        parse_mapping({**MINIMAL, **change})


def test_a_mapping_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text("review = ", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_mapping(path)


def test_the_same_paper_in_two_reviews_has_one_key() -> None:
    assert paper_key("Jane Q. Doe et al. (2011a)", 2011) == paper_key("Doe, J. et al. [4] 2011", 2011) == "doe2011"
    assert paper_key("Poe et Roe 2018", 2018) == "poe2018"


def test_the_papers_588_rows(shared: Path) -> None:
    rows = []
    for review in REVIEWS:
        mapping = load_mapping(resource("pipelines", "varoquaux2022", f"{review}.toml"))
        rows += import_table(shared / "varoquaux2022" / "review_tables" / str(mapping.file), mapping)
    with (shared / "reference" / "paper_studies.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))

    def line(r: dict[str, str]) -> tuple[object, ...]:
        number = [float(r[k]) if r[k] else None for k in ("acc", "subjects", "year")]
        return (r["origin"], int(r["source_row"]), r["reference"], r["task"] or None, *number)

    expected = [line(r) for r in listed if r["in_original"] == "True"]
    used = [r for r in rows if r.used]
    assert len(used) == 588
    assert [(r.origin, r.row, r.reference, r.task, r.estimate, r.n, r.year) for r in used] == [
        (*e[:4], pytest.approx(e[4]) if e[4] is not None else None, *e[5:]) for e in expected
    ]
    aside = [r for r in rows if not r.used and r.estimate is not None and "lost by" in (r.reason or "")]
    assert [(r.reference, r.estimate, r.n) for r in aside] == [("Proitsi et al. 2017 [44]", 0.71, 277)]
    assert all(r.reason for r in rows if not r.used or r.estimate is None)
    assert len({(r.file, r.row, r.item) for r in rows}) == len(rows)
