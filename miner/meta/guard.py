"""Bad input gets a clear error: columns that are no numbers, equations without a solution, fits that give no finite figures."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from miner.errors import MetaError

P = ParamSpec("P")
R = TypeVar("R")


def numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return a column as numbers; None becomes nan.

    Raises
    ------
    MetaError
        For text and other things that are no numbers.

    Examples
    --------
    >>> numbers([1, None], "yi")
    array([ 1., nan])
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MetaError(f"{name} holds something that is not a number: {error}", hint="convert the column first") from error


def guarded(method: Callable[P, R]) -> Callable[P, R]:
    """Turn equations without a solution, and results without finite estimates, into errors that say so."""

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
                result = method(*args, **kwargs)
        except np.linalg.LinAlgError as error:
            hint = "look for effects that are all the same, variances of very different size, or moderators of very different scale"
            raise MetaError(f"the equations have no unique solution ({error})", hint=hint) from error
        for name in ("beta", "se"):
            if not np.isfinite(np.asarray(getattr(result, name, 0.0), dtype=float)).all():
                raise MetaError("the fit gives no finite estimate", hint="look for infinite odds, or effects of very different size")
        return result

    return call
