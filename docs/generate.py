"""Write the reference pages that are made from the code: commands, database, queries, files, exit codes, parts, and the Python API.

make docs
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
REFERENCE = HERE / "reference"
sys.path.insert(0, str(HERE))

from generating.api import api_pages  # noqa: E402 -- beside this file
from generating.files import files_page  # noqa: E402
from generating.terms import exits_page, parts_page  # noqa: E402


def command_line() -> str:
    """Return the page on the command line, from each command's own help."""
    import typer.main

    from miner.cli.main import app

    lines = ["# The command line", "", "Made by `make docs` from each command's help; a test fails when it is out of date.", ""]

    def describe(command, path: str) -> None:
        lines.append(f"## {path}")
        lines.append("")
        words, _, example = (command.help or "").partition("Example:")
        lines.append(" ".join(words.split()))
        lines.append("")
        if example:
            lines.extend(["```console", example.strip(), "```", ""])
        rows = [
            p for p in command.params if not getattr(p, "hidden", False) and p.name not in {"help", "install_completion", "show_completion"}
        ]
        if rows:
            lines.extend(["| argument or option | meaning |", "| --- | --- |"])
            for p in rows:
                name = ", ".join(p.opts) if p.param_type_name == "option" else (p.metavar or p.name.upper())
                lines.append(f"| `{name}` | {' '.join((getattr(p, 'help', '') or '').split()).replace('|', chr(92) + '|')} |")
            lines.append("")

    def walk(group, path: str) -> None:
        for name, command in sorted(group.commands.items()):
            if hasattr(command, "commands"):
                walk(command, f"{path} {name}")
            else:
                describe(command, f"{path} {name}")

    walk(typer.main.get_command(app), "miner")
    return "\n".join(lines).rstrip() + "\n"


def database() -> str:
    """Return the data dictionary, from the comments that stand in the database itself."""
    import tempfile

    from miner.store.connect import open_writer

    lines = [
        "# The database",
        "",
        "Made by `make docs` from the comments on every table and column; a test fails when it is out of date.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder, open_writer(Path(folder) / "empty.duckdb") as con:
        for kind, source, name in (("Views, for analysts", "duckdb_views()", "view_name"), ("Tables", "duckdb_tables()", "table_name")):
            lines += [f"## {kind}", ""]
            found = con.execute(
                f"SELECT {name}, comment FROM {source} WHERE NOT internal AND {name} <> 'v_definitions' ORDER BY 1"
            ).fetchall()
            for table, comment in found:
                lines += [f"### {table}", "", comment, "", "| column | type | meaning |", "| --- | --- | --- |"]
                columns = con.execute(
                    "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? AND NOT internal ORDER BY column_index",
                    [table],
                ).fetchall()
                lines += [f"| {c} | {t} | {(w or '').replace('|', chr(92) + '|')} |" for c, t, w in columns]
                lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def queries() -> str:
    """Return the page on the named queries."""
    from miner.store.query import named_queries

    lines = [
        "# Named queries",
        "",
        "Made by `make docs`; `miner query NAME` runs them.",
        "",
        "| name | answers | parameters |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {q.name} | {q.summary} | {', '.join(f'{k} = {v}' for k, v in q.parameters.items())} |" for q in named_queries().values()]
    return "\n".join(lines) + "\n"


README = REFERENCE.parents[1] / "README.md"
_MARKS = ("<!-- figures: written by make docs from tests/gate/baseline.json -->\n", "<!-- end of figures -->")
_FIGURES = {
    "sample sizes found, F1": "sample_size.found.f1",
    "– with the right unit": "sample_size.unit",
    "– with the right role (total, test set, group …)": "sample_size.role",
    "performances found with their metric, F1": "performance.metric.f1",
    "– told apart from baselines and differences": "performance.claim",
    "– with their confidence interval": "performance.interval",
    "abstracts with the right sample size": "study.n_some",
    "abstracts with the right best accuracy or AUC": "study.best_some",
}


def _floors(name: str) -> dict[str, dict[str, float]]:
    """Return the floors of a gate, by part and figure."""
    import json

    floors: dict[str, dict[str, float]] = json.loads((README.parent / "tests" / "gate" / name).read_text(encoding="utf-8"))["floors"]
    return floors


def readme() -> str:
    """Return the README with the present floors of extraction in its table."""
    floors = _floors("baseline.json")
    pair, asked = (_floors(f"baseline_{name}.json")["held_out"] for name in ("pair", "moderators"))
    rows = [f"| {words} | {floors['held_out'][key]:.2f} | {floors['all'][key]:.2f} |" for words, key in _FIGURES.items()]
    harder = (
        f"Two things are harder, and weaker, on abstracts held out: of the performances that are given an n {pair['pair.precision']:.2f} have the right one, of those whose n\n"
        f"the text does not tell {pair['pair.silence']:.2f} are given none; what a study asked is read with an F1 of {asked['question.f1']:.2f}, the whole key of it with"
        f" {asked['task.f1']:.2f}\n([limits](docs/explanation/limits.md))."
    )
    table = "\n".join(["", "| figure | held out | all 160 |", "| --- | --- | --- |", *rows, "", harder, "", ""])
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition(_MARKS[0])
    return head + _MARKS[0] + table + _MARKS[1] + rest.partition(_MARKS[1])[2]


PAGES = {
    "command-line.md": command_line,
    "database.md": database,
    "queries.md": queries,
    "files.md": files_page,
    "exit-codes.md": exits_page,
    "parts.md": parts_page,
    **{name: partial(str, page) for name, page in api_pages().items()},
}


def main() -> None:
    """Write all pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")


if __name__ == "__main__":
    main()
