"""Importing files, as a user does: in order, whole, once, and with a word on what is wrong."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miner.config import Workspace, init_workspace
from miner.errors import MinerError, ParseError
from miner.harvest.reader import FileReader, reader_of, readers
from miner.jobs.loading import bulk, pubmed_events
from miner.jobs.loading.importing import import_file
from miner.jobs.lock import writing
from miner.store.paper_tables import PaperTables
from miner.store.snapshot import content_digest
from tests.cli.test_commands import miner
from tests.harvest.test_pubmed import article


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return init_workspace(tmp_path / "w")


def write(path: Path, *articles: str, deleted: tuple[str, ...] = (), md5: bool = False) -> Path:
    gone = "<DeleteCitation>" + "".join(f"<PMID>{d}</PMID>" for d in deleted) + "</DeleteCitation>" if deleted else ""
    content = f"<PubmedArticleSet>{''.join(articles)}{gone}</PubmedArticleSet>".encode()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    if md5:
        Path(f"{path}.md5").write_text(f"MD5({path.name})= {hashlib.md5(path.read_bytes()).hexdigest()}\n")
    return path


def titled(pmid: str, title: str, revised: str = "01") -> str:
    return article(pmid).replace("A title.", title).replace("<Month>01</Month><Day>09</Day>", f"<Month>{revised}</Month><Day>09</Day>")


def papers(con) -> dict[str, str]:
    return dict(con.execute("SELECT pmid, title FROM v_paper ORDER BY 1").fetchall())


def take(con, place: Workspace, *paths: Path, **options) -> list:
    with bulk.reading_ahead() as ahead:
        from miner.jobs.loading.importing import import_files

        return list(import_files(con, bulk.in_order(paths), job="import", ahead=ahead, **options))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A baseline of two files and two updates."""
    at = tmp_path / "files"
    write(at / "pubmed21n0001.xml.gz", titled("1", "One"), titled("2", "Two"), titled("3", "Three"), md5=True)
    write(at / "pubmed21n0002.xml.gz", titled("4", "Four"), titled("5", "Five"), md5=True)
    write(at / "pubmed21n0003.xml.gz", titled("2", "Two, revised", "02"), deleted=("3", "4", "99"), md5=True)
    write(at / "pubmed21n0004.xml.gz", titled("4", "Four is back", "03"), deleted=("1",), md5=True)
    return at


EXPECTED = {"2": "Two, revised", "4": "Four is back", "5": "Five"}


def test_a_folder_is_taken_in_the_order_of_its_files(place, folder):
    with writing(place) as con:
        reports = take(con, place, folder)
        assert [(r.file, r.received, r.deleted) for r in reports] == [
            ("pubmed21n0001.xml.gz", 3, 0),
            ("pubmed21n0002.xml.gz", 2, 0),
            ("pubmed21n0003.xml.gz", 1, 2),
            ("pubmed21n0004.xml.gz", 1, 1),
        ]
        assert papers(con) == EXPECTED
        digest = content_digest(con)
        assert all(r.skipped and not r.new for r in take(con, place, folder))
        assert not any(r.skipped for r in take(con, place, folder, again=True))
        assert (papers(con), content_digest(con)) == (EXPECTED, digest)


@pytest.mark.parametrize("order", [(4, 3, 2, 1), (3, 1, 4, 2), (2, 4, 1, 3)])
def test_files_that_come_out_of_order_end_in_the_same_records(place, folder, order):
    with writing(place) as con:
        for number in order:
            take(con, place, folder / f"pubmed21n000{number}.xml.gz")
        assert papers(con) == EXPECTED


