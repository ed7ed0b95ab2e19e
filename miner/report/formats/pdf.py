"""A report as PDF, set by Typst: the same report gives the same bytes, on any machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import MinerError, UsageError
from miner.report.formats.outline import outline

if TYPE_CHECKING:
    from miner.report.figures import Recorded
    from miner.report.formats.outline import Part
    from miner.report.formats.parts import Table

# Only fonts that come with matplotlib and Typst are used, so that a machine's own fonts change nothing.
_HEAD = """#set document(title: {title}, date: none)
#set page(paper: "a4", margin: (x: 20mm, y: 22mm), numbering: "1")
#set text(font: ("Libertinus Serif", "DejaVu Sans"), size: 10.5pt, lang: "en")
#set par(justify: true, leading: 0.62em)
#show heading: set text(font: "DejaVu Sans", weight: "bold")
#show heading.where(level: 1): set text(size: 19pt)
#show heading.where(level: 2): set text(size: 13pt)
#show heading.where(level: 3): set text(size: 10.5pt)
#show heading: set block(above: 1.6em, below: 0.8em)
#set table(stroke: (x, y) => (bottom: 0.4pt + luma(200)), inset: (x: 4pt, y: 3pt))
#let caution(body) = block(width: 100%, inset: (left: 8pt, y: 3pt), stroke: (left: 2pt + rgb("#e0a243")), text(size: 9pt)[*Caution.* #body])
"""


def render_pdf(context: dict[str, Any], drawn: list[Recorded]) -> bytes:
    """Return a report as PDF.

    Raises
    ------
    UsageError
        If typst is not installed.
    MinerError
        If it cannot set the report.
    """
    try:
        import typst
    except ImportError as error:
        raise UsageError("PDF needs the package typst", hint="pip install 'miner[pdf]'") from error
    import matplotlib as mpl

    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for figure in drawn:
            (root / f"{figure.name}.svg").write_bytes(figure.svg)
        source = root / "report.typ"
        source.write_text(_source(context, {f.name: f for f in drawn}), encoding="utf-8")
        try:
            made = typst.compile(str(source), root=folder, font_paths=[str(fonts)], ignore_system_fonts=True)
        except (RuntimeError, ValueError) as error:
            raise MinerError(
                f"the report could not be set as PDF: {str(error).replace(folder, '')}", hint="take --format html, and report this"
            ) from error
    return bytes(made)


def _source(context: dict[str, Any], drawn: dict[str, Recorded]) -> str:
    parts = outline(context)
    return _HEAD.replace("{title}", quoted(context["title"])) + "\n".join(_part(p, drawn) for p in parts) + "\n"


def _part(part: Part, drawn: dict[str, Recorded]) -> str:
    if part.kind == "heading":
        return f"#heading(level: {part.level}, {quoted(part.text)})"
    if part.kind == "figure":
        figure = drawn.get(part.text)
        alt = quoted(figure.description if figure else part.alt)
        return f"#align(center, image({quoted(part.text + '.svg')}, width: 100%, alt: {alt}))" if figure else ""
    if part.kind == "table" and part.table is not None:
        return _table(part.table)
    if part.kind == "caution":
        return f"#caution(text({quoted(part.text)}))"
    weight = 'weight: "bold", ' if part.kind == "strong" else ""
    return f"#par(text({weight}{quoted(part.text)}))"


def quoted(text: str) -> str:
    r"""Return text as a string of Typst's, in which nothing is markup.

    Examples
    --------
    >>> print(quoted('a "b" #c'))
    "a \"b\" #c"
    """
    clean = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _table(table: Table) -> str:
    widest = [max([len(name), *(len(row[i]) for row in table.rows)]) for i, (name, _) in enumerate(table.columns)]
    columns = ", ".join(f"{min(width // 26, 3)}fr" if width > 26 else "auto" for width in widest)
    align = ", ".join("right" if numeric else "left" for _, numeric in table.columns)
    head = ", ".join(f"strong(text({quoted(name)}))" for name, _ in table.columns)
    rows = "\n".join("  " + ", ".join(f"text({quoted(cell)})" for cell in row) + "," for row in table.rows)
    note = f"\n#text(size: 8.5pt, fill: luma(80), {quoted(table.note)})" if table.note else ""
    return (
        f"#block(above: 1em, strong(text({quoted(table.title)})))\n#[#set text(size: 7.5pt)\n#set par(justify: false)\n"
        f"#table(columns: ({columns},), align: ({align},), table.header({head}),\n{rows}\n)]{note}"
    )
