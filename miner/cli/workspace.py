"""``miner init`` and ``miner doctor``: make a workspace, and say whether all is well."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
