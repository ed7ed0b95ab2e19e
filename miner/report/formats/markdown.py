"""A report as Markdown, with its figures beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from miner.report.formats.outline import outline

if TYPE_CHECKING:
    from miner.report.formats.outline import Part
    from miner.report.formats.parts import Table


def render_markdown(context: dict[str, Any], folder: str) -> str:
    """Return a report as GitHub's Markdown; ``folder`` is where its figures lie, relative to it."""
    return "\n\n".join(_part(part, folder) for part in outline(context)) + "\n"


def _part(part: Part, folder: str) -> str:
    if part.kind == "heading":
        return f"{'#' * part.level} {escape(part.text)}"
    if part.kind == "figure":
        return f"![{escape(part.alt)}]({folder}/{part.text}.svg)"
    if part.kind == "table" and part.table is not None:
        return _table(part.table)
    text = escape(part.text)
    return {"strong": f"**{text}**", "caution": f"> **Caution.** {text}"}.get(part.kind, text)


def escape(text: str) -> str:
    r"""Return text whose characters mean nothing to Markdown or HTML.

    Examples
    --------
    >>> escape("<b> a*b | c")
    '\\<b\\> a\\*b \\| c'
    """
    return re.sub(r"([\\`*_{}\[\]<>|#~$&])", r"\\\1", " ".join(text.split()))


def _table(table: Table) -> str:
    head = "| " + " | ".join(escape(name) or " " for name, _ in table.columns) + " |"
    rule = "|" + "|".join(" ---: " if numeric else " --- " for _, numeric in table.columns) + "|"
    rows = ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in table.rows]
    note = ["", escape(table.note)] if table.note else []
    return "\n".join([f"**{escape(table.title)}**", "", head, rule, *rows, *note])
