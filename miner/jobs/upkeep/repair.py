"""Repair: what a crash, a full disk or a hand left behind in a workspace is put right, and each thing is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from miner.errors import StoreError
from miner.jobs.lock import locked
from miner.jobs.publishing import newest_first, publish
from miner.store.connect import open_reader, open_writer
from miner.store.damage import damage_of
from miner.store.runs import mend_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from miner.config import Workspace


def repair(workspace: Workspace) -> list[str]:
    """Put right what can be, and return what was done, a sentence each; nothing where all was well.

    Folders that are missing are made; unfinished files of dead processes are removed; a database that cannot be read whole is set aside and the newest
    snapshot that can be takes its place; it is brought up to date; runs that died are called failed; and what readers open is published where it is
    missing, damaged or not what the database says.

    Raises
    ------
    LockedError
        If a run writes to the workspace.
    StoreError
        If the database is damaged and no snapshot can take its place, or it comes from a newer miner.
    """
    with locked(workspace):
        return list(_repaired(workspace))


def _repaired(workspace: Workspace) -> Iterator[str]:
    for folder in (workspace.jobs, workspace.rules, workspace.report_definitions, workspace.data):
        if not folder.is_dir():
            folder.mkdir(parents=True)
            yield f"made the folder {folder}"
    for rest in _unfinished(workspace):
        rest.unlink()
        yield f"removed {rest}, which a process that died left unfinished"
    yield from _mended_database(workspace)
    for snapshot in newest_first(workspace.snapshots):
        if (why := damage_of(snapshot)) is not None:
            snapshot.unlink()
            yield f"removed the snapshot {snapshot.name}, which cannot be read: {why}"
    yield from _published(workspace)


def _unfinished(workspace: Workspace) -> list[Path]:
    found = [*workspace.data.glob("*.flip"), *workspace.snapshots.glob("*.part*")]
    for folder in (workspace.raw, workspace.reports):
        found += folder.rglob("*.part")
    return sorted(found)


def _mended_database(workspace: Workspace) -> Iterator[str]:
    """Set a damaged database aside, and put the newest whole snapshot in its place."""
    database = workspace.database
    why = damage_of(database) if database.exists() else None
    if why is None and (database.exists() or not workspace.snapshots.is_dir()):
        return
    log = database.with_name(database.name + ".wal")
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    if why is not None and log.exists():
        log.replace(log.with_name(f"corpus.damaged-{stamp}.wal"))
        yield f"set aside {log.name}: what was not yet written into the database is lost, the run that wrote it will fetch it again"
        why = damage_of(database)
        if why is None:
            return
    sound = next((s for s in newest_first(workspace.snapshots) if damage_of(s) is None), None)
    if sound is None:
        if why is None:
            return
        raise StoreError(
            f"the database is damaged and there is no snapshot that can take its place: {why}",
            where=str(database),
            hint="restore a backup with miner restore, or set the file aside and run the jobs with --replay: data/raw has all that was fetched",
        )
    if database.exists():
        aside = database.with_name(f"corpus.damaged-{stamp}.duckdb")
        database.replace(aside)
        yield f"set the damaged database aside as {aside.name}: {why}"
    _copied(sound, database)
    yield f"took the snapshot {sound.name} for the database; what came after it will be fetched again by the next run"


def _copied(source: Path, target: Path) -> None:
    import shutil

    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.replace(target)


def _published(workspace: Workspace) -> Iterator[str]:
    before = workspace.current.resolve() if workspace.current.exists() else None
    known = workspace.database.exists()
    con = open_writer(workspace.database)
    try:
        for run in mend_interrupted(con):
            yield f"called the run {run} failed: it was interrupted"
        made = publish(con, workspace)
    finally:
        con.close()
    with open_reader(workspace.current):
        pass
    if before != made.path.resolve() or not known:
        yield f"published the snapshot {made.path.name}"
