"""The commands of the tutorial and of the how-to pages run, in their order."""

from __future__ import annotations

import importlib.util
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.conftest import ROOT
from tests.docs.shell import bash_blocks, miner_on_path, run_commands

# What pip does with the page's package: metadata beside its modules, both on the path.
INSTALL = """
python3 - <<'PY'
import pathlib, tomllib

project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
info = pathlib.Path(f"{project['name']}-{project['version']}.dist-info")
info.mkdir()
(info / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: {project['name']}\\nVersion: {project['version']}\\n")
points = [f"[{group}]\\n" + "".join(f"{k} = {v}\\n" for k, v in named.items()) for group, named in project["entry-points"].items()]
(info / "entry_points.txt").write_text("".join(points))
PY
export PYTHONPATH="$PWD"
"""


def run(page: str, folder: Path, demo: Path, **instead: str) -> subprocess.CompletedProcess[str]:
    """Run a page's commands; the demo is copied in place of being made again, and nothing is installed. ``instead`` replaces words."""
    commands = re.sub(r"^miner demo (\S+)", rf"cp -a '{demo}' \1", bash_blocks(page), flags=re.MULTILINE)
    commands = re.sub(r"&& miner demo (\S+)", rf"&& cp -a '{demo}' \1", commands)
    commands = commands.replace("pip install --no-deps -e .", INSTALL)
    for word, other in instead.items():
        commands = commands.replace(word, other)
    commands = f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{commands}"  # whatever fails: what it started holds the pipe
    return run_commands(commands, folder, miner_on_path(folder), timeout=280, extra={"NO_COLOR": "1"})


def test_the_tutorial(tmp_path: Path, demo: Path) -> None:
    done = run("../tutorial.md", tmp_path, demo)
    study = tmp_path / "study"
    assert "corrected by ada" in done.stdout or "ada" in done.stdout.split("miner why")[-1]
    assert re.search(r"accuracy[ ,].*0\.845[\s,]+400", done.stdout)
    assert "the same bytes" in done.stderr
    assert (study / "studies.md").read_text(encoding="utf-8").count("\n") > 30
    assert "binomial generalised linear mixed model" in (study / "methods.txt").read_text(encoding="utf-8")
    for name in ("models.md", "accuracy.csv", "accuracy.R", "references.bib", "out/demo.html"):
        assert (study / name).stat().st_size > 300, name


def test_two_reviewers(tmp_path: Path, demo: Path) -> None:
    done = run("two-reviewers.md", tmp_path, demo)
    assert re.search(r"ada.*bo", done.stdout)
    assert re.search(r"cy[\s,]+accept", done.stdout)


def test_schedules(tmp_path: Path, demo: Path) -> None:
    done = run("schedules.md", tmp_path, demo)
    assert done.stdout.count("06:00") >= 5
    assert "glioma" in done.stdout


def test_what_is_new(tmp_path: Path, demo: Path) -> None:
    done = run("what-is-new.md", tmp_path, demo)
    assert "1 new record, 1 new effect of demo since" in done.stdout
    assert re.search(r"88\.1 %.*n = 210", done.stdout)
    assert done.stdout.count("doi:10.9999/new.1") >= 3
    assert b"<id>tag:miner.invalid,2026:paper/" in (tmp_path / "news" / "new.atom").read_bytes()


def test_site(tmp_path: Path, demo: Path) -> None:
    run("site.md", tmp_path, demo)
    review = tmp_path / "review"
    assert len(list((review / "ad").glob("papers/??/*.html"))) == 20
    assert len(list((review / "site").glob("papers/??/*.html"))) == 62
    assert "1 new record, 1 new effect since" in (review / "site" / "changes.html").read_text(encoding="utf-8")
    assert "tag:group.example,2026:paper/doi:10.9999/new.1" in (review / "site" / "changes.atom").read_text(encoding="utf-8")


