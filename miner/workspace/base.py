"""Where a workspace lies and to whom it speaks: what all that can be done with it rests on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from miner.config import Workspace as Settings
from miner.registry import use_plugins

Say = Callable[[str], None]


def silent(message: str) -> None:
    """Say nothing."""


class Place:
    """A workspace's folder, with its settings and who is told what goes on."""

    def __init__(self, settings: Settings, say: Say = silent) -> None:
        self._settings = settings
        self.say = say
        use_plugins(settings.plugins)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r})"

    @property
    def settings(self) -> Settings:
        """Where things lie; who asks works in this workspace, so that its ``plugins/`` are in force from now on."""
        use_plugins(self._settings.plugins)
        return self._settings

    @property
    def root(self) -> Path:
        """The folder that holds ``miner.toml``."""
        return self._settings.root
