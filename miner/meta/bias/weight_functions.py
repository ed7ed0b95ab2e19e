"""Weight functions of selection models: how likely a study with a given p-value is to be seen, and what that does to its density."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from scipy import special

from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.quadrature import legendre

Alternative = Literal["greater", "less", "two.sided"]
_ROOT = np.sqrt(2 * np.pi)
_FAR = 8.3  # beyond this z, the smaller tail is below the spacing of doubles near 1
_CHUNK = 1 << 18  # nodes held at a time


@dataclass(frozen=True)
class Observed:
    """The logarithm of each study's weight with its first and second derivatives in the parameters."""

    log: Floats
    first: Floats
    second: Floats


@dataclass(frozen=True)
class Moments:
    """Expected weights under N(mu, s²): with He_0..He_4, with the first derivatives and He_0..He_2, and with the second derivatives.

    The expectation E[w He_n(t)], t = (x - mu)/s, is the n-th derivative of E[w] in mu times s^n; the derivative in s² is half the second one.
    """

    plain: Floats  # (k, 5)
    first: Floats  # (k, q, 3)
    second: Floats  # (k, q, q)
    shift: Floats | float = 0.0  # logarithm of a factor that was taken out of all of them


class Weight(Protocol):
    """What a selection model needs of a weight function with ``q`` parameters."""

    @property
    def size(self) -> int:
        """Number of parameters."""

    def observed(self, delta: Floats) -> Observed:
        """Return the weights of the studies seen."""

    def expected(self, mu: Floats, s: Floats, delta: Floats) -> Moments:
        """Return the expected weights before selection."""


def p_values(z: Floats, alternative: str) -> Floats:
    """Return p-values of ``z`` for effects above zero, or in both directions.

    Examples
    --------
    >>> p_values(np.array([0.0, 1.959963984540054]), "greater").round(4).tolist()
    [0.5, 0.025]
    """
    tail: Floats = special.ndtr(-np.abs(z)) * 2 if alternative == "two.sided" else special.ndtr(-z)
    return tail


def _z_of(alpha: Floats | float, alternative: str) -> Any:
    """Return the z at which a p-value is ``alpha``."""
    return -special.ndtri(np.asarray(alpha) / (2 if alternative == "two.sided" else 1))


def _hermite(t: Floats) -> list[Floats]:
    """Return He_1 to He_4 by their recurrence (powers are slow)."""
    second = t * t - 1
    third = t * second - 2 * t
    return [t, second, third, t * third - 3 * second]


def _cumulative(t: Floats) -> Floats:
    """Return the integrals of phi He_n from minus infinity to ``t`` for n = 1..4 (n = 0 is taken as a difference of tails)."""
    with np.errstate(invalid="ignore", over="ignore"):
        phi = np.exp(-0.5 * t**2) / _ROOT
        stack = np.stack([-phi, -phi * t, -phi * (t**2 - 1), -phi * (t**3 - 3 * t)])
    return np.where(np.isfinite(t), stack, 0.0)


def between(low: Floats, high: Floats) -> Floats:
    """Return E[He_n(t); low < t < high] of a standard normal t for n = 0..4, without cancellation in the tails: shape (5, ...)."""
    upper = low > 0
    mass = np.where(upper, special.ndtr(-low) - special.ndtr(-high), special.ndtr(high) - special.ndtr(low))
    return np.concatenate((mass[None], _cumulative(high) - _cumulative(low)))


@dataclass(frozen=True)
class Steps:
    """A weight for each interval of p-values: (a_0, a_1], (a_1, a_2], ...; ``fixed`` holds weights that are not estimated (nan where they are).

    Vevea & Hedges (1995), eq. 2-5; integrals in closed form.
    """

    z: Floats
    se: Floats
    steps: Floats  # ends at 1
    alternative: str
    fixed: Floats

    @property
    def size(self) -> int:
        """Number of parameters."""
        return int(np.isnan(self.fixed).sum())

    @property
    def interval(self) -> Any:
        """Return the interval of each study: p ≤ its upper end."""
        return np.searchsorted(self.steps, p_values(self.z, self.alternative), side="left").clip(max=len(self.steps) - 1)

    @property
    def counts(self) -> Any:
        """Return the number of studies in each interval."""
        return np.bincount(self.interval, minlength=len(self.steps))

    def full(self, delta: Floats) -> Floats:
        """Return the weights of all intervals."""
        out = self.fixed.copy()
        out[np.isnan(out)] = delta
        return out

    def observed(self, delta: Floats) -> Observed:
        """Return the weights of the studies seen."""
        seen = np.eye(len(self.steps))[self.interval][:, np.isnan(self.fixed)]
        with np.errstate(divide="ignore"):
            log = np.log(self.full(delta))[self.interval]
            first = np.divide(seen, delta, out=np.zeros_like(seen), where=seen > 0)
        return Observed(log, first, -(first[:, :, None] * first[:, None, :]))

    def expected(self, mu: Floats, s: Floats, delta: Floats) -> Moments:
        """Return the expected weights before selection."""
        edge = np.concatenate(([np.inf], _z_of(self.steps[:-1], self.alternative), [0.0 if self.alternative == "two.sided" else -np.inf]))
        t = (edge[:, None] * self.se - mu) / s
        parts = between(t[1:], t[:-1])  # (5, intervals, k)
        if self.alternative == "two.sided":
            mirrored = (-edge[:, None] * self.se - mu) / s
            parts = parts + between(mirrored[:-1], mirrored[1:])
        plain = np.einsum("nik,i->kn", parts, self.full(delta))
        first = np.transpose(parts[:3, np.isnan(self.fixed)], (2, 1, 0))
        return Moments(plain, first, np.zeros((len(mu), self.size, self.size)))


