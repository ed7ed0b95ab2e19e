"""What every method of ``miner.meta`` returns: a frozen record that prints well and turns into plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


class Result:
    """Base of all results; subclasses are frozen dataclasses with a field ``warnings: tuple[str, ...]``.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Mean(Result):
    ...     estimate: float
    ...     warnings: tuple[str, ...] = ()
    >>> Mean(0.5).to_dict()
    {'estimate': 0.5, 'warnings': []}
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready data: arrays as lists, NaN as None, infinities as ``"Inf"`` and ``"-Inf"``."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.repr}  # type: ignore[arg-type]


def plain(value: Any) -> Any:
    """Turn a value into JSON-ready data (see :meth:`Result.to_dict`)."""
    if isinstance(value, Result):
        return value.to_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        if np.isnan(number):
            return None
        if np.isinf(number):
            return "Inf" if number > 0 else "-Inf"
        return number
    return value
