"""Permutation tests of pooled effects and moderators: right in small samples, whatever the distribution of the effects."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from miner.errors import MetaError
from miner.meta.design import design
from miner.meta.guard import guarded
from miner.meta.models.pooling import Method, check_effects, coefficient_tests, pool
from miner.meta.models.small_samples import Test
from miner.meta.numerics.arrays import Floats
from miner.meta.result import Result
from miner.say import num, p_is

_TOLERANCE = 1e-9  # statistics that rounding alone tells apart count as equal


@dataclass(frozen=True)
class PermutationResult(Result):
    """P-values from permutations.

    Attributes
    ----------
    statistic, pval : arrays, shape (p,)
        Test statistics of the coefficients, and the share of permutations whose statistic is at least as far from 0.
    QM, QMp : float
        The same for all moderators together.
    iterations : int
        Permutations, the data as observed among them.
    exact : bool
        Whether these are all that there are.
    """

    names: tuple[str, ...]
    statistic: Floats
    pval: Floats
    QM: float
    QMp: float
    iterations: int
    exact: bool
    seed: int
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return a line for each coefficient."""
        head = f"Permutation test, {self.iterations} {'(all) ' if self.exact else ''}permutations"
        return "\n".join(
            [head, *(f"  {n}: {num(s, '.4g')}, {p_is(p)}" for n, s, p in zip(self.names, self.statistic, self.pval, strict=True))]
        )


@guarded
def permutation_test(
    yi: ArrayLike,
    vi: ArrayLike,
    mods: Any = None,
    method: Method = "REML",
    test: Test = "z",
    *,
    exact: bool | None = None,
    iterations: int = 1000,
    seed: int = 0,
) -> PermutationResult:
    """Test a pooled effect by turning the signs of the effects, moderators by permuting them over the studies.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        Effects and their sampling variances.
    mods : array, mapping or data frame, optional
        Moderators.
    method, test : str
        As for :func:`miner.meta.pool`; the statistic of each permutation comes from this model.
    exact : bool, optional
        Whether to go through all permutations (2^k of the signs, k! of the moderators); by default where there are no more than ``iterations``.
    iterations : int
        Number of random permutations otherwise, the data as observed counted among them.
    seed : int
        Seed of the random permutations: the same seed gives the same p-value.

    Returns
    -------
    PermutationResult

    Raises
    ------
    MetaError
        For impossible input, or more than a million permutations asked for.

    References
    ----------
    Follmann DA, Proschan MA (1999). Biometrics 55:732-737. Higgins JPT, Thompson SG (2004). Statistics in Medicine 23:1663-1682 (moderators).

    Examples
    --------
    >>> permutation_test([0.1, 0.3, 0.5, 0.2], [0.01, 0.02, 0.03, 0.01], method="DL").pval.tolist()
    [0.125]
    """
    fit = pool(yi, vi, mods, method=method, test=test)
    y, v = check_effects(yi, vi)
    X, names = design(mods, len(y))
    signs = X.shape[1] == 1
    count = 2 ** len(y) if signs else math.factorial(min(len(y), 20))
    if exact is None:
        exact = count <= iterations
    if (count if exact else iterations) > 1_000_000:
        raise MetaError(
            f"{count if exact else iterations} permutations are too many", hint="use exact=False with iterations of some thousands"
        )
    if iterations < 1:
        raise MetaError("at least one permutation is needed", hint="give iterations of some thousands")
    observed = np.append(np.abs(fit.zval), fit.QM) - _TOLERANCE * np.append(np.abs(fit.zval), fit.QM)
    least = np.zeros(len(names) + 1)
    total = 0
    for y_new, x_new, weight in _arrangements(y, X, signs, exact, iterations, seed):
        zval, qm = coefficient_tests(y_new, v, x_new, method, test)
        least += weight * (np.append(np.abs(zval), qm) >= observed)
        total += weight
    said = () if exact else (f"{total} random permutations: the p-values carry a Monte Carlo error of up to {0.5 / total**0.5:.2g}.",)
    return PermutationResult(names, fit.zval, least[:-1] / total, fit.QM, float(least[-1] / total), total, exact, seed, said)


def _arrangements(y: Floats, X: Floats, signs: bool, exact: bool, iterations: int, seed: int) -> Iterator[tuple[Floats, Floats, int]]:
    """Yield effects, design and how often this arrangement counts."""
    if signs:
        for turned in _signs(len(y), exact, iterations, seed):
            yield y * turned, X, 2 if exact else 1
        return
    rng = np.random.default_rng(seed)
    rows: Iterator[Any] = itertools.permutations(range(len(y))) if exact else (rng.permutation(len(y)) for _ in range(iterations - 1))
    if not exact:
        yield y, X, 1
    for order in rows:
        yield y, X[np.asarray(order)], 1


def _signs(k: int, exact: bool, iterations: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield vectors of signs; of all of them only the half with a positive first sign, since turning every sign changes no absolute statistic."""
    if exact:
        for rest in itertools.product((1.0, -1.0), repeat=k - 1):
            yield np.array((1.0, *rest))
        return
    rng = np.random.default_rng(seed)
    yield np.ones(k)
    for _ in range(iterations - 1):
        yield rng.choice((1.0, -1.0), size=k)
