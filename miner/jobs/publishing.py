"""Publishing: a snapshot of the database under a name of its own, then the link that readers open flips to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from miner.progress import Say, waiting
from miner.store.search import sync_search
from miner.store.snapshot import content_digest, copy_database, schema_digest

if TYPE_CHECKING:
    import duckdb

    from miner.config import Workspace


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published snapshot: its file, the digest of its content, and whether this call made it."""

    path: Path
    digest: str
    new: bool


def publish(con: duckdb.DuckDBPyConnection, workspace: Workspace, say: Say = lambda _: None) -> Snapshot:
    """Publish what the writer holds; nothing is done where the published snapshot has the same content.

    The file is named by the digests of its content and its schema, and is complete before the link flips, so a reader sees the old
    snapshot or the new one, and a crash leaves the old one. Readers that have the old one open keep it. ``say`` is told how long it takes.
    """
    with waiting(say, "publishing, the search index"):
        sync_search(con)
    with waiting(say, "publishing, the digest"):
        digest = content_digest(con)
    folder = workspace.snapshots
    folder.mkdir(parents=True, exist_ok=True)
    schema = schema_digest(con)
    target = folder / f"{digest[:16]}-{schema[:8]}.duckdb"
    new = not target.exists()
    if new:
        with waiting(say, "publishing, the copy for readers"):
            copy_database(con, workspace.database, target)
    else:
        target.touch()
    _flip(workspace.current, target)
    _prune(folder, target, workspace.keep_snapshots)
    return Snapshot(target, digest, new)


def _flip(link: Path, target: Path) -> None:
    new = link.with_suffix(".flip")
    new.unlink(missing_ok=True)
    relative = target.relative_to(link.parent)
    try:
        new.symlink_to(relative)
    except OSError:
        # No symbolic links here (some network and Windows file systems): a hard copy, replaced as one.
        import shutil

        shutil.copyfile(target, new)
    new.replace(link)


def newest_first(folder: Path) -> list[Path]:
    """Return the snapshots of a folder, the one that was published last first."""
    return sorted(folder.glob("*.duckdb"), key=lambda p: (p.stat().st_mtime_ns, p.name), reverse=True)


def _prune(folder: Path, keep: Path, number: int) -> None:
    others = [p for p in newest_first(folder) if p != keep]
    for old in others[max(0, number - 1) :]:
        old.unlink(missing_ok=True)
    for rest in folder.glob("*.part*"):
        rest.unlink(missing_ok=True)
