"""Many processes, and a cluster, give what one process gives, byte for byte, whatever happens to a worker."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from miner.errors import MinerError, UsageError
from miner.extract import pool
from miner.extract.api import LineReport, extract_lines, load_rules

pytest.importorskip("distributed", reason="the extra cluster is not installed")

SENTENCES = (
    "We enrolled {n} patients with glioma and {m} healthy controls at three hospitals.",
    "The network reached an accuracy of {a}% and an AUC of 0.{b} (95% CI 0.{c}-0.{d}) on the external validation cohort of {m} scans.",
    "Sensitivity and specificity were {a}% and {b}%, respectively.",
)


def line(i):
    values = {"n": 40 + i * 7 % 900, "m": 30 + i * 13 % 400, "a": 70 + i % 29, "b": 71 + i % 20, "c": 61 + i % 9, "d": 92 + i % 7}
    return json.dumps({"id": i, "text": "Title\n" + " ".join(s.format(**values) for s in SENTENCES)})


LINES = [line(i) for i in range(3000)]


@pytest.fixture(scope="module")
def rules():
    return load_rules()


@pytest.fixture(scope="module")
def alone(rules):
    return list(extract_lines(LINES, rules))


def test_two_processes_give_what_one_gives(rules, alone):
    report = LineReport()
    with pool.local(2) as executor:
        assert list(pool.extract_parallel([*LINES[:500], "no json", *LINES[500:1000]], rules, executor, report)) == alone[:1000]
    assert [number for number, _ in report.problems] == [501]


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, each a process of its own; yields the address and the workers."""
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    options = ["--no-dashboard", "--scheduler-file", str(file)]
    processes = [subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *options], **quiet)]
    worker = [*dask, "worker", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", *options, "--local-directory", str(tmp_path)]
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    until = time.monotonic() + 60
    while not file.exists() or not file.read_text():
        assert time.monotonic() < until
        time.sleep(0.1)
    yield json.loads(file.read_text())["address"], processes[1:]
    for process in processes:
        process.kill()
        process.wait()


def test_a_cluster_gives_the_same_even_if_a_worker_dies_half_way(rules, alone, cluster):
    address, workers = cluster
    found = []
    with pool.dask(address, 2) as executor:
        for out in pool.extract_parallel(LINES, rules, executor, LineReport(), ahead=6):
            found.append(out)
            if len(found) == len(alone) // 2:
                os.kill(workers[0].pid, signal.SIGKILL)
    assert found == alone


def workspace_of(folder):
    """The demo's papers, and two full texts made of the sentences above."""
    from miner.config import init_workspace
    from miner.jobs.loading.importing import import_file
    from miner.jobs.lock import writing
    from miner.resources import resource

    place = init_workspace(folder)
    with writing(place) as con:
        for name in ("pubmed.xml", "arxiv.atom"):
            import_file(con, place, resource("reports", "sample", name), job="j", say=lambda _: None)
    return place


def extracted(place, where):
    from miner.jobs.extracting.extract import extract_workspace
    from miner.store.connect import open_reader
    from miner.store.snapshot import content_digest

    report = extract_workspace(place, lambda _: None, where)
    assert report.documents > 50
    with open_reader(place.current) as con:
        return content_digest(con)


def test_the_database_is_the_same_from_one_process_two_and_a_cluster_over_shards(tmp_path, cluster, monkeypatch):
    from miner.jobs.extracting import extract as extraction
    from miner.jobs.extracting.extract import EngineChoice

    monkeypatch.setattr(extraction, "CHUNK", 10)
    address, _ = cluster
    shards = tmp_path / "shards"
    alone, two, many = (workspace_of(tmp_path / n) for n in ("alone", "two", "many"))
    first = extracted(alone, EngineChoice())
    assert extracted(two, EngineChoice(workers=2)) == first
    assert extracted(many, EngineChoice("dask", 2, address, str(shards))) == first
    assert list(shards.iterdir()) == []


def test_an_answer_that_lies_there_is_not_made_again(tmp_path):
    from miner.jobs.extracting.shards import ShardFolder, answer
    from miner.jobs.extracting.tasks import Rules, Task

    rules = load_rules()
    shared = Rules(tuple(str(f) for f in rules.folders), tuple((r.id, r.sha256) for r in rules))
    folder = ShardFolder(str(tmp_path))
    name = folder._put([Task("d", ("sample_size",), json.loads(LINES[0])["text"])], shared)
    answer(str(tmp_path), name, shared)
    made = (tmp_path / f"{name}.out.parquet").stat().st_mtime_ns
    answer(str(tmp_path), name, shared)
    assert (tmp_path / f"{name}.out.parquet").stat().st_mtime_ns == made
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("address", ["/proc/shards", "nosuchprotocol://x/y"])
def test_a_folder_of_shards_that_cannot_be_used_is_told(address):
    from miner.jobs.extracting.shards import ShardFolder

    with pytest.raises(UsageError) as error:
        ShardFolder(address)
    assert address in str(error.value)


def test_a_scheduler_that_does_not_answer_is_told():
    begun = time.monotonic()
    with pytest.raises(MinerError, match="does not answer") as error, pool.dask("tcp://127.0.0.1:9", 1):
        pass
    assert not isinstance(error.value, UsageError) or error.value.hint
    assert time.monotonic() - begun < 30


def test_ctrl_c_stops_at_once_and_leaves_no_half_file(tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(LINES * 30))
    # Whoever starts the tests in the background has them ignore Ctrl-C, and what they start as well: as on a terminal here.
    as_on_a_terminal = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from miner.cli.main import main; sys.exit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", as_on_a_terminal, "extract", "--input", str(source), "--output", str(target), "--workers", "2"],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        part = tmp_path / f".out.jsonl.{process.pid}.part"
        until = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        begun = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert time.monotonic() - begun < 5
    assert process.returncode == 130
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == [source]
