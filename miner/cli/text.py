"""``miner text``: what was read from PDFs and JATS files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from miner.cli.common import DONE, FAILED, PARTIAL, USAGE, JsonOption, counted, say, tell, write_json

if TYPE_CHECKING:
    from miner.library import FullText, Outcome, Section, Table

# What a terminal would take for commands, and what UTF-8 cannot hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("text")(text)


def text(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="PDFs, and articles in JATS or NLM XML (.xml, .nxml).")],
    section: Annotated[
        list[str] | None,
        typer.Option("--section", metavar="KIND", help="Only sections of this kind, such as methods or results; may be repeated."),
    ] = None,
    tables: Annotated[
        bool, typer.Option("--tables/--no-tables", help="Whether tables of PDFs are read: they take most of the time.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Print what is read from full texts, by section, with their tables; each file is parsed in a process of its own with limits.

    With --json: one object (a list of them for several files) with kind, pages, notes, sections with their text, and tables as rows.

    Example: miner text paper.pdf --section methods --section results
    """
    from miner import read_files

    kinds = set(section or [])
    _check(kinds)
    answers: list[dict[str, Any]] = []
    failed: list[Path] = []
    for outcome in read_files(files, tables=tables):
        if outcome.document is None:
            failed.append(outcome.path)
            say(f"Error: {outcome.path}: {outcome.reason}")
        if as_json:
            answers.append(_as_data(outcome, kinds))
        elif outcome.document is not None:
            if len(files) > 1:
                tell(f"==> {_printable(str(outcome.path))} <==")
            tell(_as_text(outcome.document, kinds))
            _tell(outcome.path, outcome.document)
    if as_json:
        write_json(answers[0] if len(files) == 1 else answers)
    if len(failed) == len(files):
        raise typer.Exit(FAILED if any(p.exists() for p in failed) else USAGE)
    raise typer.Exit(PARTIAL if failed else DONE)


def _check(kinds: set[str]) -> None:
    from miner.errors import UsageError
    from miner.library import KINDS, suggest

    unknown = sorted(kinds - {*KINDS, "tables"})
    if unknown:
        raise UsageError(
            f"there is no kind of section {unknown[0]!r}", where="--section", hint=suggest(unknown[0], [*KINDS, "tables"], all_too=True)
        )


def _as_text(document: FullText, kinds: set[str]) -> str:
    parts = [
        _tables(document.tables) if part.kind == "tables" else _section(document, part)
        for part in document.sections
        if not kinds or part.kind in kinds
    ]
    return _printable("\n".join(parts))


def _section(document: FullText, section: Section) -> str:
    """Return a section with its kind marked on the line of its heading."""
    words = document.text[section.start : section.end]
    heading, _, rest = words.partition("\n")
    title = section.title.strip()
    if title and heading.strip() == title:
        return f"## {title} [{section.kind}]\n{rest}"
    return f"## [{section.kind}]\n{words}"


def _tables(tables: tuple[Table, ...]) -> str:
    parts = ["## [tables]"]
    for table in tables:
        page = f" (page {table.page})" if table.page else ""
        parts.append(f"{table.label} {table.caption}".strip() + page)
        parts += ["\t".join(row) for row in table.grid()]
        parts.append("")
    return "\n".join(parts)


def _as_data(outcome: Outcome, kinds: set[str]) -> dict[str, Any]:
    document = outcome.document
    if document is None:
        return {"file": _printable(str(outcome.path)), "state": "failed", "reason": outcome.reason}
    return {
        "file": _printable(str(outcome.path)),
        "state": "read",
        "kind": document.kind,
        "parser_version": document.version,
        "pages": document.pages,
        "license": document.license,
        "meta": document.meta,
        "notes": list(document.notes),
        "text": _valid(document.text),
        "sections": [
            {"kind": s.kind, "title": _valid(s.title), "start": s.start, "end": s.end, "text": _valid(document.text[s.start : s.end])}
            for s in document.sections
            if not kinds or s.kind in kinds
        ],
        "tables": [
            {
                "label": _valid(t.label),
                "caption": _valid(t.caption),
                "page": t.page,
                "box": t.box,
                "rows": [[_valid(c) for c in r] for r in t.grid()],
            }
            for t in document.tables
        ],
    }


def _tell(path: Path, document: FullText) -> None:
    size = f"{counted(document.pages, 'page')}, " if document.pages else ""
    license_ = f", licence {document.license}" if document.license else ""
    say(f"{path}: {document.kind}, {size}{counted(len(document.sections), 'section')}, {counted(len(document.tables), 'table')}{license_}")
    for note in document.notes:
        say(f"{path}: {note}")


def _printable(words: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", words)


def _valid(words: str) -> str:
    """Replace lone surrogates, which JSON in UTF-8 cannot hold; offsets stay."""
    return words.encode("utf-8", "replace").decode("utf-8") if _UNPRINTABLE.search(words) else words
