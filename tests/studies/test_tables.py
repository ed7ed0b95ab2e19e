from __future__ import annotations

import csv
import datetime as dt
import zipfile
from pathlib import Path

import pytest

from miner import check_studies, propose_mapping
from miner.errors import ConfigError, ParseError
from miner.resources import resource
from miner.studies.layout import Layout
from miner.studies.mapping import load_mapping, parse_mapping
from miner.studies.read import read_table
from miner.studies.rows import StudyRow, import_table, mapped_table, paper_key, read_rows

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
    table = read_table(path, Layout(header_rows=2))
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
        read_table(tmp_path / "t.xlsx", Layout(sheet="other"))


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("t.xlsx", b"not a spreadsheet", "no spreadsheet"),
        ("t.html", b"<p>no table</p>", "0 tables"),
        ("t.html", b"", "no HTML"),
        ("t.csv", b"\xff\xfe\x00", "not UTF-16"),
        ("t.csv", b"Study,Acc\nM\xfcller,0.9\n", "not UTF-8.*encoding"),
        ("t.ods", b"nothing", "no spreadsheet"),
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
    rows = read_rows(read_table(_csv(tmp_path, "N,Acc,Year,Study\n40,90%,2019,Doe\n")), parse_mapping(MINIMAL))
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


def _rows(path: Path, **sections: dict[str, object]) -> list[StudyRow]:
    return read_rows(mapped_table(path, mapping := parse_mapping({**MINIMAL, **sections})), mapping)


def test_text_files_as_others_write_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("Review of 2020;;;\n;;;\nStudy;N;Acc;Year\nMüller;1.234;0,915;2019\n".encode("cp1252"))
    (row,) = _rows(path, table={"encoding": "cp1252", "skip_rows": 1, "decimal": ","})
    assert (row.reference, row.n, row.estimate) == ("Müller", 1234, 0.915)
    path.write_text("Study\tN\tAcc\tYear\nMüller, A\t40\t91,5 %\t2019\n", encoding="utf-16")
    assert [(r.reference, r.n, r.estimate) for r in _rows(path)] == [("Müller, A", 40, 0.915)]
    path.write_text("Study|N|Acc|Year\nDoe\u2028Roe|40|0.9|2019\n", encoding="utf-8")
    assert [(r.reference, r.n) for r in _rows(path, table={"delimiter": "|"})] == [("Doe Roe", 40)]
    with pytest.raises(ParseError, match="no encoding 'cp9'"):
        _rows(path, table={"encoding": "cp9"})


def test_headings_within_a_table_are_no_studies(tmp_path: Path) -> None:
    text = "Study,Acc,N,Year\nImaging,,,\nDoe,0.9,40,2019\n,0.8,40,2019\nStudy,Acc,N,Year\nSpeech,Speech,Speech,Speech\nRoe,0.7,30,2018\n"
    rows = _rows(_csv(tmp_path, text), table={"fill_down": ["Study"]}, estimate={"optional": True})
    assert [(r.reference, r.estimate) for r in rows if r.used] == [("Doe", 0.9), ("Doe", 0.8), ("Roe", 0.7)]
    assert [r.reason for r in rows if not r.used] == ["a heading within the table"] * 3


def test_a_second_file_is_joined(tmp_path: Path) -> None:
    path = _csv(tmp_path, "Study,Acc,Year\nDoe,0.9,2019\nRoe,0.8,2018\n")
    (tmp_path / "sizes.csv").write_text("Study,N,Year\ndoe,40,x\n", encoding="utf-8")
    rows = _rows(path, join={"file": "sizes.csv", "on": "Study"})
    assert [(r.reference, r.n, r.year) for r in rows] == [("Doe", 40, 2019), ("Roe", None, 2018)]
    with pytest.raises(ParseError, match="no column 'Paper' to join on"):
        _rows(path, join={"file": "sizes.csv", "on": "Paper"})
    (tmp_path / "sizes.csv").write_text("Study,N\nDoe,40\nDoe,41\n", encoding="utf-8")
    with pytest.raises(ParseError, match="'Doe' stands twice"):
        _rows(path, join={"file": "sizes.csv", "on": "Study"})


