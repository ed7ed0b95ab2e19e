"""What docs/explanation/stability.md promises, as lines that can be compared: a name, and its parameters with what each may be left out of.

python -m tests.library.stable        # the promise as the code is now; at a release it goes into stable.txt
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import miner
from miner import errors, meta, rules
from miner.export.format import ExportFormat
from miner.harvest.reader import FileReader
from miner.harvest.source import SourceSpec
from miner.library import extract_file
from miner.meta.analysis.record import Record
from miner.report.gallery.spec import PanelSpec
from miner.types import Paper
from miner.workspace import Jobs, Reports, Reviews, Schedule

KEPT = Path(__file__).with_name("stable.txt")


def _parameters(what: object) -> str:
    """Return the parameters: ``*name`` is by keyword only, ``name?`` has a default."""
    named = inspect.signature(what).parameters.values()  # type: ignore[arg-type]
    kinds = {inspect.Parameter.KEYWORD_ONLY: "*", inspect.Parameter.VAR_POSITIONAL: "…", inspect.Parameter.VAR_KEYWORD: "…"}
    return " ".join(f"{kinds.get(p.kind, '')}{p.name}{'' if p.default is p.empty else '?'}" for p in named if p.name not in {"self", "cls"})


def promised() -> Iterator[str]:
    """Yield a line for each name."""
    for owner in (miner.Workspace, Jobs, Reports, Reviews, Schedule):
        for name, member in inspect.getmembers(owner):
            if not name.startswith("_"):
                yield f"{owner.__name__}.{name}({_parameters(member)})" if callable(member) else f"{owner.__name__}.{name}"
    from miner.extract.frame import extract

    yield f"extract({_parameters(extract)})"
    yield f"extract_file({_parameters(extract_file)})"
    yield f"read_files({_parameters(miner.read_files)})"
    yield f"check_studies({_parameters(miner.check_studies)})"
    yield f"propose_mapping({_parameters(miner.propose_mapping)})"
    yield from (f"rules.{n}({_parameters(getattr(rules, n))})" for n in rules.__all__ if inspect.isfunction(getattr(rules, n)))
    for name in meta.__all__:
        member = getattr(meta, name)
        yield f"meta.{name}({_parameters(member)})" if callable(member) else f"meta.{name}"
    for name, error in inspect.getmembers(errors, inspect.isclass):
        if issubclass(error, errors.MinerError):
            yield f"errors.{name} exits {error.exit_code}"
    for part in (SourceSpec, FileReader, Record, PanelSpec, ExportFormat, Paper):
        yield f"{part.__name__}({_parameters(part)})"

    yield from _commands()
    yield from _columns()


def _commands() -> Iterator[str]:
    import typer.main

    from miner.cli.main import app

    def walk(command: object, path: str) -> Iterator[str]:
        for name, child in sorted(getattr(command, "commands", {}).items()):
            yield from walk(child, f"{path} {name}")
        if not hasattr(command, "commands"):
            yield path
            yield from sorted(f"{path} {o}" for p in command.params for o in p.opts if o.startswith("--") and o != "--help")  # type: ignore[attr-defined]

    yield from walk(typer.main.get_command(app), "miner")


def _columns() -> Iterator[str]:
    from miner.store.connect import open_writer

    with TemporaryDirectory() as folder, open_writer(Path(folder) / "empty.duckdb") as con:
        found = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND starts_with(table_name, 'v_') ORDER BY ALL"
        )
        yield from (f"{view}.{column}" for view, column in found.fetchall())


def broken(before: list[str], now: list[str]) -> list[str]:
    """Return what of the promise is broken: a name or parameter that is gone or moved, a new parameter without a default."""

    def read(lines: list[str]) -> dict[str, list[str]]:
        return {line.partition("(")[0]: line.partition("(")[2].rstrip(")").split() for line in lines}

    faults, new = [], read(now)
    for name, parameters in read(before).items():
        if name not in new:
            faults.append(f"{name} is gone")
            continue
        free = [p.rstrip("?") for p in new[name]]
        faults += [f"{name} has no {p} any more" for p in parameters if p.rstrip("?") not in free]
        faults += [f"{name} needs {p}" for p in parameters if p.endswith("?") and p.rstrip("?") in new[name]]
        faults += [
            f"{name} needs {p}" for p in new[name] if not p.endswith("?") and "…" not in p and p not in {q.rstrip("?") for q in parameters}
        ]
        places = [p.rstrip("?") for p in parameters if p[0] not in "*…"]
        if [p for p in free if p in places] != [p for p in places if p in free] or (
            free[: len(places)] != places and set(places) <= set(free)
        ):
            faults.append(f"{name} has its parameters in another order")
    return faults


if __name__ == "__main__":
    print("\n".join(promised()))
