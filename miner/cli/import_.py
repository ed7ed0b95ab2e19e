"""``miner import``: files of records, and tables of studies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli.common import (
    DONE,
    FAILED,
    PARTIAL,
    JsonOption,
    WorkspaceOption,
    complain,
    counted,
    deliver,
    tell,
    workspace,
    write,
    write_json,
)
from miner.errors import MinerError, UsageError

if TYPE_CHECKING:
    from miner.library import CheckedRow, Foreseen
    from miner.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_files)
    app.command("init-mapping")(init_mapping)


def init_mapping(
    file: Annotated[Path, typer.Argument(metavar="TABLE", help="An HTML page, a CSV file or a spreadsheet.")],
    table: Annotated[int, typer.Option(help="Which of an HTML page's tables, from 0.")] = 0,
    sheet: Annotated[str | None, typer.Option(help="Which sheet of a spreadsheet; the first by default.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write it to a file.")] = None,
) -> None:
    """Propose a mapping for a table of studies, from its header and its first rows: something to check and change.

    Example: miner init-mapping review.csv -o review.toml
    """
    import miner

    deliver(miner.propose_mapping(file, table=table, sheet=sheet).encode(), output, "mapping")


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="PubMed (XML, .nbib), Atom, JSON lines, RIS, BibTeX, EndNote (.enw), Web of Science, Zotero and CSL as JSON, any of them gzipped; full texts (PDF, JATS); tables; or folders of them.",
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
    check: Annotated[bool, typer.Option("--check", help="Of tables of studies: show what is read of each row; write nothing.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="At most so many records that the job does not have, of all files together; again, it goes on."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what each file is and what would come; write nothing.")] = False,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Import files; a bad one, or a bad record, is reported and recorded, and stops no other.

    A full text goes to the record that it names (by DOI, arXiv or PubMed identifier, or title), else makes a new one; miner extract reads it then.

    Example: miner import pubmed21n1298.xml.gz notes.ris papers/*.pdf
    """
    if check:
        _check(files, kind, mapping, where, as_json=as_json)
        return
    if dry_run:
        _foresee(workspace(where), files, kind, job, limit, as_json=as_json)
        return
    report = workspace(where).import_files(files, kind=kind, mapping=mapping, job=job, again=again, limit=limit, say=complain)
    if as_json:
        write_json(report.files)
    else:
        for one in report.files:
            if "error" not in one:
                tell(_line(one, limit))
    if report.failed:
        raise typer.Exit(report.errors[0].exit_code if report.asked == 1 else FAILED)
    raise typer.Exit(PARTIAL if report.partial else DONE)


def _check(files: list[Path], kind: str, mapping: Path | None, where: Path | None, *, as_json: bool) -> None:
    import miner

    if kind != "studies":
        raise UsageError("--check is for tables of studies", where="--as", hint="--as studies; of records --dry-run says what would come")
    rows = [row for file in files for row in miner.check_studies(file, mapping, rules=_rules(where))]
    if as_json:
        write("[\n" + ",\n".join(json.dumps(row.to_dict(), ensure_ascii=False) for row in rows) + "\n]")
    else:
        for one in rows:
            tell(_checked(one))
        told = sum(one.row.why is not None for one in rows)
        with_n = sum(one.row.used and one.row.n is not None for one in rows)
        used = sum(one.row.used for one in rows)
        tell(f"{used:,} of {len(rows):,} in use, {with_n:,} with n; something is said of {told:,}. Nothing was stored.")


def _rules(where: Path | None) -> list[Path]:
    """Return the workspace's folder of rules; a check needs no workspace."""
    try:
        return [workspace(where).settings.rules]
    except MinerError:
        if where is not None:
            raise
        return []


def _checked(one: CheckedRow) -> str:
    r = one.row
    values = [f"n {r.n_bound or ''}{r.n}" if r.n is not None else "no n"]
    if r.estimate is None:
        values.append(f"no {r.metric}")
    else:
        interval = f" [{r.ci_low:g}, {r.ci_high:g}]" if r.ci_low is not None and r.ci_high is not None else ""
        values.append(f"{r.metric} {r.bound or ''}{r.estimate:g}{interval}" + (f" ± {r.sd:g}" if r.sd is not None else ""))
    cells = ", ".join(f"{name} = {text!r}" for name, text in one.cells.items())
    return f"row {r.row + 1} {r.reference}: {', '.join(values)}  <- {cells}" + (f"\n    {r.why}" if r.why else "")


def _foresee(place: Workspace, files: list[Path], kind: str, job: str, limit: int | None, *, as_json: bool) -> None:
    if kind != "records":
        raise UsageError("--dry-run is for records and full texts", where="--as", hint="leave --as out, or import into a copy")
    found = place.foresee_import(files, job=job, limit=limit)
    if as_json:
        write_json([f.to_dict() for f in found])
    else:
        for one in found:
            tell(_foreseen(one, limit))
    raise typer.Exit(PARTIAL if any(f.partial for f in found) else DONE)


def _foreseen(f: Foreseen, limit: int | None) -> str:
    if f.error is not None:
        return f.error if f.error.startswith(f.file) else f"{f.file}: {f.error}"
    if f.format == "document":
        return f"{f.file}: {f.label}"
    counts = [(f.new, "new"), (f.changed, "changed"), (f.unchanged, "unchanged"), (f.deleted, "deleted")]
    told = ", ".join(f"{n:,} {what}" for n, what in counts if n) or "nothing"
    lines = [f"{f.file}: {f.label}, {counted(f.received, 'record')}: {told}{_left(f.left, limit)}"]
    lines += [f"  {title}" for title in f.sample]
    if f.problems:
        lines.append(f"  {f.problems:,} could not be read:")
        lines += [f"    {reason}" for reason in f.reasons]
    return "\n".join(lines)


def _left(number: int, limit: int | None) -> str:
    return f"; the limit of {limit:,} is reached, {number:,} left" if number and limit else ""


def _line(report: dict[str, Any], limit: int | None) -> str:
    if "document_id" in report:
        return _document_line(report)
    if "new" not in report or "received" not in report:
        text = f"{report['file']} ({report['kind']}): {counted(report['used'], 'row')} in use"
        if report["kind"] == "studies":
            text += f", {report['effects']:,} of them give an effect, {report['with_n']:,} have an n"
            told = ((report["n_unread"], "n that could not be read"), (report["inexact"], "approximate or a bound"))
            text += "".join(f", {count:,} {words}" for count, words in told if count)
        return text + "".join(f", {report[k]:,} {k.replace('_', ' ')}" for k in ("set_aside", "rejected") if report[k])
    text = f"{report['file']}: {counted(report['received'], 'record')}: {report['new']:,} new, {report['changed']:,} changed, {report['unchanged']:,} unchanged"
    if report["deleted"]:
        text += f", {report['deleted']:,} deleted"
    if report["problems"]:
        text += f"; {report['problems']:,} could not be read"
    return text + _left(report["left"], limit)


def _document_line(report: dict[str, Any]) -> str:
    if report["reason"]:
        again = " (with this parser before; not tried again)" if report["state"] == "known" else ""
        return f"{report['file']}: not read: {report['reason']}{again}"
    if report["state"] == "known":
        return f"{report['file']}: {report['document_id']}, unchanged"
    size = f"{counted(report['pages'], 'page')}, " if report["pages"] else ""
    new = ", a new record" if report["new_paper"] else ""
    return f"{report['file']}: {report['document_id']}: {size}{counted(report['sections'], 'section')}, {counted(report['tables'], 'table')}{new}"
