"""``miner import``: files of records, and tables of studies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from miner.cli.common import DONE, FAILED, PARTIAL, JsonOption, WorkspaceOption, complain, say, workspace, write, write_json
from miner.errors import MinerError, UsageError

KINDS = ("records", "studies", "leaderboards", "counts", "sources")
SHOWN = 5  # problems of a table that are told; all are recorded


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="PubMed XML (.xml, .xml.gz), Atom, JSON lines, RIS, BibTeX; full texts (PDF, JATS); tables; or folders of them.",
        ),
    ],
    kind: Annotated[
        str, typer.Option("--as", help="records; or tables: studies, leaderboards, counts; or sources, a folder of all of these.")
    ] = "records",
    mapping: Annotated[
        Path | None, typer.Option(metavar="M", help="Of tables: a file that says which column means what, or varoquaux2022.")
    ] = None,
    job: Annotated[str, typer.Option(help="The name under which the records are kept.")] = "import",
    again: Annotated[bool, typer.Option("--again", help="Read PubMed files again that were read whole before.")] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Import files; a bad one, or a bad record, is reported and recorded, and stops no other.

    A full text goes to the record that it names (by DOI, arXiv or PubMed identifier, or title), else makes a new one; miner extract reads it then.

    Example: miner import pubmed21n1298.xml.gz notes.ris papers/*.pdf
    """
    if kind not in KINDS:
        raise UsageError(f"there is no kind {kind!r}", where="--as", hint=f"one of {', '.join(KINDS)}")
    from miner.store.connect import writing
    from miner.store.snapshot import publish

    place = workspace(where)
    if kind == "records":
        from miner.jobs.loading.bulk import in_order

        files = in_order(files, say)
    done: list[dict[str, Any]] = []
    failed: list[MinerError] = []
    texts = _full_texts(files) if kind == "records" else []
    with writing(place) as con:
        for path, result in (
            _records(con, [p for p in files if p not in texts], job, again=again)
            if kind == "records"
            else _all_tables(con, files, kind, mapping)
        ):
            if isinstance(result, MinerError):
                failed.append(result)
                done.append({"file": str(path), "error": str(result)})
                complain(f"Error: {result}")
            else:
                done += result
        done += _documents(con, place, texts, job)
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
    from miner.jobs.loading.bulk import reading_ahead
    from miner.jobs.loading.importing import import_files as import_all

    with reading_ahead() as ahead:
        for path, report in zip(files, import_all(con, files, job=job, ahead=ahead, say=say, again=again), strict=True):
            if isinstance(report, MinerError):
                yield path, report
                continue
            for reason in report.reasons:
                complain(f"{report.file}: {reason}")
            yield path, [report.to_dict()]


def _all_tables(con: Any, files: list[Path], kind: str, mapping: Path | None) -> Iterator[tuple[Path, list[dict[str, Any]] | MinerError]]:
    for path in files:
        try:
            yield path, _tables(con, path, kind, mapping)
        except MinerError as error:
            yield path, error


def _full_texts(files: list[Path]) -> list[Path]:
    from miner.jobs.loading.documents import is_document

    return [p for p in files if is_document(p)]


def _documents(con: Any, place: Any, paths: list[Path], job: str) -> list[dict[str, Any]]:
    if not paths:
        return []
    from miner.jobs.loading.documents import import_documents

    reports = []
    for report in import_documents(con, place, paths, job=job):
        if report.reason:
            say(f"{report.file}: {report.reason}")
        reports.append(report.to_dict())
    return reports


def _tables(con: Any, path: Path, kind: str, mapping: Path | None) -> list[dict[str, Any]]:
    from miner.jobs.loading.studies import PAPER, bundled, import_counts, import_leaderboard, import_sources, import_studies

    if not path.exists():
        raise UsageError("there is no such file or folder", where=str(path))
    if kind == "studies":
        reports = import_studies(con, path, mapping)
    elif kind == "sources":
        reports = import_sources(con, path, mapping or PAPER)
    else:
        own = bundled(f"{kind}.toml") if mapping is not None and str(mapping) == PAPER and not mapping.exists() else mapping
        reports = [(import_leaderboard if kind == "leaderboards" else import_counts)(con, path, own)]
    for report in reports:
        for place, reason in report.problems[:SHOWN]:
            say(f"{report.file}, {place}: {reason}")
        if len(report.problems) > SHOWN:
            say(f"{report.file}: {len(report.problems) - SHOWN} more; all stand in the table import_problem")
    return [{**r.to_dict(), "partial": not r.used} for r in reports]


def _line(report: dict[str, Any]) -> str:
    if "document_id" in report:
        return _document_line(report)
    if "new" not in report or "received" not in report:
        text = f"{report['file']} ({report['kind']}): {report['used']:,} rows in use"
        text += f", {report['effects']:,} of them give an effect" if report["kind"] == "studies" else ""
        return text + "".join(f", {report[k]:,} {k.replace('_', ' ')}" for k in ("set_aside", "rejected") if report[k])
    text = f"{report['file']}: {report['received']:,} records: {report['new']:,} new, {report['changed']:,} changed, {report['unchanged']:,} unchanged"
    if report["deleted"]:
        text += f", {report['deleted']:,} deleted"
    if report["problems"]:
        text += f"; {report['problems']:,} could not be read"
    return text


def _document_line(report: dict[str, Any]) -> str:
    if report["reason"]:
        again = " (with this parser before; not tried again)" if report["state"] == "known" else ""
        return f"{report['file']}: not read: {report['reason']}{again}"
    if report["state"] == "known":
        return f"{report['file']}: {report['document_id']}, unchanged"
    size = f"{report['pages']:,} pages, " if report["pages"] else ""
    new = ", a new record" if report["new_paper"] else ""
    return f"{report['file']}: {report['document_id']}: {size}{report['sections']:,} sections, {report['tables']:,} tables{new}"
