"""Numbers as they leave the program: to so many significant digits that every processor writes the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

T = TypeVar("T")

# What a fit gives. Kernels of linear algebra, and a processor's own exp and log, move most of a fit's figures by less than 1e-13 of
# themselves, the worst that were found by 1e-9 (docs/adr/0014-same-bytes.md); R prints as many.
FIGURES = 7
# What is stored, or added up by the database: only the order of sums and the last bit of a logarithm differ there.
STORED = 12
# Nearer to nothing than this is what is left of a sum that is nothing; its digits, and its sign, are a processor's own.
NOTHING = 1e-14
_AS_IT_IS = frozenset({type(None), str, bool, int, bytes})


def significant(value: T, digits: int = FIGURES) -> T:
    """Return a value with all its numbers rounded to significant digits.

    Every number that leaves as bytes goes through here, and nothing that stays does: ``to_dict()`` and the results of ``miner.meta`` keep
    all their bits.

    Parameters
    ----------
    value : object
        A number; an array, list, tuple, mapping or dataclass, within which all floats are rounded; anything else is returned as it is.
    digits : int
        How many: ``FIGURES`` for what was estimated, ``STORED`` for data.

    Returns
    -------
    object
        The same kind of thing; arrays and dataclasses are new, floats below ``NOTHING`` are 0.0, never -0.0.

    Examples
    --------
    >>> significant(-0.10487853605948788), significant(0.1 + 0.2, STORED), significant(-3e-17)
    (-0.1048785, 0.3, 0.0)
    >>> significant({"ci": (1 / 3, float("inf")), "k": 12345678901})
    {'ci': (0.3333333, inf), 'k': 12345678901}
    """
    return cast("T", _rounded(value, digits))


def _rounded(value: Any, digits: int) -> Any:
    if type(value) in _AS_IT_IS:  # most of a page's data, so asked first
        return value
    if isinstance(value, float):  # numpy's float64 too
        return _number(value, digits)
    if isinstance(value, (str, int, bytes)):  # no union, which is made anew at each call
        return value
    if isinstance(value, Mapping):
        return {k: _rounded(v, digits) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v, digits) for v in value]
    if isinstance(value, tuple):
        parts = (_rounded(v, digits) for v in value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _rounded(getattr(value, f.name), digits) for f in fields(value) if f.init})
    return _array(value, digits)


def _array(value: Any, digits: int) -> Any:
    """Round an array of floats, or a scalar of numpy's; anything else is left alone."""
    if not hasattr(value, "dtype"):
        return value
    import numpy as np

    if not isinstance(value, np.ndarray | np.floating) or value.dtype.kind != "f":
        return value
    found = _rounded(value.tolist(), digits)
    return np.asarray(found, dtype=value.dtype).reshape(value.shape) if isinstance(value, np.ndarray) else found


def _number(value: float, digits: int) -> float:
    return 0.0 if abs(value) < NOTHING else float(format(value, f".{digits - 1}e"))
