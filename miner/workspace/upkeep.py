"""Looking after a workspace: backup, and putting right what a crash left behind; and what an import would bring, before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from miner.errors import UsageError
from miner.paths import as_paths, maybe_path
from miner.say import counted
from miner.workspace import arguments
from miner.workspace.base import Place

if TYPE_CHECKING:
    from miner.jobs.loading.foresee import Foreseen


class Upkeep(Place):
    """The methods of a workspace that look after it."""

    def foresee_import(self, files: str | Path | Sequence[str | Path], *, job: str = "import", limit: int | None = None) -> list[Foreseen]:
        r"""Say of each file what it is and what :meth:`import_files` would bring of it; nothing is written.

        Parameters
        ----------
        files : path or sequence of paths
            Files of records, full texts, or folders of them.
        job, limit : str and int, optional
            As for :meth:`import_files`.

        Returns
        -------
        list of Foreseen
            One a file, in order; a file that cannot be read has an ``error``.

        Raises
        ------
        UsageError
            If no file is named, or a folder holds nothing that can be imported.

        Examples
        --------
        >>> import tempfile, miner
        >>> ws = miner.Workspace.create(tempfile.mkdtemp())
        >>> notes = ws.root / "notes.ris"
        >>> _ = notes.write_text("TY  - JOUR\nTI  - A title\nER  - \n")
        >>> [(f.label, f.received, f.new) for f in ws.foresee_import(notes)]
        [('RIS', 1, 1)]
        """
        from miner.jobs.loading.foresee import foresee_import

        paths = as_paths("files", [files] if isinstance(files, str | Path) else files)
        if not paths:
            raise UsageError("no file is named", where="files", hint="name at least one")
        arguments.text(job=job)
        arguments.whole(limit=limit)
        return foresee_import(self.settings, paths, self.say, job=job, limit=limit)

    def backup(self, output: str | Path | None = None, *, raw: bool = True) -> Path:
        """Write all that cannot be made again into one archive, with the checksum of each file, and return its path.

        Parameters
        ----------
        output : path, optional
            A ``.tar.gz`` or ``.tar`` file; by default named by the folder and the day, in the current folder.
        raw : bool
            Whether ``data/raw``, all that services answered, goes into it.

        Raises
        ------
        LockedError
            If a run writes to the workspace.
        UsageError
            If the file exists, or cannot be written.

        Examples
        --------
        >>> import tempfile, miner
        >>> folder = Path(tempfile.mkdtemp())
        >>> kept = miner.Workspace.create(folder / "here").backup(folder / "here.tar.gz")
        >>> miner.Workspace.restore(kept, folder / "there").status()["counts"]["papers"]
        0
        """
        from miner.jobs.upkeep.backup import back_up

        done = back_up(self.settings, maybe_path("output", output), raw=raw, say=self.say)
        self.say(f"{counted(done.files, 'file')}, {done.size / 1e6:,.1f} MB, written to {done.path}")
        return done.path

    def repair(self) -> list[str]:
        """Put right what a crash, a full disk or a hand left behind, and return what was done; nothing where all was well.

        Raises
        ------
        LockedError
            If a run writes to the workspace.
        StoreError
            If the database is damaged and no snapshot can take its place.

        Examples
        --------
        >>> import tempfile, miner
        >>> ws = miner.Workspace.create(tempfile.mkdtemp())
        >>> ws.settings.current.unlink()
        >>> [done.split(" ")[0] for done in ws.repair()], ws.repair()
        (['published'], [])
        """
        from miner.jobs.upkeep.repair import repair

        return repair(self.settings)
