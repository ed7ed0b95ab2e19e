"""``miner import``: files of records, and tables of studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from miner.cli.common import DONE, FAILED, PARTIAL, JsonOption, WorkspaceOption, say, workspace, write, write_json
from miner.errors import MinerError, UsageError

KINDS = ("records", "studies", "leaderboards", "counts", "sources")
SHOWN = 5  # problems of a table that are told; all are recorded


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="PubMed XML (.xml, .xml.gz), Atom, JSON lines, RIS, BibTeX; full texts (PDF, JATS); tables."),
    ],
    kind: Annotated[
        str, typer.Option("--as", help="records; or tables: studies, leaderboards, counts; or sources, a folder of all of these.")
    ] = "records",
    mapping: Annotated[
        Path | None, typer.Option(metavar="M", help="Of tables: a file that says which column means what, or varoquaux2022.")
    ] = None,
    job: Annotated[str, typer.Option(help="The name under which the records are kept.")] = "import",
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
    done: list[dict[str, Any]] = []
    failed: list[MinerError] = []
    texts = _full_texts(files) if kind == "records" else []
    with writing(place) as con:
        for path in (p for p in files if p not in texts):
            try:
                done += [_records(con, place, path, job)] if kind == "records" else _tables(con, path, kind, mapping)
            except MinerError as error:
                failed.append(error)
                done.append({"file": str(path), "error": str(error)})
                say(f"Error: {error}")
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


def _records(con: Any, place: Any, path: Path, job: str) -> dict[str, Any]:
    from miner.jobs.crawl import import_file

    report = import_file(con, place, path, job=job, say=say)
    for reason in report.reasons:
        say(f"{report.file}: {reason}")
    return report.to_dict()


def _full_texts(files: list[Path]) -> list[Path]:
    from miner.jobs.documents import is_document

    return [p for p in files if is_document(p)]


def _documents(con: Any, place: Any, paths: list[Path], job: str) -> list[dict[str, Any]]:
    if not paths:
        return []
    from miner.jobs.documents import import_documents

    reports = []
    for report in import_documents(con, place, paths, job=job):
        if report.reason:
            say(f"{report.file}: {report.reason}")
        reports.append(report.to_dict())
    return reports


def _tables(con: Any, path: Path, kind: str, mapping: Path | None) -> list[dict[str, Any]]:
    from miner.jobs.studies import PAPER, bundled, import_counts, import_leaderboard, import_sources, import_studies

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