def test_a_cell_of_several_metrics_is_split(tmp_path: Path) -> None:
    path = _csv(tmp_path, "Study,Acc,N,Year\nDoe,90%/80%,40,2019\nRoe,90%,40,2019\nPoe,NR,40,2019\n")
    rows = _rows(path, estimate={"split": "/", "metrics": ["sensitivity", "specificity"]})
    assert [(r.reference, r.metric, r.estimate) for r in rows if r.used] == [("Doe", "sensitivity", 0.9), ("Doe", "specificity", 0.8)]
    assert {r.reason for r in rows if r.reference == "Roe"} == {"no accuracy: '90%' has 1 parts, the mapping names 2"}
    assert {r.reason for r in rows if r.reference == "Poe"} == {"no accuracy: 'NR'"}
    tasks = _rows(path, estimate={"split": "/", "tasks": ["A vs B", "A vs C"]})
    assert [(r.task, r.estimate) for r in tasks if r.used] == [("A vs B", 0.9), ("A vs C", 0.8)]


def test_intervals_of_their_own_columns_are_on_the_scale_of_the_estimate(tmp_path: Path) -> None:
    path = _csv(tmp_path, "Study,Acc,N,Year,lo,hi,s\nDoe,90,40,2019,85,94%,2\nRoe,0.9,40,2019,0.95,0.99,x\nPoe,NR,40,2019,1,2,3\n")
    columns = {**MINIMAL["columns"], "ci_low": "lo", "ci_high": "hi", "sd": "s"}  # type: ignore[dict-item]
    rows = _rows(path, columns=columns)
    assert [(r.estimate, r.ci_low, r.ci_high, r.sd) for r in rows] == [
        (0.9, 0.85, 0.94, 0.02),
        (0.9, None, None, None),
        (None, None, None, None),
    ]
    assert rows[1].note == "the interval from 0.95 to 0.99 does not hold the value"


