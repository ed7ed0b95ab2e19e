"""What commands write: whole in files and pipes, in the format of the file's name; fitted to the terminal, and said so, on a screen."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys

import openpyxl
import pyarrow.parquet as pq
import pytest

import miner
from miner.cli.main import main
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.write import upsert_papers
from miner.types import Paper

LONG = "On the size of the samples on which classifiers of images of the brain are tested, and on what they are said to reach"
PAPERS = [
    Paper("pmid:1", "pubmed", LONG, "We scanned 40 patients.", 2019, pmid="1", venue="Journal of Long Names and of Longer Names Still"),
    Paper("pmid:2", "pubmed", "=1+1", "数据数据数据数据数据数据数据数据数据数据数据数据数据数据数据数据数据", 2020, pmid="2"),
]
ASKED = "SELECT paper_id, year, title, abstract, venue, source, repeat('x', 90) AS rest FROM v_paper ORDER BY 1"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = miner.Workspace.create(tmp_path_factory.mktemp("out put") / "w")
    with writing(made.settings) as con:
        upsert_papers(con, PAPERS, "x")
        publish(con, made.settings)
    return made.root


@pytest.fixture
def run(place, monkeypatch, capfdbinary):
    """Run the command line in the workspace; return its exit code, standard output and standard error."""
    monkeypatch.chdir(place)

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capfdbinary.readouterr()
        return int(ended.value.code or 0), said.out.decode(), said.err.decode()

    return call


def rows(path):
    """Return the titles in a written file."""
    text = path.read_bytes()
    match path.suffix:
        case ".csv" | ".tsv" | ".tab":
            table = list(csv.DictReader(io.StringIO(text.decode()), delimiter="," if path.suffix == ".csv" else "\t"))
        case ".json":
            table = json.loads(text)
        case ".jsonl" | ".ndjson" | ".nl":
            table = [json.loads(line) for line in text.splitlines()]
        case ".parquet" | ".pq":
            table = pq.read_table(path).to_pylist()
        case ".xlsx":
            head, *rest = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
            table = [dict(zip(head, row, strict=True)) for row in rest]
        case _:
            lines = [line.split(" | ") for line in text.decode().splitlines()]
            return [LONG if any(LONG in cell for cell in line) else "=1+1" for line in lines if any("=1+1" in c or LONG in c for c in line)]
    return [row["title"].removeprefix("'") for row in table]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".nl", ".parquet", ".pq", ".xlsx", ".md", ".txt"])
def test_a_file_has_the_format_that_its_name_says_and_is_whole(run, tmp_path, suffix):
    path = tmp_path / f"found{suffix}"
    code, out, err = run("sql", ASKED, "-o", str(path))
    assert (code, out, err.splitlines()[0]) == (0, "", f"2 rows written to {path}")
    assert rows(path) == [LONG, "=1+1"]


def test_a_named_query_is_written_as_the_name_says_too(run, tmp_path):
    path = tmp_path / "FOUND.CSV"
    assert run("query", "by-journal", PAPERS[0].venue, "-o", str(path)) == (0, "", f"1 row written to {path}\n")
    assert LONG in path.read_text()


def test_a_name_that_says_nothing_is_asked_about(run, tmp_path):
    code, _, err = run("sql", "SELECT 1", "-o", str(tmp_path / "found.cvs"))
    assert code == 2
    assert "did you mean '.csv'?" in err
    assert not (tmp_path / "found.cvs").exists()
    assert run("sql", "SELECT 1 AS n", "-o", str(tmp_path / "found.cvs"), "-f", "csv")[0] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("new", "-o", "x.csv"), "its name does not say"),
        (("diff", "data/current.duckdb", "-o", "x.xlsx"), "its name does not say"),
        (("export", "-o", "x.csv"), "name the format before it"),
        (("meta", "analyse", "--from", "SELECT 0.5 AS estimate, 40 AS n", "-o", "x.doc"), "its name does not say"),
        (("review", "export", "-o", "x.xlsx"), "the sheet is CSV"),
        (("why", "e1", "--image", "x.jpg"), "the picture is PNG"),
        (("report", "-o", "x.pdf"), "-o names a folder"),
        (("extract", "--input", "-", "-o", "x.csv"), "labels are JSON lines"),
        (("sql", "SELECT 1", "--csv", "--nl"), "two formats"),
        (("sql", "@absent.sql"), "absent.sql: cannot be read"),
    ],
)
def test_no_command_writes_another_format_than_the_name_says(run, place, words, told):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert not list(place.glob("x.*"))


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("export", "-o", "{}.ris"), "TY  - JOUR"),
        (("export", "-o", "{}.bib"), "@article"),
        (("export", "-o", "{}.json"), "[\n"),
        (("new", "--since", "2000-01-01", "-o", "{}.atom"), "<?xml"),
        (("new", "--since", "2000-01-01", "-o", "{}.json"), "{"),
        (("meta", "analyse", "--from", "SELECT 0.5 + i / 10 AS estimate, 40 + i AS n FROM range(4) t(i)", "-o", "{}.tsv"), "analysis\tid"),
    ],
)
def test_other_commands_follow_the_name_too(run, tmp_path, words, begins):
    target = str(tmp_path / "made")
    assert run(*(w.format(target) for w in words))[0] == 0
    assert next(tmp_path.glob("made*")).read_text().startswith(begins)


def test_what_is_piped_is_csv_and_whole(run):
    code, out, err = run("sql", ASKED)
    assert (code, err) == (0, "")
    assert [r["title"] for r in csv.DictReader(io.StringIO(out))] == [LONG, "=1+1"]
    assert run("query", "search-titles", "--param", "words=size")[1].splitlines()[0].startswith("paper_id,")


def test_a_file_guards_texts_that_are_formulas_and_says_so(run, tmp_path):
    asked = "SELECT unnest(['=1+1', '-5', '+1e3', '-x', 'plain']) AS t"
    target = tmp_path / "f.csv"
    told = run("sql", asked, "-o", str(target))[2]
    assert target.read_text().split() == ["t", "'=1+1", "-5", "+1e3", "'-x", "plain"]
    assert "2 texts that a spreadsheet would run" in told
    told = run("sql", asked, "-o", str(target), "--unguarded")[2]
    assert target.read_text().split() == run("sql", asked)[1].split() == ["t", "=1+1", "-5", "+1e3", "-x", "plain"]
    assert "apostrophe" not in told


def test_exports_and_analyses_say_how_many_texts_they_guarded(run, tmp_path):
    assert (
        run("export", "asreview", "-o", str(tmp_path / "x.csv"))[2]
        .rstrip()
        .endswith("; 1 text that a spreadsheet would run as a formula got an apostrophe in front")
    )
    assert "apostrophe" not in run("export", "asreview", "-o", str(tmp_path / "x.ris"))[2]


def test_a_table_that_is_asked_for_is_whole_where_nobody_looks(run):
    assert LONG in run("sql", ASKED, "-f", "table")[1]


def test_flags_and_files_of_sql_are_as_in_sqlite_utils(run, tmp_path):
    file = tmp_path / "my query.sql"
    file.write_text("\ufeffSELECT 1 AS n, 'é' AS t", encoding="utf-8")
    assert run("sql", f"@{file}", "--nl")[1] == '{"n": 1, "t": "é"}\n'
    assert run("sql", f"@{file}", "--tsv")[1] == "n\tt\n1\té\n"
    assert run("sql", f"@{file}", "--csv")[1] == "n,t\n1,é\n"
    assert run("query", "--nl")[1].startswith('{"name": ')


def test_a_spreadsheet_holds_texts_never_formulas_and_no_rounded_number(run, tmp_path):
    path = tmp_path / "x.xlsx"
    asked = """SELECT '=HYPERLINK("http://x","y")' AS a, '+1' AS b, 12345678901234567 AS c, 0.5 AS d, NULL AS e, [1, 2] AS f, chr(7) || 'bell' AS g, TRUE AS h"""
    assert run("sql", asked, "-o", str(path))[0] == 0
    cells = next(openpyxl.load_workbook(path).active.iter_rows(min_row=2))
    assert [c.value for c in cells] == ['=HYPERLINK("http://x","y")', "+1", "12345678901234567", 0.5, None, "[1, 2]", "\ufffdbell", True]
    assert {c.data_type for c in cells[:3]} == {"s"}
    code, _, err = run("sql", "SELECT repeat('x', 40000) AS wide", "-o", str(path))
    assert code == 2
    assert "a text in column wide has 40,000 letters" in err


SESSION = """
import fcntl, os, struct, sys, termios
from miner.cli.main import main
for width in (40, 60, 80, 200):
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    print(f"== {width}", flush=True)
    if width == 200:
        del os.environ["NO_COLOR"]
    for words in (["sql", sys.argv[1]], ["sql", "SELECT 1234.5 AS n, 'short' AS t"], ["search", "patients"]):
        try:
            main(words)
        except SystemExit as ended:
            assert not ended.code
