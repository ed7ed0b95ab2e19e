"""Rows of pandas objects are matched by their labels, never by chance: what has no common labels is refused."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from numbers import Real
from typing import Any, ParamSpec, TypeVar

from miner.errors import MetaError

P = ParamSpec("P")
R = TypeVar("R")
# Annotations that say that a parameter is one number, or one text.
_SCALARS: dict[str, type] = {"float": Real, "int": Real, "str": str}
# Parameters that hold no value a row.
_NOT_ROWS = {"steps", "delta", "taus", "limits"}


def aligned(method: Callable[P, R]) -> Callable[P, R]:
    """Match the rows of all pandas columns, frames and mappings of columns among the arguments to those of the first.

    What is annotated as one number or text is refused where it is none. Lists and arrays carry no labels and stay as they are. A result
    with a field ``index`` remembers the labels, so that a later call (``robust``) can match its columns to the fit.

    Examples
    --------
    >>> import pandas as pd
    >>> @aligned
    ... def gap(a, b):
    ...     return [x - y for x, y in zip(a, b)]
    >>> gap(pd.Series([1, 2], index=["p", "q"]), pd.Series([2, 1], index=["q", "p"]))
    [0, 0]
    """
    signature = inspect.signature(method)
    kinds = {n: kind for n, p in signature.parameters.items() if (kind := _SCALARS.get(str(p.annotation).removesuffix(" | None")))}

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in (*zip(signature.parameters, args, strict=False), *kwargs.items()):
            if name in kinds:
                _check_scalar(name, value, kinds[name])
        if not any(_labelled(value) for value in (*args, *kwargs.values())):
            return method(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        found: tuple[str, Any] | None = None
        for name, value in bound.arguments.items():
            if name in _NOT_ROWS:
                continue
            for own, index in _indexes(name, value):
                found = found or (own, index)
            if found is not None:
                bound.arguments[name] = _matched(name, value, *found)
        result = method(*bound.args, **bound.kwargs)
        return _remember(result, found[1]) if found is not None else result

    return call


def _check_scalar(name: str, value: Any, kind: type) -> None:
    """Refuse what is no single number or text, where the annotation says that it is one."""
    if value is None or isinstance(value, kind):
        return
    if kind is Real and getattr(value, "shape", None) == () and isinstance(value.item(), Real):
        return
    raise MetaError(f"{name} is {value!r}", where=name, hint=f"give one {'text' if kind is str else 'number'}")


def _is_pandas(value: Any) -> bool:
    return hasattr(value, "index") and hasattr(value, "reindex")


def _labelled(value: Any) -> bool:
    return _is_pandas(value) or _fit_index(value) is not None or (isinstance(value, Mapping) and any(map(_is_pandas, value.values())))


def _fit_index(value: Any) -> Any:
    """Return the labels of the rows that a fit was made from, if it knows them (statsmodels: those of its outcome)."""
    if is_dataclass(value) and not isinstance(value, type):
        return getattr(value, "index", None)
    data = getattr(getattr(value, "model", None), "data", None)
    return getattr(data, "row_labels", None)


def _indexes(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if _is_pandas(value):
        yield name, value.index
    elif isinstance(value, Mapping):
        yield from ((f"{name}[{key!r}]", column.index) for key, column in value.items() if _is_pandas(column))
    elif (index := _fit_index(value)) is not None:
        yield name, index


def _matched(name: str, value: Any, first: str, index: Any) -> Any:
    if isinstance(value, Mapping) and not _is_pandas(value):
        return {key: _matched(f"{name}[{key!r}]", column, first, index) for key, column in value.items()}
    if not _is_pandas(value) or value.index.equals(index):
        return value
    if not (value.index.is_unique and index.is_unique and len(value) == len(index) and index.isin(value.index).all()):
        raise MetaError(
            f"the rows of {name} ({len(value)}) and of {first} ({len(index)}) have different labels in their pandas index, so they cannot be matched",
            hint="take the columns from one data frame, or give .to_numpy() where the order of the rows is right",
        )
    return value.reindex(index)


def _remember(result: R, index: Any) -> R:
    if is_dataclass(result) and not isinstance(result, type) and any(f.name == "index" for f in fields(result)):
        return replace(result, index=index)
    return result
