"""Design matrices from moderators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from miner.errors import MetaError
from miner.meta.models.blocks import Floats


def design(mods: Any, k: int, intercept: bool = True) -> tuple[Floats, tuple[str, ...]]:
    """Build the design matrix: an intercept, numbers as they are, categories as 0/1 columns against the first level in order.

    Parameters
    ----------
    mods : None, array (k,) or (k, q), mapping of names to columns, or data frame
    k : int
        Number of rows.
    intercept : bool
        Whether a column of ones named ``intrcpt`` comes first.

    Returns
    -------
    matrix : array, shape (k, p)
    names : tuple of str

    Raises
    ------
    MetaError
        For columns of another length, missing values, constant or collinear columns.

    Examples
    --------
    >>> matrix, names = design({"kind": ["a", "b", "b"]}, 3)
    >>> names, matrix[:, 1].tolist()
    (('intrcpt', 'kindb'), [0.0, 1.0, 1.0])
    """
    columns: list[Floats] = [np.ones(k)] if intercept else []
    names: list[str] = ["intrcpt"] if intercept else []
    for name, column in _columns(mods):
        values = np.asarray(column)
        if values.shape != (k,):
            raise MetaError(f"moderator {name!r} has shape {values.shape}, but there are {k} rows", hint="give one value a row")
        for label, numbers in _numeric(name, values):
            columns.append(numbers)
            names.append(label)
    matrix = np.column_stack(columns) if columns else np.empty((k, 0))
    _check_rank(matrix, names)
    return matrix, tuple(names)


def _columns(mods: Any) -> list[tuple[str, Any]]:
    if mods is None:
        return []
    if isinstance(mods, Mapping):
        return [(str(name), column) for name, column in mods.items()]
    if hasattr(mods, "columns") and hasattr(mods, "iloc"):
        return [(str(name), mods[name].to_numpy()) for name in mods.columns]
    values = np.asarray(mods)
    if values.ndim == 1:
        return [(str(getattr(mods, "name", None) or "mods"), values)]
    if values.ndim == 2:
        return [(f"mods{j + 1}", values[:, j]) for j in range(values.shape[1])]
    raise MetaError(
        f"moderators have {values.ndim} dimensions", hint="give a column, a matrix (rows x moderators), a mapping or a data frame"
    )


def _numeric(name: str, values: Any) -> list[tuple[str, Floats]]:
    """Return a numeric column as it is, a categorical one as indicator columns."""
    if values.dtype.kind in "iufb":
        numbers = values.astype(float)
    else:
        listed = values.tolist()
        if any(isinstance(v, str) for v in listed):  # strings of digits are labels too
            return _indicators(name, values)
        try:
            numbers = np.array([float("nan") if v is None else v for v in listed], dtype=float)
        except (TypeError, ValueError):
            return _indicators(name, values)
    if not np.all(np.isfinite(numbers)):
        raise MetaError(f"moderator {name!r} has missing or infinite values", hint="drop or fill those rows first")
    return [(name, numbers)]


def _indicators(name: str, values: Any) -> list[tuple[str, Floats]]:
    labels = [None if v is None or v != v else str(v) for v in values.tolist()]  # noqa: PLR0124 - NaN differs from itself
    if None in labels:
        raise MetaError(f"moderator {name!r} has missing labels", hint="drop or fill those rows first")
    levels = sorted({v for v in labels if v is not None})
    return [(f"{name}{level}", np.array([v == level for v in labels], dtype=float)) for level in levels[1:]]


def _check_rank(matrix: Floats, names: list[str]) -> None:
    """Refuse a column that the ones before it explain."""
    if matrix.shape[1] <= 1:
        return
    norms = np.linalg.norm(matrix, axis=0)
    if np.any(norms == 0):
        raise MetaError(f"moderator {names[int(np.argmin(norms))]!r} is zero everywhere", hint="leave it out")
    if matrix.shape[0] >= matrix.shape[1]:
        triangle = np.asarray(np.linalg.qr(matrix / norms, mode="r"), dtype=float)
        r = np.abs(triangle.diagonal())
    else:
        r = np.zeros(matrix.shape[1])
    poor = np.flatnonzero(r < 1e-10)
    if len(poor):
        raise MetaError(f"moderator {names[int(poor[0])]!r} is constant or collinear with those before it", hint="leave it out")