def test_spreadsheets_show_percentages_and_dates(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Study", "Acc", "N", "Year"], ["Doe", 1, dt.datetime(2020, 1, 30), 2019], ["Roe", 0.9, 40, 2018]):
        book.active.append(row)
    book.active["B2"].number_format = "0%"
    book.save(tmp_path / "t.xlsx")
    doe, roe = _rows(tmp_path / "t.xlsx")
    assert (doe.estimate, doe.n, "is a date" in (doe.reason or "")) == (1.0, None, True)
    assert (roe.estimate, roe.n) == (0.9, 40)


def _ods(path: Path, rows: str) -> Path:
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="one">{rows}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
    return path


def _ods_cell(value: object, more: str = "") -> str:
    kind = "float" if isinstance(value, float | int) else "percentage" if str(value).endswith("%") else "string"
    number = f' office:value="{value}"' if kind == "float" else ""
    return f'<table:table-cell office:value-type="{kind}"{number}{more}><text:p>{value}</text:p></table:table-cell>'


def test_opendocument_sheets(tmp_path: Path) -> None:
    down, hidden = ' table:number-rows-spanned="2"', "<table:covered-table-cell/>"
    empty = '<table:table-cell table:number-columns-repeated="16380"/>'
    rows = [
        "".join(map(_ods_cell, ("Study", "Acc", "N", "Year"))) + empty,
        _ods_cell("Doe", down) + "".join(map(_ods_cell, ("90%", 40, 2019))) + empty,
        hidden + "".join(map(_ods_cell, (0.8, 41, 2019))) + empty,
    ]
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    path = _ods(tmp_path / "t.ods", f'{body}<table:table-row table:number-rows-repeated="1048573">{empty}</table:table-row>')
    assert [(r.reference, r.estimate, r.n, r.year) for r in _rows(path)] == [("Doe", 0.9, 40, 2019), ("Doe", 0.8, 41, 2019)]
    with pytest.raises(ParseError, match=r"no sheet 'two'.*one"):
        _rows(path, table={"sheet": "two"})


def test_sheets_that_claim_a_billion_cells_are_refused_at_once(tmp_path: Path) -> None:
    wide = _ods_cell(1, ' table:number-columns-repeated="1000"')
    path = _ods(tmp_path / "t.ods", f'<table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row>')
    with pytest.raises(ParseError, match="too large"):
        read_table(path)
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active["A1"] = "Study"
    book.save(tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as good, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for name in good.namelist():
            ranges = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
            bad.writestr(name, good.read(name).replace(b"</sheetData>", ranges))
    with pytest.raises(ParseError, match="too large"):
        read_table(tmp_path / "bad.xlsx")
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 500_001, encoding="utf-8")
    with pytest.raises(ParseError, match="too large"):
        read_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"estimate": {"take": "mean"}}, r"\[estimate\] take must be one of"),
        ({"n": {"take": "mean"}}, r"\[n\] take must be one of"),
        ({"table": {"decimal": ";"}}, r"\[table\] decimal must be one of"),
        ({"table": {"decimal": ",", "thousands": ","}}, "the same sign"),
        ({"table": {"delimiter": "::"}}, "one character"),
        ({"estimate": {"split": "/"}}, "belong together"),
        ({"estimate": {"split": "/", "metrics": ["a", "b"], "tasks": ["c"]}}, "different number"),
        ({"join": {"file": "x.csv"}}, r"\[join\] needs"),
    ],
)
def test_words_of_a_mapping_that_are_wrong(change: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        parse_mapping({**MINIMAL, **change})


def test_the_invented_table_that_people_would_keep(shared: Path) -> None:
    """Every row of ../shared/cases/messy.csv comes out as messy_expected.csv says."""
    cases = shared / "cases"
    with (cases / "messy_expected.csv").open(encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    made = [c.to_dict() for c in check_studies(cases / "messy.csv", cases / "messy.toml")]
    for row, told in zip(made, expected, strict=True):
        numbers = {name: float(told[name]) if told[name] else None for name in ("n", "estimate", "ci_low", "ci_high", "sd")}
        assert {name: row[name] for name in ("Study", "reported", *numbers)} == {
            "Study": told["Study"],
            "reported": told["reported"],
            **numbers,
        }


def test_a_proposed_mapping_reads_its_table(tmp_path: Path) -> None:
    path = tmp_path / "Doe 2020.csv"
    path.write_text(
        "Table 1;;;;\nAuthors;Pub. year;No. of subjects;AUC;Accuracy (%)\nRoe et al.;2019;40;0,9;91,5\n;2018;1.200;0,8;88\n",
        encoding="utf-8",
    )
    proposed = propose_mapping(path)
    (tmp_path / "m.toml").write_text(proposed, encoding="utf-8")
    assert 'skip_rows = 1\ndelimiter = ";"' in proposed
    assert '# "AUC" holds auc' in proposed
    assert """# thousands = "."  # '1.200'""" in proposed
    rows = [c.row for c in check_studies(path, tmp_path / "m.toml")]
    assert [(r.reference, r.year, r.n, r.estimate) for r in rows] == [("Roe et al.", 2019, 40, 0.915), ("Roe et al.", 2018, None, 0.88)]


def test_proposals_say_what_is_to_be_decided(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Title,F1,Patients\nDoe,1,20-30\nRoe,0.9/0.8,40\nPoe,0.95,40\n", encoding="utf-8")
    proposed = propose_mapping(path)
    for line in (
        'metric = "f1"',
        'n = "Patients"',
        "percentage = false  # a bare 1",
        '# take = "midpoint"',
        "# no column tells the year",
        '# take = "low"',
    ):
        assert line in proposed
    path.write_text("Title,F1\nDoe,1\nRoe,0.9\nPoe,93\n", encoding="utf-8")
    assert "# percentage = true  # a bare 1" in propose_mapping(path)
    path.write_text("Title,Best\nDoe,1\n", encoding="utf-8")
    with pytest.raises(ParseError, match=r"no column is named as a metric is.*Title, Best"):
        propose_mapping(path)
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.create_sheet("two").append(["Study", "Acc"])
    book["two"].append(["Doe", 0.9])
    book.save(tmp_path / "t.xlsx")
    assert 'sheet = "two"' in propose_mapping(tmp_path / "t.xlsx", sheet="two")
    page = tmp_path / "t.html"
    page.write_text("<table><tr><td>x<tr><td>y</table><table><tr><th>Study<th>Acc<tr><td>Doe<td>0.9</table>", encoding="utf-8")
    assert "table = 1" in propose_mapping(page, table=1)
