"""What can be asked of a workspace: of its published snapshot, without waiting for anybody who writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.paths import as_path, maybe_path
from miner.workspace import arguments
from miner.workspace.base import Place

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from miner.store.search import Hit


class Reads(Place):
    """The methods of a workspace that read."""

    def select(self, query: str, parameters: Mapping[str, Any] | None = None, *, timeout: float = 60.0) -> pa.Table:
        """Run one SELECT on the published snapshot and return an Arrow table (see :meth:`sql`)."""
        from miner.store.query import run_select

        arguments.text(query=query)
        arguments.mapping(parameters=parameters)
        arguments.positive(timeout=timeout)
        return run_select(self.settings, query, parameters, timeout=timeout)

    def select_named(self, name: str, parameters: Mapping[str, str] | None = None, *, timeout: float = 60.0) -> pa.Table:
        """Run a named query with parameters as text and return an Arrow table (see :meth:`query`)."""
        from miner.store.query import run_named

        arguments.text(name=name)
        arguments.mapping(parameters=parameters)
        arguments.positive(timeout=timeout)
        return run_named(self.settings, name, dict(parameters or {}), timeout=timeout)

    def sql(self, query: str, parameters: Mapping[str, Any] | None = None, *, timeout: float = 60.0) -> pd.DataFrame:
        """Run one SELECT on the published snapshot.

        Parameters
        ----------
        query : str
            One statement that reads.
        parameters : mapping, optional
            Values for ``$name`` in the statement.
        timeout : float
            Seconds after which it is stopped.

        Raises
        ------
        QueryError
            If the statement does not only read, fails, or goes beyond a limit.
        """
        frame: pd.DataFrame = self.select(query, parameters, timeout=timeout).to_pandas()
        return frame

    def query(self, name: str, *, timeout: float = 60.0, **parameters: Any) -> pd.DataFrame:
        """Run a named query (``miner query`` lists them) with its parameters as keywords."""
        frame: pd.DataFrame = self.select_named(name, {k: str(v) for k, v in parameters.items()}, timeout=timeout).to_pandas()
        return frame

    def effects(self, metric: str | None = None, *, task: str | None = None, origin: str | None = None) -> pd.DataFrame:
        """Return the effects: one row a study, metric, task and part of the data (the view ``v_effect``).

        Parameters
        ----------
        metric, task, origin : str, optional
            Only these; ``origin`` is ``extracted`` or the review whose table an effect was imported from.

        Raises
        ------
        UsageError
            If the workspace has effects, but none of this metric, task or origin, and for a metric the vocabulary does not know it either.
        """
        from miner.store.effects import CHOSEN_EFFECTS

        chosen = {"metric": metric, "task": task, "origin": origin}
        arguments.text(**chosen)
        found = self.sql(CHOSEN_EFFECTS, chosen)
        if found.empty:
            self._known(chosen)
        return found

    def _known(self, chosen: Mapping[str, str | None]) -> None:
        """Refuse names that stand nowhere, once nothing was found by them."""
        from miner.extract.rule import rule_vocabulary
        from miner.store.effects import NAMES_OF_EFFECTS

        there = self.select(NAMES_OF_EFFECTS).to_pydict()
        vocabulary = {name for m in rule_vocabulary([self.settings.rules]).metrics for name in (m.name, m.metric)}
        arguments.one_of({*there["metric"], *vocabulary} - {None}, metric=chosen["metric"])
        for name in ("task", "origin"):
            if any(there[name]):
                arguments.one_of({*there[name]} - {None}, **{name: chosen[name]})

    def search(self, words: str, *, years: tuple[int | None, int | None] = (None, None), limit: int = 20) -> list[Hit]:
        """Return the records whose titles and abstracts fit best, the best first.

        Parameters
        ----------
        words : str
            What to look for.
        years : (int, int)
            The first and last year; None is open.
        limit : int
            At most so many.

        Raises
        ------
        UsageError
            If there is no word to look for, or a limit or year cannot be.
        """
        from miner.store.connect import open_reader
        from miner.store.search import search

        arguments.text(words=words)
        arguments.whole(limit=limit)
        arguments.year_range(years)
        with open_reader(self.settings.current) as con:
            return search(con, words, years=years, limit=limit)

    def why(self, identifier: str) -> dict[str, Any]:
        """Return the chain behind an effect or extraction: sentence, document, fetch, rule and decisions.

        Parameters
        ----------
        identifier : str
            An ``effect_id`` or ``extraction_id``.

        Returns
        -------
        dict
            ``effect`` (None for an extraction, and for an effect that a reviewer rejected: ``rejected`` has what it was and the decision then), ``table_row``,
            ``extractions`` with what each rests on, ``candidates``; plain data.

        Raises
        ------
        UsageError
            If there is neither.
        """
        from miner.jobs.link import rejected_effect
        from miner.store.connect import open_reader
        from miner.store.why import explain

        arguments.text(identifier=identifier)
        with open_reader(self.settings.current) as con:
            return explain(con, identifier, lambda effect_id: rejected_effect(con, effect_id, [self.settings.rules]))

    def picture(self, identifier: str, output: str | Path) -> Path:
        """Write the page of a PDF that an effect or extraction stands on, with the value marked, as PNG.

        Raises
        ------
        UsageError
            If there is no such effect or extraction, it has no page, or the file cannot be written.
        """
        from miner.jobs.picture import write_picture

        path = as_path("output", output)
        write_picture(self.settings, self.why(identifier), path)
        return path

    def provenance(self, identifier: str) -> dict[str, Any]:
        """Return the chain behind an effect or extraction (see :meth:`why`) as W3C's PROV-JSON."""
        from miner.export.prov import to_prov

        return to_prov(self.why(identifier))

    def report(
        self,
        name: str | None = None,
        *,
        job: str | None = None,
        output: str | Path | None = None,
        form: str = "html",
        figures: str | Path | None = None,
        snapshot: str | Path | None = None,
        interactive: bool = False,
    ) -> Path:
        """Make a report and return its path.

        Parameters
        ----------
        name : str, optional
            A report's name, or that of a job, whose report is made; everything in the database by default.
        job : str, optional
            The job whose records the report is on.
        output : path, optional
            The folder; by default the workspace's ``data/reports``.
        form : str
            ``html``, ``md`` or ``pdf``.
        figures : path, optional
            A folder for the figures alone, as SVG and PNG of 300 dots per inch.
        snapshot : path, optional
            A snapshot; the published one by default.
        interactive : bool
            Whether the page gets figures that answer to the reader, too.

        Raises
        ------
        UsageError
            If there is no such report, job or format, or nothing can be written there.
        StoreError
            If there is no such snapshot.
        """
        from miner.report.build import build_report

        arguments.text(name=name, job=job, form=form)
        folders = {"output": maybe_path("output", output), "figures": maybe_path("figures", figures)}
        return build_report(
            self.settings, name, job=job, form=form, snapshot=maybe_path("snapshot", snapshot), interactive=interactive, **folders
        )

    def site(
        self,
        output: str | Path | None = None,
        *,
        job: str | None = None,
        limit: int | None = None,
        before: str | Path | None = None,
        address: str | None = None,
    ) -> Path:
        """Write the published snapshot as a site that opens from disk, with a page for every paper, and return the path of its first page.

        Parameters
        ----------
        output : path, optional
            The folder; by default the workspace's ``data/site``. A site that is there is replaced once the new one is whole.
        job : str, optional
            Whose records; all by default.
        limit : int, optional
            The most papers that get a page.
        before : str or path, optional
            The snapshot against which the site says what changed (see :meth:`diff`); by default that is told since the last run (see :meth:`news`).
        address : str, optional
            Where the site will be served (``https://…``), for its feed.

        Raises
        ------
        UsageError
            If there is no such job or snapshot, the folder holds something else than a site, or nothing can be written there.
        StoreError
            If nothing has been published.

        Examples
        --------
        >>> import tempfile, miner
        >>> ws = miner.Workspace.create(tempfile.mkdtemp())
        >>> ws.site().relative_to(ws.root).as_posix()
        'data/site/index.html'
        """
        from miner.web.site import build_site

        earlier = None if before is None else str(before)
        arguments.text(job=job, before=earlier, address=address)
        arguments.whole(limit=limit)
        return build_site(self.settings, maybe_path("output", output), job=job, limit=limit, before=earlier, address=address)

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 8765,
        job: str | None = None,
        address: str | None = None,
        ready: Callable[[str], None] | None = None,
    ) -> None:
        """Serve the pages of :meth:`site` and the SQL page until Ctrl-C; pages are made of the snapshot that is published when they are asked for.

        Parameters
        ----------
        host, port : str, int
            Where; port 0 is any that is free. Beyond this machine only those sign in who are in ``users.toml`` (see :meth:`add_user`).
        job : str, optional
            Whose records; all by default.
        address : str, optional
            What people type, where something that speaks TLS stands in front (``https://…``).
        ready : callable, optional
            Told the address, with its token, once it can be opened; by default it is said.

        Raises
        ------
        UsageError
            If the extra ``serve`` is not installed, there is no such job, the port is taken, or nobody may sign in.
        StoreError
            If nothing has been published.
        """
        from miner.web.serve.server import Where, serve

        arguments.text(host=host, job=job, address=address)
        arguments.whole(0, port=port)
        serve(self.settings, Where(host, port, address), job=job, ready=ready or self.say, say=self.say)

    def add_user(self, name: str, password: str) -> Path:
        """Let somebody sign in where :meth:`serve` listens beyond this machine, or give a new password; return the file of the hashes.

        Raises
        ------
        UsageError
            If the extra ``serve`` is not installed, or name or password cannot be one.
        """
        from miner.web.serve.server import needed
        from miner.web.serve.users import FILE, add_user

        arguments.text(name=name, password=password)
        needed()
        add_user(self.root / FILE, name, password)
        return self.root / FILE

    def export(self, form: str, output: str | Path, *, query: str | None = None, metric: str | None = None) -> str:
        """Write records or effects for other programs, and return a sentence on what was written.

        Parameters
        ----------
        form : str
            ``ris``, ``endnote``, ``bibtex``, ``csl-json``, ``asreview``, ``metafor``, ``parquet``, ``datapackage``, ``duckdb``, or one that a package brings.
        output : path
            The file; for ``datapackage`` a folder or a ``.zip`` file.
        query : str, optional
            A named query or a SELECT that chooses the rows.
        metric : str, optional
            Of ``metafor``: which metric, or ``all``.

        Raises
        ------
        UsageError
            If there is no such format, or it does not take what was asked for.
        ExportError
            If the file cannot be written.
        """
        from miner.export.format import Export, write_export
        from miner.store.connect import open_reader

        arguments.text(form=form, query=query, metric=metric)
        path = as_path("output", output)
        with open_reader(self.settings.current) as con:
            return write_export(form, Export(con, path, query, metric))

    def status(self) -> dict[str, Any]:
        """Return what has been crawled, extracted and published."""
        from miner.store.status import read_status

        return read_status(self.settings)

    def prometheus(self) -> str:
        """Return the figures of :meth:`status` as Prometheus reads them."""
        from miner.store.status import to_prometheus

        return to_prometheus(self.status())
