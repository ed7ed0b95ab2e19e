"""Backups: all of a workspace that cannot be made again, in one archive with the checksum of each file; and workspaces from them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, cast

from miner.config import MARKER, load_workspace
from miner.errors import StoreError, UsageError
from miner.jobs.lock import locked, writing
from miner.jobs.publishing import publish

if TYPE_CHECKING:
    from miner.config import Workspace

MANIFEST = "BACKUP.json"
_FORM = 1
# Of data/: what readers open is made again from the database; a lock and unfinished files belong to a process.
_REMADE = ("snapshots", "current.duckdb", "current.flip", "writer.lock", "writer.pid")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """An archive that was written: where, how many files it holds, and how many bytes these have."""

    path: Path
    files: int
    size: int


def back_up(workspace: Workspace, output: Path | None = None, *, raw: bool = True, say: Say = lambda _: None) -> Backup:
    """Write the workspace into an archive; the database is not opened, so that it stays at its version.

    Parameters
    ----------
    workspace : Workspace
    output : pathlib.Path, optional
        A ``.tar.gz`` or ``.tar`` file; by default ``<name>-<day>.tar.gz`` in the current folder.
    raw : bool
        Whether the raw store (``data/raw``, all that services answered) goes into it: without it nothing can be read again from the start.
    say : callable, optional
        Told what is left out.

    Raises
    ------
    LockedError
        If a run writes to the workspace.
    UsageError
        If the file exists, or cannot be written.
    """
    target = output or Path(f"{workspace.root.name}-{datetime.now(UTC):%Y-%m-%d}.tar.gz")
    if target.exists():
        raise UsageError("there is a file already", where=str(target), hint="name another one with -o")
    part = target.with_name(target.name + ".part")
    try:
        with locked(workspace), tarfile.open(part, "w" if target.suffix == ".tar" else "w:gz", **_packing(target)) as archive:
            sums = {name: _add(archive, path, name) for path, name in _files(workspace, {target, part}, say, raw=raw)}
            _add_manifest(archive, workspace, sums, raw=raw)
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        part.replace(target)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}", where=str(target), hint="name another file with -o, or free some space"
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return Backup(target, len(sums), sum(s["size"] for s in sums.values()))


def _packing(target: Path) -> dict[str, Any]:
    return {} if target.suffix == ".tar" else {"compresslevel": 3}  # the raw store is compressed as it lies


def _files(workspace: Workspace, without: set[Path], say: Say, *, raw: bool) -> Iterator[tuple[Path, str]]:
    skipped = {workspace.data / name for name in _REMADE} | ({workspace.raw} if not raw else set()) | {p.resolve() for p in without}
    for folder, folders, files in os.walk(workspace.root):
        here = Path(folder)
        for name in [*folders]:
            if here / name in skipped:
                folders.remove(name)
            elif (here / name).is_symlink():
                say(f"left out: {here / name} is a link to a folder")
        folders.sort()
        for name in sorted(files):
            path = here / name
            if path in skipped or path.resolve() in skipped or name.endswith(".part"):
                continue
            if path.is_file():
                yield path, path.relative_to(workspace.root).as_posix()
            else:
                say(f"left out: {path} is no file")


class _Summed:
    """A file that is hashed as it is read."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle, self.sha256 = handle, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Return some bytes."""
        block = self._handle.read(size)
        self.sha256.update(block)
        return block


def _add(archive: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    with path.open("rb") as handle:
        entry = archive.gettarinfo(arcname=name, fileobj=handle)
        entry.type, entry.uid, entry.gid, entry.uname, entry.gname = tarfile.REGTYPE, 0, 0, "", ""
        summed = _Summed(handle)
        archive.addfile(entry, cast("IO[bytes]", summed))
    return {"sha256": summed.sha256.hexdigest(), "size": entry.size}


def _add_manifest(archive: tarfile.TarFile, workspace: Workspace, sums: dict[str, dict[str, Any]], *, raw: bool) -> None:
    from miner import __version__

    made = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"form": _FORM, "miner": __version__, "made": made, "workspace": workspace.root.name, "raw": raw, "files": sums}
    content = json.dumps(told, indent=1, ensure_ascii=False).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def restore(archive: Path, folder: Path) -> Workspace:
    """Make a workspace from a backup: check each file, bring the database up to date, and publish. It is there whole or not at all.

    Parameters
    ----------
    archive : pathlib.Path
        What :func:`back_up` wrote.
    folder : pathlib.Path
        Where; it must not exist, or be empty.

    Raises
    ------
    UsageError
        If there is no such archive, or something is in the folder.
    StoreError
        If the archive is none of ours, damaged or cut short, or its database comes from a newer miner.
    """
    if not archive.is_file():
        raise UsageError("there is no such file", where=str(archive), hint="check the name")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("something is there already", where=str(folder), hint="name a folder that does not exist")
    target = folder.resolve()
    waiting = target.with_name(f".{target.name}.restoring")
    shutil.rmtree(waiting, ignore_errors=True)
    try:
        waiting.mkdir(parents=True)
        _unpack(archive, waiting)
        workspace = load_workspace(waiting)
        with writing(workspace) as con:
            publish(con, workspace)
        with suppress(FileNotFoundError):
            target.rmdir()
        waiting.replace(target)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror or error}", where=str(folder), hint="name another folder, or free some space"
        ) from error
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return load_workspace(target)


def _unpack(archive: Path, folder: Path) -> None:
    """Write the archive's files, and check them against its manifest."""
    damaged = StoreError(
        "it is no backup of miner, damaged, or cut short", where=str(archive), hint="take another backup; miner backup writes them"
    )
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(archive, "r:*") as opened:
            for entry in opened:
                content = opened.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise damaged
                if entry.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    found[entry.name] = _written(content, _inside(folder, entry.name, archive))
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # the disk's, not the archive's
            raise
        raise damaged from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise damaged
    if manifest.get("form") != _FORM:
        raise StoreError(
            f"it was written by miner {manifest.get('miner')} in a form that this one does not know",
            where=str(archive),
            hint="use that miner, or a newer one",
        )
    wrong = sorted(name for name in found.keys() | manifest["files"].keys() if found.get(name) != manifest["files"].get(name))
    if wrong or MARKER not in found:
        named = ", ".join(wrong[:3]) or MARKER
        raise StoreError(
            f"{len(wrong) or 1} of its files are not what it says they are: {named}", where=str(archive), hint="take another backup"
        )


def _inside(folder: Path, name: str, archive: Path) -> Path:
    parts = PurePosixPath(name).parts
    if PurePosixPath(name).is_absolute() or ".." in parts or not parts or "\\" in name:
        raise StoreError(
            f"it names a file outside of the workspace: {name!r}", where=str(archive), hint="it is no backup of miner's; leave it alone"
        )
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _written(content: IO[bytes], path: Path) -> dict[str, Any]:
    summed = _Summed(content)
    with path.open("wb") as out:
        shutil.copyfileobj(summed, out, 1 << 20)
        return {"sha256": summed.sha256.hexdigest(), "size": out.tell()}