def test_a_run_that_was_killed_goes_on_with_the_file_in_which_it_was(place, folder, monkeypatch):
    with writing(place) as con:
        take(con, place, folder / "pubmed21n0001.xml.gz")
        monkeypatch.setattr(bulk, "record_file", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        monkeypatch.setattr("miner.jobs.loading.importing.record_file", bulk.record_file)
        with pytest.raises(KeyboardInterrupt):
            take(con, place, folder)
        monkeypatch.undo()
        assert [r.skipped for r in take(con, place, folder)] == [True, False, False, False]
        assert papers(con) == EXPECTED


def test_missing_numbers_are_named(folder):
    (folder / "pubmed21n0002.xml.gz").unlink()
    said: list[str] = []
    bulk.in_order([folder], said.append)
    assert "pubmed21n0002" in said[0]


def test_a_process_of_its_own_reads_the_same(place, tmp_path, folder, monkeypatch):
    other = init_workspace(tmp_path / "other")
    digests = []
    for where, small in ((place, 1 << 20), (other, 0)):
        monkeypatch.setattr(bulk, "_SMALL", small)
        with writing(where) as con:
            take(con, where, folder)
            digests.append(content_digest(con))
    assert digests[0] == digests[1]


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("number", [0, 1, 2, 5, 6, 7, 12])
def test_processes_that_share_a_file_read_it_in_order(tmp_path, monkeypatch, processes, number):
    path = write(tmp_path / "a.xml", *(article(str(i)) for i in range(1, number + 1)), deleted=("1", "5"))
    path.write_bytes(path.read_bytes().removesuffix(b"</PubmedArticleSet>"))  # cut short
    monkeypatch.setattr(pubmed_events, "BATCH", 2)
    parts = [pubmed_events.read_events(path, "x", part, processes) for part in range(processes)]
    papers, problems, gone = [], [], []
    for part in itertools.cycle(parts):
        event = next(part, None)
        while event is not None and not isinstance(event, pubmed_events.EndOfBatch):
            papers += event.paper.column("pmid").to_pylist() if isinstance(event, PaperTables) else []
            problems += event.problems if isinstance(event, pubmed_events.Unreadable) else []
            gone += event.paper_ids if isinstance(event, pubmed_events.Deletions) else []
            event = next(part, None)
        if event is None:
            break
    assert papers == [str(i) for i in range(1, number + 1)]
    assert gone == ["pmid:1", "pmid:5"]
    assert [p.cut_short for p in problems] == [True]


def test_a_process_that_dies_is_an_error_and_the_file_is_read_again(place, folder, monkeypatch):
    monkeypatch.setattr(bulk, "_SMALL", 0)
    monkeypatch.setattr(pubmed_events, "_MAIN", "import os; os.kill(os.getpid(), 9)")
    with writing(place) as con:
        reports = take(con, place, folder)
        assert all(isinstance(r, ParseError) and "ended before its end" in str(r) for r in reports)
        monkeypatch.undo()
        take(con, place, folder)
        assert papers(con) == EXPECTED


def test_a_checksum_that_differs_stops_that_file_only(place, folder):
    (folder / "pubmed21n0002.xml.gz.md5").write_text("0" * 32 + "  pubmed21n0002.xml.gz\n")
    done = miner("import", str(folder), "--workspace", str(place.root))
    assert done.returncode == 3
    assert "Error: " in done.stderr
    assert "its MD5 is" in done.stderr
    with writing(place) as con:
        assert papers(con) == {"2": "Two, revised", "4": "Four is back"}
        assert [getattr(r, "skipped", r) for r in take(con, place, folder / "pubmed21n0001.xml.gz")] == [True]


def truncated(path: Path) -> Path:
    write(
        path,
        *(article(str(i), inside=f"<VernacularTitle>{hashlib.sha256(b'%d' % i).hexdigest()}</VernacularTitle>") for i in range(1, 2000)),
    )
    path.write_bytes(path.read_bytes()[:-3000])
    return path


def test_a_file_that_is_cut_short_gives_what_is_whole_and_is_not_done(place, tmp_path):
    path = truncated(tmp_path / "pubmed21n0001.xml.gz")
    done = miner("import", str(path), "--workspace", str(place.root))
    assert done.returncode == 3
    assert "cut short" in done.stderr
    with writing(place) as con:
        assert con.execute("SELECT count(*) > 1000 FROM v_paper").fetchone() == (True,)
        assert con.execute("SELECT count(*) FROM bulk_file").fetchone() == (0,)
        assert con.execute("SELECT reason FROM import_problem").fetchall()
        write(path, *(article(str(i)) for i in range(1, 2000)))
        assert import_file(con, place, path).received == 1999


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.xml", b"", 1, "it is empty"),
        ("a.xml", b"<html><body>Down for maintenance</body></html>", 1, "a page of HTML"),
        ("a.xml", b"<PubmedArticleSet></PubmedArticleSet>", 3, "it holds no records"),
        ("a.xml.gz", b"\x1f\x8b\x08\x00broken", 1, "cannot be read|cut short"),
        ("a.xml", b"<eFetchResult><ERROR>Search backend failed</ERROR></eFetchResult>", 1, "Search backend failed"),
        ("a.xml", b'<?xml version="1.0" encoding="klingon"?><PubmedArticleSet/>', 1, "unknown encoding"),
        ("a.bin", bytes(range(256)) * 20, 1, "not a format that can be imported"),
        ("a.atom", b'<feed xmlns="http://www.w3.org/2005/Atom"><title/></feed>', 3, "holds no entries"),
        ("none.xml", None, 2, "there is no such file"),
    ],
)
def test_bad_files_are_said_to_be_bad_with_the_right_code(place, tmp_path, name, content, code, said):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = miner("-q", "import", str(path), "--workspace", str(place.root))
    assert done.returncode == code, done.stderr
    assert re.search(said, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_one_bad_file_stops_no_other(place, tmp_path, folder):
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"<html/>")
    done = miner("import", str(bad), str(folder / "pubmed21n0001.xml.gz"), "--workspace", str(place.root))
    assert done.returncode == 3
    with writing(place) as con:
        assert papers(con) == {"1": "One", "2": "Two", "3": "Three"}