def test_scale_out(tmp_path: Path, demo: Path) -> None:
    """With a scheduler and a worker on this machine."""
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    done = run(
        "scale-out.md",
        tmp_path,
        demo,
        **{
            "8786": port,
            "dask scheduler": "python3 -m dask scheduler",
            "dask worker": "python3 -m dask worker",
            "sleep 2": f"until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.2; done",
        },
    )
    study = tmp_path / "study"
    [line] = (study / "found.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"doi:10.9999/large.1"' in line
    assert re.search(r"0\.881[\s,].*210", done.stdout)
    assert list((study / "shards").iterdir()) == []


def test_back_up_and_move(tmp_path: Path, demo: Path) -> None:
    done = run("back-up-and-move.md", tmp_path, demo)
    assert "published the snapshot" in done.stderr
    assert "61 papers are back" in done.stderr
    assert "papers: 61" in done.stdout
    assert (tmp_path / "data.zip").stat().st_size > 10_000


def test_upgrade(tmp_path: Path, demo: Path) -> None:
    done = run("upgrade.md", tmp_path, demo)
    assert "papers: 61" in done.stdout


def test_a_package_adds_a_source_an_analysis_and_a_panel(tmp_path: Path, demo: Path) -> None:
    done = run("add-a-part.md", tmp_path, demo)
    assert "3 of 3 records: 3 new" in done.stdout + done.stderr
    assert "years: the years that the values span" in done.stdout
    assert "identifiers: identifiers of records, one a line" in done.stdout
    assert "mine:41" in (tmp_path / "place" / "ids.txt").read_text().split()


def test_every_page_is_on_the_site() -> None:
    """A page that no table of contents names is found by nobody."""
    docs = ROOT / "docs"
    named = {docs / "index.md"}
    for page in docs.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                if line and not line.startswith(":"):
                    target = (page.parent / line).resolve()
                    named |= set(target.parent.glob(f"{target.name}.md")) | set(target.parent.glob(f"{target.name}.ipynb"))
    assert {*docs.rglob("*.md"), *docs.rglob("*.ipynb")} == named


def test_every_how_to_is_run() -> None:
    """Each page with commands stands by its name in a test of this folder."""
    tests = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_*.py"))
    for page in sorted((ROOT / "docs" / "how-to").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        assert f'"{page.name}"' in tests or not re.search(r"^```(bash|sh)$", text, re.MULTILINE), f"no test runs {page.name}"


def test_the_environment_is_documented() -> None:
    """Every variable that the code reads is on the page, and no other."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from generating.terms import ENVIRONMENT
    finally:
        sys.path.remove(str(ROOT / "docs"))
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "miner").rglob("*.py"))
    read = set(re.findall(r"environ(?:\.get\(|\[)\s*\"([A-Z_]+)\"", code)) - {"PYTHONPATH"}
    assert read == set(ENVIRONMENT)


def test_a_link_that_leads_nowhere_and_a_script_of_others_are_found(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("check_site", ROOT / "docs" / "check_site.py")
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    (tmp_path / "a.html").write_text(
        '<p id="x"><a href="b.html#y">b</a><a href="#x">a</a><a href="c.html">c</a><script src="https://e.org/s.js"></script>'
    )
    (tmp_path / "b.html").write_text('<p id="z"><a href="a.html#x">a</a>')
    assert sorted(check.faults(tmp_path)) == [
        "a.html loads https://e.org/s.js",
        "a.html points to b.html#y, which has no such place",
        "a.html points to c.html, which is not there",
    ]


def test_install(tmp_path: Path, demo: Path) -> None:
    assert "FAILED" not in run("install.md", tmp_path, demo).stdout


def test_bring_a_library(tmp_path: Path, demo: Path) -> None:
    done = run("bring-a-library.md", tmp_path, demo)
    assert "pubmed.nbib: PubMed's format (.nbib), 1 record: 1 new" in done.stdout
    assert "line 7: it has no title" in done.stdout
    assert done.stdout.count("pmid:31234567") == 1
    assert (tmp_path / "reviews" / "all.json").stat().st_size > 300


def test_summaries(tmp_path: Path, demo: Path, httpserver: HTTPServer) -> None:
    def play(request: Request) -> Response:
        sentences = [json.loads(line.partition(": ")[2]) for line in request.get_json()["messages"][1]["content"].splitlines()]
        claims = [{"claim": sentences[-1], "sentences": [len(sentences)]}, {"claim": "It has 123456 patients.", "sentences": [1]}]
        return Response(json.dumps({"choices": [{"message": {"content": json.dumps({"claims": claims})}}]}))

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(play)
    done = run("summaries.md", tmp_path, demo, **{"http://127.0.0.1:8080/v1": httpserver.url_for("/v1")})
    assert re.search(r"\d+ abstracts would be sent to qwen3-8b at http://", done.stdout)
    assert "3 of 3 abstracts summarised by qwen3-8b: 3 claims kept\n3 claims dropped:\n    3 had a number" in done.stdout
    assert json.loads((tmp_path / "review" / "told.json").read_text())["claims"] == 3
    assert done.stdout.count("qwen3-8b\n") == 6
    pages = [p for p in (tmp_path / "review" / "site" / "papers").rglob("*.html") if "Summary (generated)" in p.read_text(encoding="utf-8")]
    assert len(pages) == 6


def test_own_queries(tmp_path: Path, demo: Path) -> None:
    done = run("own-queries.md", tmp_path, demo)
    assert "Titles of records from a year on" in done.stdout
    assert "Family name and first initial" in done.stdout
    assert "author,papers\n" in done.stdout
    assert "paper_id,year,title\n" in done.stdout
    assert (tmp_path / "asked" / "recent.ris").stat().st_size > 300
    assert (tmp_path / "asked" / "data" / "reports" / "literature.html").stat().st_size > 10_000


def test_serve(tmp_path: Path, demo: Path) -> None:
    pytest.importorskip("uvicorn", reason="the extra serve is among the development dependencies")
    done = run("serve.md", tmp_path, demo)
    assert "<title>demo" in done.stdout
    assert "year" in done.stdout
    assert '"metric": "accuracy"' in done.stdout or '"metric":"accuracy"' in done.stdout
    assert (tmp_path / "served" / "users.toml").is_file()
