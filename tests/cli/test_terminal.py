"""What every command says fits the terminal that shows it, is whole where none does, and a reader that leaves is no error."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
import typer

import miner
from miner.cli.common import talk
from miner.cli.main import app, main
from miner.export.grid import across
from miner.export.wrap import wrapped
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.write import upsert_papers
from miner.types import Paper
from tests.cli.test_output import on_a_terminal

WIDTHS = (40, 60, 80, 200)
LONG = "On the size of the samples on which classifiers of images of the brain are tested, and on what they are said to reach in other hospitals"
TEXT = "We enrolled 120 patients with gliomas of low grade at two hospitals. The network reached an accuracy of 91% in these patients."
# How each command is called; those that change something, or would ask a service, are called so that they say why they do not.
WORDS = {
    "backup": "--workspace nowhere",
    "counts": "alzheimer-mri",
    "demo": "notes.ris",
    "diff": "before.duckdb",
    "doctor": "",
    "export": "--list",
    "extract": "--engine none",
    "harvest": "--list",
    "import": "notes.ris --dry-run",
    "init": ". --query x",
    "init-mapping": "absent.csv",
    "jobs check": "",
    "jobs edit": "absent",
    "jobs list": "",
    "jobs new": "Why? --query nothing",
    "jobs remove": "alzheimer-mri",
    "jobs show": "alzheimer-mri",
    "link": "--split absent",
    "meta analyse": "--from studies.csv",
    "new": "--since 2000-01-01",
    "publish": "--workspace nowhere",
    "query": "",
    "report": "--list",
    "restore": "absent.tar.gz there",
    "review agreement": "",
    "review conflicts": "",
    "review decide": "absent accept",
    "review export": "-o x.doc",
    "review import": "absent.csv",
    "review list": "",
    "review screen": "absent include",
    "rules explain": f"'{TEXT}'",
    "rules list": "",
    "rules new": "9",
    "rules score": "absent.jsonl",
    "rules test": "study_type",
    "rules vocabulary": "",
    "run": "absent",
    "schedule install": "--workspace nowhere",
    "schedule remove": "--workspace nowhere",
    "schedule run": "--workspace nowhere",
    "schedule show": "",
    "search": "patients",
    "serve": "--workspace nowhere",
    "shell": "",
    "site": "--workspace nowhere",
    "sql": "'SELECT paper_id, title, abstract FROM v_paper'",
    "status": "",
    "summarise": "--workspace nowhere",
    "text": "absent.pdf",
    "why": "{}",
}
# Files that are copied as they stand: their lines are not folded.
VERBATIM = {"jobs show"}
CUT = {"review list", "sql"}


def commands(group=None, name=""):
    """Return the names of all commands that the parser knows."""
    group = group or typer.main.get_command(app)
    found = []
    for word, command in group.commands.items():
        path = f"{name} {word}".strip()
        found += commands(command, path) if hasattr(command, "commands") else [path]
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = miner.Workspace.create(tmp_path_factory.mktemp("t") / "w")
    papers = [
        Paper(f"pmid:{i}", "pubmed", LONG, TEXT, 2019 + i, pmid=str(i), venue="Journal of Long Names", doi=f"10.9999/x{i}") for i in (1, 2)
    ]
    with writing(made.settings) as con:
        publish(con, made.settings)
    (made.root / "before.duckdb").write_bytes(made.settings.current.resolve().read_bytes())
    with writing(made.settings) as con:
        upsert_papers(con, papers, "alzheimer-mri")
    made.extract()
    made.reviews.link(reviewer="Ann")
    effect = made.sql("SELECT effect_id FROM v_effect")["effect_id"][0]
    for who, action in (("Ann", "accept"), ("Bob", "reject")):
        made.review(effect, action, reviewer=who, note="The table on the second page says so, and so does the text below it.")
    job = (made.settings.jobs / "alzheimer-mri.toml").read_text()
    (made.settings.jobs / "alzheimer-mri.toml").write_text(f'schedule = "0 6 * * 1"\n{job}' if "schedule" not in job else job)
    (made.root / "notes.ris").write_text(f"TY  - JOUR\nTI  - {LONG}\nDO  - 10.9999/one\nER  - \n")
    (made.root / "studies.csv").write_text("estimate,n,year\n" + "".join(f"0.{95 - i},{40 + 30 * i},{2010 + i}\n" for i in range(9)))
    return made.root, effect


class Screen(io.TextIOWrapper):
    """A stream that says it is a terminal, or is not."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    def shown(self) -> str:
        return self.buffer.getvalue().decode()


@pytest.fixture
def call(place, monkeypatch):
    """Run a command in the workspace, on a terminal of some columns or none; return its exit code and all it says."""
    import shlex

    root, effect = place
    monkeypatch.chdir(root)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("MINER_WORKSPACE", raising=False)

    def run(name: str, width: int | None, more: str | None = None) -> tuple[int, str]:
        monkeypatch.setattr(talk, "workspace", None)
        monkeypatch.setenv("COLUMNS", str(width or 80))
        out, err = Screen(tty=width is not None), Screen(tty=width is not None)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT 1 AS n\n"))
        try:
            with pytest.raises(SystemExit) as ended:
                main([*name.split(), *shlex.split(WORDS[name].format(effect) if more is None else more)])
        finally:
            monkeypatch.undo()
            monkeypatch.chdir(root)
            monkeypatch.setenv("NO_COLOR", "1")
        return int(ended.value.code or 0), re.sub("\r|\x1b\\[K", "", out.shown() + err.shown())

    return run


