"""What the shell's tab key offers: names of jobs, queries, reports, sources and formats, those of the workspace too; never an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

from miner.cli.common import workspace_around
from miner.errors import MinerError

if TYPE_CHECKING:
    from miner.workspace import Workspace

Names = Callable[["Workspace | None"], Iterable[str]]


def _offer(names: Names) -> Callable[[typer.Context, str], list[str]]:
    """Return a function that offers the names that begin as what was typed."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        try:
            # The workspace of the options, else the one around: what it adds counts from here on.
            around = workspace_around(ctx.params.get("where") or ctx.find_root().params.get("workspace"))
            return sorted(n for n in names(around) if n.startswith(incomplete))
        except (MinerError, OSError):
            return []

    return complete


def _jobs(around: Workspace | None) -> list[str]:
    return [p.stem for p in around.settings.jobs.glob("*.toml")] if around else []


def _queries(_: Workspace | None) -> Iterable[str]:
    from miner.parts import named_queries

    return named_queries()


def _reports(around: Workspace | None) -> Iterable[str]:
    return [*around.reports.paths(), *_jobs(around)] if around else []


def _exports(_: Workspace | None) -> Iterable[str]:
    from miner.parts import formats

    return formats()


def _rows(_: Workspace | None) -> Iterable[str]:
    from miner.library import FORMATS

    return FORMATS


def _steps(_: Workspace | None) -> Iterable[str]:
    from miner.library import STEPS

    return STEPS


def _sources(_: Workspace | None) -> Iterable[str]:
    from miner.parts import sources

    return sources()


jobs, queries, reports, exports, rows, steps, sources = map(_offer, (_jobs, _queries, _reports, _exports, _rows, _steps, _sources))