print("== end", flush=True)
"""


def on_a_terminal(script: str, *arguments: str, cwd, **environment: str) -> str:
    """Run a script with a terminal for its input and output; return what stood there."""
    parent, child = pty.openpty()
    env = {k: v for k, v in os.environ.items() if not k.startswith("MINER_") and k not in {"COLUMNS", "NO_COLOR"}}
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments], stdin=child, stdout=child, stderr=child, cwd=cwd, env=env | environment
    ) as process:
        os.close(child)
        shown = b""
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            shown += part
        os.close(parent)
    assert process.returncode == 0, shown.decode()
    return shown.decode().replace("\r\n", "\n")


def test_a_table_fits_its_terminal_and_says_what_it_cut(place):
    from miner.export.grid import across

    shown = on_a_terminal(SESSION, ASKED, cwd=place, NO_COLOR="1")
    parts = shown.split("== ")[1:]
    for part in parts[:-1]:
        width, _, text = part.partition("\n")
        table = text[: text.index("pmid:1  2019  On the size", text.index("1234.5"))]
        assert max(map(across, table.splitlines())) <= int(width), table
        words = " ".join(table.split())
        assert f"fit {width} columns: -f csv or -o FILE gives all)" in words
        assert ("left out" in words) == (width in {"40", "60"})
        assert "(1 row)" in words  # what fits is not said to be cut
        assert "1234.5" in words
        assert ("\x1b[1m" in text) == (width == "200")  # where NO_COLOR is not set


def test_a_reader_that_leaves_is_no_error(place):
    command = f"{sys.executable} -c 'from miner.cli.main import main; main()'"
    script = f"""set -o pipefail
{command} sql 'SELECT range AS n FROM range(300000)' | head -1
echo $?
{command} query --nl | true
echo $?
{command} --help | true
echo $?"""
    done = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["n", "0", "0", "0"], "")