def test_every_command_is_tried_here():
    assert sorted(commands()) == sorted(WORDS)


def too_long(text: str, width: int) -> list[str]:
    """Return the lines that go beyond the terminal though they could be broken: a path, an address or a command may."""
    return [
        line for line in text.splitlines()
        if across(line) > width and " " in line.strip() and not re.match(r"[\s(]*(\S*/)?(miner|cd|pip|crontab) ", line)
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(WORDS))
def test_what_a_command_says_fits_and_loses_no_word(call, name):
    code, whole = call(name, None)
    assert code in {0, 1, 2, 3}
    assert whole.strip()
    assert "Traceback" not in whole
    again, shown = call(name, 40)
    assert again == code
    for width in WIDTHS:
        if name not in VERBATIM | CUT:
            assert too_long(wrapped(whole, width), width) == []
    if name not in VERBATIM:
        assert too_long(shown, 40) == []
    if name in CUT:
        assert "to fit 40 columns" in " ".join(shown.split())
    else:
        assert shown.split() == whole.split()
    assert "\x1b[1m" not in shown  # NO_COLOR


@pytest.mark.parametrize("name", ["", *sorted({c.split()[0] for c in WORDS if " " in c}), *sorted(WORDS)])
def test_help_fits(call, name):
    code, shown = call(name, 40, "--help")
    assert code == 0
    assert too_long(shown, 40) == []


ASKED = ("search patients", "status", "rules list", "report --list", "query", "review conflicts")
SESSION = """
import fcntl, struct, sys, termios
from miner.cli.main import main
for width in (40, 60, 80, 200):
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    print(f"== {width}", flush=True)
    for words in sys.argv[1:]:
        try:
            main(words.split())
        except SystemExit as ended:
            assert not ended.code, words
print("== end", flush=True)
"""


def test_a_real_terminal_is_measured_each_time(place):
    shown = on_a_terminal(SESSION, *ASKED, cwd=place[0], NO_COLOR="1")
    parts = shown.split("== ")[1:-1]
    assert len(parts) == len(WIDTHS)
    for part in parts:
        width, _, text = part.partition("\n")
        assert too_long(text, int(width)) == []
        assert "inconsistent-counts" in text


GONE = """
import os, shlex, sys
from miner.cli.main import main
for words in sys.argv[1:]:
    out, into = os.pipe()
    told, said = os.pipe()
    if not (child := os.fork()):
        os.close(out)
        os.dup2(into, 1), os.dup2(said, 2), os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        main(shlex.split(words))
    os.close(out), os.close(into), os.close(said)
    with os.fdopen(told) as errors:
        text = errors.read()
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), "Traceback" in text or "Exception" in text or "BrokenPipe" in text, words)
"""


def test_a_reader_that_is_gone_is_no_error(place):
    asked = ("search patients", "status", "rules list", "query ", "shell ")
    done = subprocess.run([sys.executable, "-c", GONE, *asked], cwd=place[0], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"0 False {words}" for words in asked], done.stderr


def test_commands_to_paste_and_addresses_stay_whole():
    line = "nothing is here yet: miner jobs check 'my gout' --json says why; see https://example.org/a/very/long/address/of/a/page"
    lines = [x.strip() for x in wrapped(line, 30).splitlines()]
    assert "miner jobs check 'my gout' --json" in lines
    assert "https://example.org/a/very/long/address/of/a/page" in lines
    assert wrapped("数据" * 30, 40).splitlines()[0] == "数据" * 10


def test_quiet_and_verbose_stand_after_a_command_too(call, monkeypatch):
    assert "2 records" in call("search", None, "patients")[1]
    for more in ("patients -q", "--quiet patients"):
        assert "2 records" not in call("search", None, more)[1]
        assert talk.quiet
        monkeypatch.setattr(talk, "quiet", False)
    for name in commands():
        assert "No such option" not in call(name, None, "-v --help")[1]
    monkeypatch.setattr(talk, "verbose", False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("query|by-jurnal", "did you mean 'by-journal'?"),
        ("harvest|PubMd --query x", "did you mean 'pubmed'?"),
        ("export|biptex -o x", "did you mean 'bibtex'?"),
        ("run|alzheimer-mry", "did you mean 'alzheimer-mri'?"),
        ("report|acuracy-vs-sample-size", "did you mean 'accuracy-vs-sample-size'?"),
        ("report|-f hmtl", "did you mean 'html'?"),
        ("run|alzheimer-mri --from extrct", "did you mean 'extract'?"),
        ("new|--job alzheimer", "did you mean 'alzheimer-mri'?"),
        ("new|-f atm", "did you mean 'atom'?"),
        ("new|-o x.html", "known: .txt, .json, .md, .markdown, .atom, .xml"),
        ("sql|'SELECT 1' -f cvs", "did you mean 'csv'?"),
        ("import|x.csv --as studys", "did you mean 'studies'?"),
        ("text|x.pdf --section metods", "did you mean 'methods'?"),
        ("rules test|sample_sise", "did you mean 'sample_size'?"),
        ("meta analyse|--from effects-withot-n", "did you mean 'effects-without-n'?"),
        ("new|--since 2999-01-01", "2999-01-01 is in the future"),
        ("harvest|pubmed --query x --since 2999", "2999-01-01 is in the future"),
    ],
)  # fmt: skip
def test_a_name_that_is_nearly_right_is_told_the_right_one(call, words, told):
    name, more = words.split("|")
    code, said = call(name, None, more)
    assert code == 2
    assert told in said
