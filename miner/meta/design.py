"""Design matrices from moderators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from miner.errors import MetaError
from miner.meta.guard import dates, missing, numbers
from miner.meta.numerics.arrays import Floats
from miner.say import counted


def design(mods: Any, k: int, intercept: bool = True) -> tuple[Floats, tuple[str, ...]]:
    """Build the design matrix: an intercept, numbers as they are, categories as 0/1 columns against their first level, as R's ``model.matrix`` does.

    Levels are in the order of a pandas ``Categorical``, else in alphabetical order; levels that no row has are left out. Columns of true and false are
    categories of the levels FALSE and TRUE; ordered categories are compared with their first level as others are, not by polynomials. Without an
    intercept the first category keeps all of its levels, so that the space is that of the model with one (as in R's ``~ g - 1``).

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
        For columns of another length, missing values, dates, categories of one level beside an intercept, constant or collinear columns, and nothing to
        fit at all.

    Examples
    --------
    >>> matrix, names = design({"kind": ["a", "b", "b"]}, 3)
    >>> names, matrix[:, 1].tolist()
    (('intrcpt', 'kindb'), [0.0, 1.0, 1.0])
    >>> design({"kind": ["a", "b", "b"]}, 3, intercept=False)[1]
    ('kinda', 'kindb')
    """
    columns: list[Floats] = [np.ones(k)] if intercept else []
    names: list[str] = ["intrcpt"] if intercept else []
    baseline = intercept  # whether something spans the constant, so that the next category needs a level to compare with
    for name, column in named_columns(mods):
        levels = _levels(name, column, k)
        if levels is None:
            made = [(name, _numeric(name, column))]
        else:
            if baseline and len(levels) < 2:
                raise MetaError(f"moderator {name!r} is constant: every row is {levels[0][0].removeprefix(name)}", hint="leave it out")
            made, baseline = levels[baseline:], True
        columns += [values for _, values in made]
        names += [label for label, _ in made]
    if not columns:
        raise MetaError("there is neither an intercept nor a moderator", hint="keep the intercept, or give moderators")
    matrix = np.column_stack(columns)
    _check_rank(matrix, names)
    return matrix, tuple(names)


def named_columns(mods: Any) -> list[tuple[str, Any]]:
    """Return the columns of moderators with their names, in order.

    Examples
    --------
    >>> named_columns([1, 2]), [name for name, _ in named_columns(np.ones((2, 2)))]
    ([('mods', [1, 2])], ['mods1', 'mods2'])
    """
    if mods is None:
        return []
    if isinstance(mods, Mapping):
        return [(str(name), column) for name, column in mods.items()]
    if hasattr(mods, "columns") and hasattr(mods, "iloc"):
        return [(str(name), mods.iloc[:, j]) for j, name in enumerate(mods.columns)]
    values = mods if categories(mods) is not None else np.asarray(mods)
    if values.ndim == 1:
        return [(str(getattr(mods, "name", None) or "mods"), mods)]
    if values.ndim == 2:
        return [(f"mods{j + 1}", values[:, j]) for j in range(values.shape[1])]
    raise MetaError(
        f"moderators have {counted(values.ndim, 'dimension')}",
        hint="give a column, a matrix (rows x moderators), a mapping or a data frame",
    )


def categories(column: Any) -> list[Any] | None:
    """Return the levels of a pandas Categorical in their order, None for other columns."""
    found = getattr(getattr(column, "dtype", None), "categories", None)
    return None if found is None else list(found)


def _levels(name: str, column: Any, k: int) -> list[tuple[str, Floats]] | None:
    """Return an indicator for each level of a category in order; None for a column of numbers."""
    values = np.asarray(column)
    if values.shape != (k,):
        raise MetaError(f"moderator {name!r} has shape {values.shape}, but there are {counted(k, 'row')}", hint="give one value a row")
    if dates(values):
        raise MetaError(f"moderator {name!r} holds dates", hint="give years, or days since a date: dates are no categories")
    known = categories(column)
    listed = values.tolist()
    if (
        known is None
        and not _are_truths(listed)
        and (values.dtype.kind in "iuf" or (not any(isinstance(v, str) for v in listed) and _are_numbers(listed)))
    ):
        return None  # strings of digits are labels
    if any(missing(v) for v in listed):
        raise MetaError(f"moderator {name!r} has missing labels", hint="drop or fill those rows first")
    labels = [_label(v) for v in listed]
    here = set(labels)
    ordered = sorted(here) if known is None else [label for v in known if (label := _label(v)) in here]
    return [(f"{name}{level}", np.array([v == level for v in labels], dtype=float)) for level in ordered]


def _are_truths(listed: list[Any]) -> bool:
    given = [v for v in listed if not missing(v)]
    return bool(given) and all(isinstance(v, bool) for v in given)


def _are_numbers(listed: list[Any]) -> bool:
    try:
        np.array([float("nan") if missing(v) else v for v in listed], dtype=float)
    except (TypeError, ValueError):
        return False
    return True


def _label(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).upper()  # R's spelling
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _numeric(name: str, column: Any) -> Floats:
    values = numbers(column, f"moderator {name!r}")
    if not np.all(np.isfinite(values)):
        raise MetaError(f"moderator {name!r} has missing or infinite values", hint="drop or fill those rows first")
    return values


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