# log w(p), its derivative(s) in delta, and the second ones, from p, q = 1 - p and the imprecision of the study
Curve = Callable[[Floats, Floats, Floats, Floats], tuple[Floats, Floats, Floats]]


def _one(log: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats, Floats]:
    return log, first[None], second[None, None]


def _beta(p: Floats, q: Floats, _c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    """Citkowicz & Vevea (2017), eq. 3."""
    logs = np.stack((np.log(p), np.log(q)))
    return np.tensordot(d - 1, logs, 1), logs, np.zeros((2, *logs.shape))


def _power_of_p(power: int) -> Curve:
    """Half-normal (2) and negative exponential (1) of Preston, Ashby & Smyth (2004)."""

    def curve(p: Floats, _q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
        slope = -c * p**power
        return _one(d[0] * slope, slope, np.zeros_like(p))

    return curve


def _logistic(p: Floats, _q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    a = c * p
    share = special.expit(d[0] * a)  # 1 / (1 + exp(-d a))
    return _one(np.log(2.0) - d[0] * a + np.log(share), -a * share, -(a**2) * share * (1 - share))


def _power(p: Floats, q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    slope = c * np.log(q)
    return _one(d[0] * slope, slope, np.zeros_like(p))


def _negexppow(p: Floats, _q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    """Begg & Mazumdar (1994), with the exponent as 1 / delta_2."""
    inverse = 1 / max(float(d[1]), 1e-12)
    log_p = np.log(np.maximum(p, 1e-320))
    base = c * np.exp(inverse * log_p)
    slope = -log_p * inverse**2  # of log base in delta_2
    first = np.stack((-base, -d[0] * base * slope))
    cross = -base * slope
    bend = -d[0] * base * (slope**2 - 2 * slope * inverse)
    return -d[0] * base, first, np.stack((np.stack((np.zeros_like(p), cross)), np.stack((cross, bend))))


@dataclass(frozen=True)
class Shape:
    """A smooth weight function: its curve, start, limits and null value, and the p-value at which it is cut off."""

    curve: Curve
    size: int
    lower: float
    null: float
    p_min: float = 0.0


SHAPES: dict[str, Shape] = {
    "beta": Shape(_beta, 2, 1e-5, 1.0, 1e-5),
    "halfnorm": Shape(_power_of_p(2), 1, 0.0, 0.0),
    "negexp": Shape(_power_of_p(1), 1, 0.0, 0.0),
    "logistic": Shape(_logistic, 1, 0.0, 0.0),
    "power": Shape(_power, 1, 0.0, 0.0, 1e-5),
    "negexppow": Shape(_negexppow, 2, 0.0, 0.0),
}


def _basis(log: Floats, first: Floats, second: Floats, w: Floats) -> Floats:
    """Return weight x (1, first derivatives, second derivatives) at the nodes, times their weights, along the last axis."""
    q = len(first)
    products = [first[i] * first[j] + second[i, j] for i in range(q) for j in range(q)]
    value = np.exp(log) * w
    return np.stack([value, *(value * f for f in first), *(value * h for h in products)], axis=-1)


@dataclass(frozen=True)
class Smooth:
    """A weight that falls smoothly with p, 1 up to ``threshold`` where there is one; integrals by Gauss-Legendre over the z-values."""

    z: Floats
    se: Floats
    shape: Shape
    alternative: str
    imprecision: Floats
    threshold: float = 0.0
    density: float = 6.0  # nodes a unit of z; twice as many where p-values are small
    _cache: list[Floats] = field(default_factory=list, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.shape.size

    def _curve(self, z: Floats, c: Floats, delta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return log weight and derivatives at ``z``; p-values are cut off at the shape's limits."""
        least = self.shape.p_min
        p = np.clip(p_values(z, self.alternative), least, 1 - least)
        q = special.erf(np.abs(z) / np.sqrt(2)) if self.alternative == "two.sided" else special.ndtr(z)
        log, first, second = self.shape.curve(p, np.clip(q, least, 1 - least), c, delta)
        if self.threshold:
            keep = p > self.threshold
            log, first, second = log * keep, first * keep, second * keep
        return log, first, second

    def observed(self, delta: Floats) -> Observed:
        """Return the weights of the studies seen."""
        log, first, second = self._curve(self.z, self.imprecision, delta)
        return Observed(log, np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0))

    def _edges(self) -> list[float]:
        """Return the z-values between which the weight is smooth; outside of the first and last it is constant.

        Steep weights turn between z = 0 and 5, which gets panels of its own.
        """
        both = self.alternative == "two.sided"
        far = float(_z_of(self.shape.p_min, self.alternative)) if self.shape.p_min else _FAR
        right = {0.0, 2.5, min(5.0, far), far} | ({37.0} if self.shape.curve is _negexppow else set())
        if both and self.shape.p_min:
            # |z| to a power between the cut-off and 1: panels that grow in proportion
            right |= {float(z) for z in np.geomspace(_z_of(1 - self.shape.p_min, self.alternative), 2.5, 7)}
        left = {-z for z in right} if both else {-far}
        if self.threshold:
            cut = float(_z_of(self.threshold, self.alternative))
            right |= {cut} | ({-cut} if both else set())
        return sorted(left | right)

    def _rule(self) -> tuple[Floats, Floats]:
        """Return nodes and weights in z. The density is at least one unit of z wide for every study, so that all share them."""
        if not self._cache:
            edges = self._edges()
            nodes, weights = [], []
            for low, high in itertools.pairwise(edges):
                both = low >= 0 or self.alternative == "two.sided"
                x, w = legendre(8 + int(self.density * min(high - low, 10.0) * (2 if both else 1)))
                nodes.append((low + high) / 2 + x * (high - low) / 2)
                weights.append(w * (high - low) / 2)
            self._cache.extend((np.concatenate(nodes), np.concatenate(weights)))
        return self._cache[0], self._cache[1]

    def expected(self, mu: Floats, s: Floats, delta: Floats) -> Moments:
        """Return the expected weights before selection."""
        k, q = len(mu), self.size
        plain, first, second = np.zeros((k, 5)), np.zeros((k, q, 3)), np.zeros((k, q, q))
        z, w = self._rule()
        shared = _basis(*self._curve(z, np.ones(1), delta), w) if np.all(self.imprecision == 1) else None
        size = max(1, _CHUNK // len(z))
        for start in range(0, k, size):
            rows = slice(start, start + size)
            scale = (s / self.se)[rows, None]
            t = (z - (mu / self.se)[rows, None]) / scale
            density = np.exp(-0.5 * t * t) / (_ROOT * scale)
            basis = shared if shared is not None else _basis(*self._curve(z[None, :], self.imprecision[rows, None], delta), w)
            for n, he in enumerate([None, *_hermite(t)]):
                mass = density if he is None else density * he
                found = mass @ basis if basis.ndim == 2 else np.einsum("im,imb->ib", mass, basis)
                plain[rows, n] = found[:, 0]
                if n < 3:
                    first[rows, :, n] = found[:, 1 : 1 + q]
                if n == 0:
                    second[rows] = found[:, 1 + q :].reshape(-1, q, q)
        edges = self._edges()
        for z_end, low, high in ((edges[0], -np.inf, edges[0]), (edges[-1], edges[-1], np.inf)):
            self._tail(z_end, low, high, mu, s, delta, plain, first, second)
        return Moments(plain, first, second)

    def _tail(
        self, z_end: float, low: float, high: float, mu: Floats, s: Floats, delta: Floats, plain: Floats, first: Floats, second: Floats
    ) -> None:
        """Add the integral over a tail, where the weight is constant."""
        log, g, h = self._curve(np.full(len(mu), z_end), self.imprecision, delta)
        with np.errstate(over="ignore"):
            mass = between((low * self.se - mu) / s, (high * self.se - mu) / s) * np.exp(log)  # (5, k)
        plain += mass.T
        first += np.einsum("nk,qk->kqn", mass[:3], g)
        second += np.einsum("k,qrk->kqr", mass[0], np.einsum("qk,rk->qrk", g, g) + h)