def test_a_full_disk_is_said_and_what_was_there_stays(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        place = init_workspace(disk / "w")
        write(tmp_path / "one.xml", titled("1", "One"))
        assert miner("import", str(tmp_path / "one.xml"), "--workspace", str(place.root)).returncode == 0
        used = shutil.disk_usage(disk).used
        subprocess.run(["mount", "-o", f"remount,size={used // 1024 + 1024}k", str(disk)], check=True)
        noise = (os.urandom(40_000).hex() for _ in range(150))  # does not compress
        write(tmp_path / "big.xml", *(titled(str(n), text) for n, text in enumerate(noise, 10)))
        done = miner("-q", "import", str(tmp_path / "big.xml"), "--workspace", str(place.root))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "space" in done.stderr
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        assert miner("import", str(tmp_path / "big.xml"), "--workspace", str(place.root)).returncode == 0
        with writing(place) as con:
            assert len(papers(con)) == 151
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_answers_of_oai_can_be_imported(place, tmp_path):
    from tests.harvest.test_arxiv import OAI, RAW, RECORD

    path = tmp_path / "list.xml"
    path.write_text(OAI.format(records=RECORD.format(metadata=RAW.format(kind="I"), status="")))
    with writing(place) as con:
        assert import_file(con, place, path).new == 1
        assert con.execute("SELECT paper_id, withdrawn, version FROM v_paper").fetchall() == [("arxiv:2101.00001", True, 10)]


def test_both_interfaces_of_arxiv_make_one_record_in_either_order(place, tmp_path):
    from tests.harvest.test_arxiv import ATOM, ENTRY, OAI, PLAIN, RECORD

    oai, atom = tmp_path / "oai.xml", tmp_path / "list.atom"
    oai.write_text(OAI.format(records=RECORD.format(metadata=PLAIN, status="")))
    atom.write_text(ATOM.format(total=1, entries=ENTRY.format(id="2101.00001v1", more="<arxiv:doi>10.1234/ABC</arxiv:doi>")))
    found = []
    for number, order in enumerate(((oai, atom, oai), (atom, oai, atom))):
        with writing(init_workspace(tmp_path / str(number))) as con:
            for path in order:
                last = import_file(con, place, path)
            assert last.changed == 0
            found.append(con.execute("SELECT p.license, p.doi, a.family FROM paper p JOIN author a USING (paper_id)").fetchall())
    assert found[0][0][0] == "L"


def test_the_update_file_with_its_versions_collectives_and_deletions(place, shared):
    path = shared / "corpus" / "pubmed21n1298.xml.gz"
    with writing(place) as con:
        text = gzip.decompress(path.read_bytes())
        gone = [f"pmid:{int(p)}" for p in re.findall(rb"<PMID[^>]*>(\d+)", text[text.index(b"<DeleteCitation>") :])]
        assert len(gone) == 20
        earlier = write(place.root / "pubmed21n1297.xml", *(article(p.removeprefix("pmid:")) for p in gone))
        import_file(con, place, earlier)
        report = import_file(con, place, path)
        assert (report.received, report.deleted, report.problems) == (20_788, 20, 0)
        one = con.execute(
            """SELECT count(*), count(DISTINCT pmid), count(*) FILTER (paper_id IN (SELECT unnest(?))),
                      max(doi) FILTER (pmid = '33108351'), count(*) FILTER (publication_date_raw LIKE '%-%') > 300 FROM paper""",
            [gone],
        ).fetchall()
        assert one == [(20_783, 20_783, 0, "10.1172/jci139481", True)]
        assert con.execute("SELECT count(*) FROM author WHERE collective IS NOT NULL").fetchall() == [(354,)]
        versions = "SELECT version FROM paper_version WHERE paper_id = 'pmid:30271887' ORDER BY 1"
        assert [r[0] for r in con.execute(versions).fetchall()] == [1, 2, 3, 4]
        assert import_file(con, place, path).skipped


def test_an_error_of_a_single_file_is_raised(place, tmp_path):
    with writing(place) as con, pytest.raises(MinerError, match="no such file"):
        import_file(con, place, tmp_path / "none.xml")


@given(members=st.lists(st.integers(1, 40), min_size=1, max_size=4), name=st.sampled_from(["jsonl", "ris"]))
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_zipped_file_gives_what_the_plain_one_does(tmp_path, members, name):
    # One gzip member or several, and more than a reader unzips at once.
    parts, number = [], 0
    for size in members:
        records = []
        for _ in range(size):
            number += 1
            padding = f"{number} " + "x\u2028y\u0085z\x0c " * 3_000
            records.append(
                json.dumps({"title": f"Paper {number}", "abstract": padding}, ensure_ascii=False) + "\n"
                if name == "jsonl"
                else f"TY  - JOUR\nTI  - Paper {number}\nAB  - {padding}\nER  - \n"
            )
        parts.append("".join(records).encode())
    plain, zipped = tmp_path / f"a.{name}", tmp_path / f"a.{name}.gz"
    plain.write_bytes(b"".join(parts))
    zipped.write_bytes(b"".join(gzip.compress(p) for p in parts))
    read = [[(r.title, r.abstract) for r in reader_of(p).read(p, "0")] for p in (plain, zipped)]
    assert read[0] == read[1]
    assert [title for title, _ in read[0]] == [f"Paper {i + 1}" for i in range(number)]


def test_a_record_keeps_the_line_separators_inside_its_fields(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"title": "One\u2028two\u0085three", "abstract": "a"}, ensure_ascii=False) + "\n", encoding="utf-8")
    (paper,) = reader_of(path).read(path, "0")
    assert paper.title.split() == ["One", "two", "three"]


def test_a_reader_of_others_that_knows_a_signature_goes_before_those_content_with_a_letter(tmp_path, monkeypatch):
    ours = FileReader(
        "ours", "Ours", lambda head: head.startswith((b"%OURS", b"{ours", b"<ours", b"[ours")), lambda _path, _sha256: iter(())
    )
    known = {**readers(), "ours": ours}
    monkeypatch.setattr("miner.harvest.reader.readers", lambda: known)
    for first, name in (
        ("%OURS", "ours"),
        ("{ours", "ours"),
        ("<ours", "ours"),
        ("% a comment\n@article{x,", "bibtex"),
        ('{"title": 1}', "jsonl"),
    ):
        path = tmp_path / "file"
        path.write_text(first + "\n")
        assert reader_of(path).name == name
