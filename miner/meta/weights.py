"""Weight functions of selection models: how likely a study with a given p-value is to be seen, and what that does to its density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from scipy import special

from miner.meta.tau2 import Floats

Alternative = Literal["greater", "less", "two.sided"]
_ROOT = np.sqrt(2 * np.pi)
_FAR = 8.3  # beyond this z, the smaller tail is below the spacing of doubles near 1
_REACH = 9.0  # standard deviations of the density that are integrated
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
    """Return He_0 to He_4."""
    return [np.ones_like(t), t, t**2 - 1, t**3 - 3 * t, t**4 - 6 * t**2 + 3]


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
        seen = np.eye(len(self.steps))[self.interval][:, np.isnan(self.fixed)]
        with np.errstate(divide="ignore"):
            log = np.log(self.full(delta))[self.interval]
            first = np.divide(seen, delta, out=np.zeros_like(seen), where=seen > 0)
        return Observed(log, first, -(first[:, :, None] * first[:, None, :]))

    def expected(self, mu: Floats, s: Floats, delta: Floats) -> Moments:
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


def _beta(p: Floats, q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    """Citkowicz & Vevea (2017), eq. 3."""
    logs = np.stack((np.log(p), np.log(q)))
    return np.tensordot(d - 1, logs, 1), logs, np.zeros((2, *logs.shape))


def _power_of_p(power: int) -> Curve:
    """Half-normal (2) and negative exponential (1) of Preston, Ashby & Smyth (2004)."""

    def curve(p: Floats, q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
        slope = -c * p**power
        return _one(d[0] * slope, slope, np.zeros_like(p))

    return curve


def _logistic(p: Floats, q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    a = c * p
    share = special.expit(d[0] * a)  # 1 / (1 + exp(-d a))
    return _one(np.log(2.0) - d[0] * a + np.log(share), -a * share, -(a**2) * share * (1 - share))


def _power(p: Floats, q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    slope = c * np.log(q)
    return _one(d[0] * slope, slope, np.zeros_like(p))


def _negexppow(p: Floats, q: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
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


@dataclass(frozen=True)
class Smooth:
    """A weight that falls smoothly with p, 1 up to ``threshold`` where there is one; integrals by Gauss-Legendre over the z-values."""

    z: Floats
    se: Floats
    shape: Shape
    alternative: str
    imprecision: Floats
    threshold: float = 0.0
    nodes: float = 6.0  # a unit of z; twice as many where p-values are small
    _cache: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def size(self) -> int:
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

    def expected(self, mu: Floats, s: Floats, delta: Floats) -> Moments:
        k, q = len(mu), self.size
        plain, first, second = np.zeros((k, 5)), np.zeros((k, q, 3)), np.zeros((k, q, q))
        edges = self._edges()
        size = _CHUNK // 64
        for start in range(0, k, size):
            rows = slice(start, start + size)
            for low, high in zip(edges[:-1], edges[1:], strict=True):
                self._segment(low, high, mu, s, delta, rows, plain, first, second)
        for z_end, low, high in ((edges[0], -np.inf, edges[0]), (edges[-1], edges[-1], np.inf)):
            self._tail(z_end, low, high, mu, s, delta, plain, first, second)
        return Moments(plain, first, second)

    def _segment(
        self, low: float, high: float, mu: Floats, s: Floats, delta: Floats, rows: slice, plain: Floats, first: Floats, second: Floats
    ) -> None:
        """Add the integral over low < z < high, where the density has mass."""
        number = 8 + int(self.nodes * min(high - low, 10.0) * (1 if low < 0 and self.alternative != "two.sided" else 2))
        if number not in self._cache:
            self._cache[number] = np.polynomial.legendre.leggauss(number)
        x, w = self._cache[number]
        centre, scale = (mu / self.se)[rows], (s / self.se)[rows]
        a = np.clip(centre - _REACH * scale, low, high)
        b = np.clip(centre + _REACH * scale, low, high)
        half = (b - a) / 2
        z = a[:, None] + half[:, None] * (1 + x)
        t = (z - centre[:, None]) / scale[:, None]
        log, g, h = self._curve(z, self.imprecision[rows][:, None], delta)
        mass = np.exp(log - 0.5 * t**2) * (w * (half / scale)[:, None] / _ROOT)
        for n, he in enumerate(_hermite(t)):
            plain[rows, n] += np.sum(mass * he, axis=1)
            if n < 3:
                first[rows, :, n] += np.einsum("in,qin->iq", mass * he, g)
        for i in range(self.size):
            for j in range(self.size):
                second[rows, i, j] += np.sum(mass * (g[i] * g[j] + h[i, j]), axis=1)

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
