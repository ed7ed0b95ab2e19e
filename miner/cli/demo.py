"""``miner demo``: the whole chain on the bundled sample, offline."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from miner.cli.called import program
from miner.cli.common import counted, say, tell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the demo's workspace is made.")] = Path("demo")) -> None:
    """Run the whole chain on some sixty invented papers and the paper's facts table: workspace, database, report, site.

    Example: miner demo
    """
    from miner import run_demo

    found = run_demo(folder, say, site=True)
    tell(
        f"{counted(found.papers, 'invented paper')}: {counted(found.sample_sizes, 'sample size')} and {counted(found.performances, 'performance')} found, "
        f"{counted(found.effects, 'effect')}; {counted(found.imported, 'accuracy', 'accuracies')} of the paper's own table"
    )
    where = quote(str(folder))
    tell(f"Ask it something: {program()} sql --workspace {where} 'select metric, count(*) from v_performance group by all'")  # noqa: S608 -- words for people
    tell(f"Report: {found.report}")
    tell(f"Site: {found.site}")
