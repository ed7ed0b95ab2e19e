"""What reports of steps have in common: whether something is left, and their data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast


class Partial:
    """A report, a dataclass, that knows whether some of what it tells of was not done."""

    __slots__ = ()

    @property
    def partial(self) -> bool:
        """Whether something is left that was asked for."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {**asdict(cast("Any", self)), "partial": self.partial}
