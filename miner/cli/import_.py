"""``miner import``: files of records, and tables of studies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from miner.cli.common import DONE, FAILED, PARTIAL, JsonOption, WorkspaceOption, complain, say, workspace, write, write_json
from miner.errors import MinerError, UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="PubMed XML (.xml, .xml.gz), Atom, JSON lines, RIS, BibTeX; tables; or folders of them."),
    ],
    kind: Annotated[str, typer.Option("--as", help="records, or studies for tables of studies.")] = "records",
    mapping: Annotated[Path | None, typer.Option(metavar="M", help="With --as studies: which column means what.")] = None,
    job: Annotated[str, typer.Option(help="The name under which the records are kept.")] = "import",
    again: Annotated[bool, typer.Option("--again", help="Read PubMed files again that were read whole before.")] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Import files; a bad one, or a bad record, is reported and recorded, and stops no other.

    Example: miner import pubmed21n1298.xml.gz notes.ris
    """
    if kind not in {"records", "studies"}:
        raise UsageError(f"there is no kind {kind!r}", where="--as", hint="records or studies")
    from miner.store.connect import writing
    from miner.store.snapshot import publish

    place = workspace(where)
    if kind == "records":
        from miner.jobs.bulk import in_order

        files = in_order(files, say)
    done: list[dict[str, Any]] = []
    failed: list[MinerError] = []
    with writing(place) as con:
        for path, result in _studies(con, files, mapping) if kind == "studies" else _records(con, files, job, again=again):
            if isinstance(result, MinerError):
                failed.append(result)
                done.append({"file": str(path), "error": str(result)})
                complain(f"Error: {result}")
            else:
                done += result
        publish(con, place)
    if as_json:
        write_json(done)
    else:
        for report in done:
            if "error" not in report:
                write(_line(report))
    if failed and len(failed) == len(files):
        raise typer.Exit(failed[0].exit_code if len(files) == 1 else FAILED)
    raise typer.Exit(PARTIAL if failed or any(r.get("partial") for r in done) else DONE)


def _records(con: Any, files: list[Path], job: str, *, again: bool) -> Iterator[tuple[Path, list[dict[str, Any]] | MinerError]]:
    from miner.jobs.bulk import reading_ahead
    from miner.jobs.importing import import_files as import_all

    with reading_ahead() as ahead:
        for path, report in zip(files, import_all(con, files, job=job, ahead=ahead, say=say, again=again), strict=True):
            if isinstance(report, MinerError):
                yield path, report
                continue
            for reason in report.reasons:
                complain(f"{report.file}: {reason}")
            yield path, [report.to_dict()]


def _studies(con: Any, files: list[Path], mapping: Path | None) -> Iterator[tuple[Path, list[dict[str, Any]] | MinerError]]:
    from dataclasses import asdict

    from miner.jobs.studies import import_studies

    for path in files:
        try:
            yield path, [{"file": str(path), **asdict(r)} for r in import_studies(con, path, mapping)]
        except MinerError as error:
            yield path, error


def _line(report: dict[str, Any]) -> str:
    if "new" not in report or "received" not in report:
        return f"{report['file']}: " + ", ".join(f"{k} {v}" for k, v in report.items() if k != "file" and isinstance(v, int | str))
    text = f"{report['file']}: {report['received']:,} records: {report['new']:,} new, {report['changed']:,} changed, {report['unchanged']:,} unchanged"
    if report["deleted"]:
        text += f", {report['deleted']:,} deleted"
    if report["problems"]:
        text += f"; {report['problems']:,} could not be read"
    return text
