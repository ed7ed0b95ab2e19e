"""``miner search``: ranked search over titles and abstracts."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli.common import JsonOption, WorkspaceOption, counted, say, tell, workspace, write_json
from miner.errors import UsageError

if TYPE_CHECKING:
    from miner.library import Hit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("search")(search)


def search(
    query: Annotated[str, typer.Argument(metavar="WORDS", help="What to look for.")],
    year: Annotated[str | None, typer.Option("--year", metavar="YEARS", help="2020, 2019..2024, 2019.. or ..2024.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most so many records.")] = 20,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Find records by the words of their titles and abstracts, the best first; in SQL: select * from search('…').

    Example: miner search "radiomics glioma" --year 2019..2024
    """
    hits = workspace(where).search(query, years=_years(year), limit=limit)
    if as_json:
        write_json([asdict(h) for h in hits])
        return
    for hit in hits:
        tell(f"{hit.paper_id}  {hit.year or ''}  {' '.join(hit.title.split())}  ({hit.score:.2f})")
        if hit.snippet:
            tell(f"    {_marked(hit)}")
    say(counted(len(hits), "record"))


_YEARS = re.compile(r"(\d{4})?(\.\.)?(\d{4})?")


def _years(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    match = _YEARS.fullmatch(text.strip())
    if match is None or not (match[1] or match[3]) or (match[3] and not match[2]):
        raise UsageError(f"years are 2020, 2019..2024, 2019.. or ..2024, not {text!r}")
    first, last = (int(y) if y else None for y in (match[1], match[3]))
    return (first, last) if match[2] else (first, first)


def _marked(hit: Hit) -> str:
    """Return the snippet with its words in bold on a terminal that shows colours."""
    import os

    on, off = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    out, last = [], 0
    for a, b in hit.marks:
        out += [hit.snippet[last:a], on, hit.snippet[a:b], off]
        last = b
    return " ".join("".join([*out, hit.snippet[last:]]).split())
