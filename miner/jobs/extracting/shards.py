"""Chunks of documents as Parquet files that a cluster's workers read and answer with Parquet files, wherever fsspec reaches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.extract.pool import ordered
from miner.fulltext.model import FullText
from miner.jobs.extracting.tasks import Result, Rules, Task, from_json, read, to_json

if TYPE_CHECKING:
    from concurrent.futures import Executor


class ShardFolder:
    """A folder that the workers see as well.

    A shard is named by its content and its rules, so that the same chunk is the same shard in every run: an answer that lies there already is
    taken as it is. An answer appears under its name only when it is whole. Both files go once the answer has been loaded.
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._fs, self._path = _file_system(self.address)
        self._try("be made", lambda: self._fs.makedirs(self._path, exist_ok=True))
        probe = f"{self._path}/.probe"
        self._try("be written", lambda: (self._fs.pipe_file(probe, b"x"), self._fs.rm_file(probe)))

    def results(
        self, chunks: Iterable[list[Task]], rules: Rules, executor: Executor, ahead: int
    ) -> Iterator[tuple[list[Task], list[Result]]]:
        """Yield each chunk with what was found in it, in order (see :func:`miner.extract.pool.ordered`)."""
        for tasks, name in ordered(chunks, lambda tasks: executor.submit(answer, self.address, self._put(tasks, rules), rules), ahead):
            results = self._try("be read", lambda name=name: _load(self._fs, f"{self._path}/{name}.out.parquet"))
            yield tasks, results
            for end in ("in", "out"):
                self._try("be removed from", lambda name=name, end=end: self._fs.rm_file(f"{self._path}/{name}.{end}.parquet"))

    def _put(self, tasks: list[Task], rules: Rules) -> str:
        rows = [
            {
                "document_id": t.document_id,
                "rules": json.dumps(t.rules),
                "text": t.text,
                "full": json.dumps(t.full.to_json()) if t.full else None,
            }
            for t in tasks
        ]
        name = hashlib.sha256(json.dumps([rows, rules.ids]).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._try("be written", lambda: _write(self._fs, f"{self._path}/{name}.in.parquet", rows))
        return name

    def _try(self, what: str, work: Any) -> Any:
        try:
            return work()
        except OSError as error:
            raise UsageError(
                f"the folder of shards cannot {what}: {error}", where=self.address, hint="name one with --shards that all workers may write"
            ) from error


def answer(address: str, name: str, rules: Rules) -> str:
    """Read a shard and write its answer beside it; what a worker runs. Safe to repeat: an answer that is there already stays."""
    fs, path = _file_system(address)
    target = f"{path}/{name}.out.parquet"
    if not fs.exists(target):
        tasks = [_task(row) for row in _rows(fs, f"{path}/{name}.in.parquet")]
        rows = [
            {"document_id": t.document_id, "found": None if found is None else json.dumps([to_json(x) for x in found]), "problem": problem}
            for t, (found, problem) in zip(tasks, read(tasks, rules), strict=True)
        ]
        _write(fs, target, rows)
    return name


def _task(row: dict[str, Any]) -> Task:
    full = FullText.from_json(json.loads(row["full"])) if row["full"] else None
    return Task(row["document_id"], tuple(json.loads(row["rules"])), row["text"], full)


def _load(fs: Any, path: str) -> list[Result]:
    return [(None if row["found"] is None else [from_json(x) for x in json.loads(row["found"])], row["problem"]) for row in _rows(fs, path)]


def _file_system(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise UsageError("fsspec is not installed", where="--shards", hint="pip install 'miner[cluster]'") from error
    try:
        return fsspec.core.url_to_fs(address)  # type: ignore[no-any-return]
    except (ImportError, ValueError) as error:
        raise UsageError(f"is not understood: {error}", where=address, hint="a folder, or an address such as s3://bucket/folder") from error


def _rows(fs: Any, path: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    with fs.open(path, "rb") as file:
        rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
    return rows


def _write(fs: Any, path: str, rows: list[dict[str, Any]]) -> None:
    import uuid

    import pyarrow as pa
    import pyarrow.parquet as pq

    part = f"{path}.{uuid.uuid4().hex}.part"
    table = pa.table({name: pa.array([r[name] for r in rows], pa.string()) for name in rows[0]}) if rows else pa.table({})
    with fs.open(part, "wb") as file:
        pq.write_table(table, file)
    fs.mv(part, path)
