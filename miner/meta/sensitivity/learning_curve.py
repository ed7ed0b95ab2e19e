"""What accuracy would be without over-optimism and selection: the bias-corrected learning curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from miner.errors import MetaError
from miner.meta.guard import numbers, sheltered
from miner.meta.models.blocks import codes
from miner.meta.numerics.arrays import Floats
from miner.meta.numerics.climb import climb
from miner.meta.result import Result
from miner.say import counted, num

FEW = 20
CHANCE = 0.5
BETAS = (-0.35, -0.2, -0.75, -1.2, -1.6)
BETA_BOUNDS = (-2.0, -0.1)
NO_RISE = -1.0  # the exponent that stands for all of them where alpha is 0
TAU_BOUNDS = (1e-3, 0.5)
_METHODS: tuple[tuple[Any, Any], ...] = (("L-BFGS-B", {"maxiter": 200}), ("SLSQP", {"maxiter": 200, "ftol": 1e-9}))
_QUICK = (("SLSQP", {"maxiter": 100, "ftol": 1e-8}),)  # of a resample: its estimate varies by far more
_ORDER = ("A", "alpha", "zeta", "tau", "beta")


@dataclass(frozen=True)
class LearningCurveResult(Result):
    """A fitted bias-corrected learning curve.

    Attributes
    ----------
    k : int
        Accuracies used.
    A : float
        Limit of the accuracy for large samples, without over-optimism and selection.
    alpha, beta : float
        The learning curve is A + alpha n^beta, alpha <= 0 and beta < 0. Where alpha is 0 every exponent is the same curve, and beta is -1.
    zeta : float
        Over-optimism: what is reported exceeds the curve by zeta / sqrt(n), zeta >= 0.
    tau : float
        Standard deviation of accuracies beyond binomial noise.
    threshold : float
        Accuracies below it are taken not to be published; 0 where no selection is modelled.
    intervals : dict of str to (float, float)
        Percentile intervals of the bootstrap over papers, for A, alpha, beta, zeta and tau; beta's is that of the resamples with a rise,
        NaN where none has one.
    published_share : float
        Share of the studies that the model expects to pass the threshold, over the sample sizes at hand.
    ll, ll_without_zeta : float
        Log-likelihoods of the full model, and of one without over-optimism (zeta = 0).
    naive_limit : float
        A of a learning curve fitted without over-optimism and selection.
    n_large, corrected : float
        The largest sample size, and the curve's accuracy there: better known than the limit.
    corrected_interval : (float, float)
        Its percentile interval.
    noise : float
        p (1 - p) at the mean accuracy: the binomial variance of an accuracy is noise / n.
    """

    k: int
    A: float
    alpha: float
    beta: float
    zeta: float
    tau: float
    threshold: float
    intervals: dict[str, tuple[float, float]]
    level: float
    bootstraps: int
    published_share: float
    ll: float
    ll_without_zeta: float
    naive_limit: float
    n_large: float
    corrected: float
    corrected_interval: tuple[float, float]
    noise: float
    warnings: tuple[str, ...] = ()

    def curve(self, n: ArrayLike) -> Floats:
        """Return the learning curve without over-optimism and selection at sample sizes ``n``."""
        size: Floats = np.asarray(n, float)
        values: Floats = self.A + self.alpha * size**self.beta
        return values

    def observed(self, n: ArrayLike) -> Floats:
        """Return the expected accuracy with over-optimism, before selection, at sample sizes ``n``."""
        size: Floats = np.asarray(n, float)
        values: Floats = self.curve(size) + self.zeta / np.sqrt(size)
        return values

    def published(self, n: ArrayLike) -> Floats:
        """Return the expected accuracy of what is published at sample sizes ``n``: above the threshold, and not above 1."""
        size: Floats = np.asarray(n, float)
        mu, sd = self.observed(size), np.sqrt(self.tau**2 + self.noise / size)
        mass, a, b = _mass(mu, sd, self.threshold if self.threshold > 0 else None)
        values: Floats = mu + sd * (_density(a) - _density(b)) / mass
        return values

    def __str__(self) -> str:
        """Return the estimates with their intervals."""
        lines = [f"Bias-corrected learning curve, k = {self.k}, published above {num(self.threshold, '.3g')}"]
        for name in ("A", "alpha", "beta", "zeta", "tau"):
            low, high = self.intervals.get(name, (np.nan, np.nan))
            lines.append(f"  {name:<6}{num(getattr(self, name), '.4f'):>10}  [{num(low, '.4f')}, {num(high, '.4f')}]")
        lines.append("  at n = {:.0f}: {:.4f}  [{:.4f}, {:.4f}]".format(self.n_large, self.corrected, *self.corrected_interval))
        return "\n".join([*lines, *(f"  warning: {w}" for w in self.warnings)])


@sheltered
def learning_curve(
    accuracy: ArrayLike,
    n: ArrayLike,
    cluster: ArrayLike | None = None,
    threshold: float | str | None = "min",
    chance: float = CHANCE,
    bootstraps: int = 100,
    level: float = 0.95,
    seed: int = 20250225,
) -> LearningCurveResult:
    r"""Fit :math:`y_i = A + \alpha n_i^{\beta} + \zeta n_i^{-1/2} + e_i`, where y is seen only above a threshold.

    :math:`e_i \sim N(0, \tau^2 + \bar p (1 - \bar p) / n_i)`, y truncated to [threshold, 1], by maximum likelihood: the learning curve
    :math:`A + \alpha n^\beta` rises with n (:math:`\alpha \le 0`), over-optimism falls with it (:math:`\zeta \ge 0`), and selection hides
    low accuracies. The limit A is what the task allows to large samples.

    Parameters
    ----------
    accuracy : array_like, shape (k,)
        Reported accuracies, proportions.
    n : array_like, shape (k,)
        Sample sizes.
    cluster : array_like, shape (k,), optional
        The paper of each accuracy: the bootstrap draws papers.
    threshold : float, "min" or None
        Below it nothing is published; ``"min"`` takes the smallest accuracy seen (its maximum-likelihood estimate), None models no selection.
    chance : float
        Accuracy of guessing. At the smallest sample size the learning curve is not below it, and over-optimism not above 1 - chance.
    bootstraps : int
        Resamples for the intervals; 0 for none.
    level : float
        Level of the intervals.
    seed : int
        Seed of the resampling: the same data give the same intervals.

    Returns
    -------
    LearningCurveResult

    Raises
    ------
    MetaError
        For fewer than eight accuracies, accuracies outside [0, 1] or below the threshold, or sample sizes that do not vary.

    Notes
    -----
    The authors publish no code and estimate by a genetic algorithm; here several starting points are climbed with exact gradients,
    and the binomial part of the noise is explicit. Where :math:`\beta` is near -1/2 the curve and the over-optimism cannot be told apart:
    the intervals then are wide, and only the sum is known. The order of estimates in a bootstrap is that of ``intervals``.

    References
    ----------
    Saidi P, Dasarathy G, Berisha V (2025). Unraveling overoptimism and publication bias in ML-driven science. Patterns 6(4):101185.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> size = rng.integers(30, 900, 300)
    >>> seen = 0.8 - 1.5 * size**-0.8 + 1.0 / np.sqrt(size) + rng.normal(0, 0.02, 300)
    >>> abs(learning_curve(seen, size, threshold=None, bootstraps=0).A - 0.8) < 0.03
    True
    """
    y, size, group = _checked(accuracy, n, cluster)
    low = float(y.min()) if threshold == "min" else (0.0 if threshold is None else float(threshold))
    if y.min() < low:
        raise MetaError(f"an accuracy of {y.min():.3g} lies below the threshold of {low:.3g}", hint="lower the threshold")
    if not 0 <= chance < y.max():
        raise MetaError(f"chance is {chance:.3g}, and no accuracy is above it", hint="give the accuracy of guessing")
    problem = _Problem(chance, low if threshold is not None else None)
    best = problem.fit(y, size, _starts(y))
    without = problem.fit(y, size, _starts(y), zeta=False)
    naive = _Problem(chance, None).fit(y, size, _starts(y), zeta=False)
    draws = _bootstrap(y, size, group, problem, threshold == "min", best, bootstraps, seed)
    tail = 50 * (1 - level)
    natural = _natural(best.x, size, chance)
    values = dict(zip(_ORDER, (float(v) for v in natural), strict=True))
    intervals = _intervals(draws, tail) if len(draws) else {}
    large = float(size.max())
    at_large = draws[:, 0] + draws[:, 1] * large ** draws[:, 4] if len(draws) else np.full(1, np.nan)
    return LearningCurveResult(
        k=len(y),
        **values,
        threshold=low if threshold is not None else 0.0,
        intervals=intervals,
        level=level,
        bootstraps=len(draws),
        published_share=_published(natural, y, size, problem.low),
        ll=-float(best.fun),
        ll_without_zeta=-float(without.fun),
        naive_limit=float(naive.x[0]),
        n_large=large,
        corrected=values["A"] + values["alpha"] * large ** values["beta"],
        corrected_interval=(float(np.percentile(at_large, tail)), float(np.percentile(at_large, 100 - tail))),
        noise=float(y.mean() * (1 - y.mean())),
        warnings=_warnings(y, size, values, intervals),
    )


def _intervals(draws: Floats, tail: float) -> dict[str, tuple[float, float]]:
    found = {}
    for i, name in enumerate(_ORDER):
        column = draws[draws[:, 1] != 0, i] if name == "beta" else draws[:, i]
        low, high = np.percentile(column, [tail, 100 - tail]) if len(column) else (np.nan, np.nan)
        found[name] = (float(low), float(high))
    return found


def _checked(accuracy: ArrayLike, n: ArrayLike, cluster: ArrayLike | None) -> tuple[Floats, Floats, NDArray[np.intp]]:
    y, size = numbers(accuracy, "accuracy"), numbers(n, "n")
    if y.shape != size.shape or y.ndim != 1:
        raise MetaError("accuracy and n must be two lists of the same length")
    if len(y) < 8:
        raise MetaError(f"{counted(len(y), 'accuracy is', 'accuracies are')} too few for a learning curve", hint="at least 8, better 50")
    if not (np.all(np.isfinite(y)) and np.all(np.isfinite(size)) and np.all((y >= 0) & (y <= 1)) and np.all(size >= 1)):
        raise MetaError("accuracies must lie in [0, 1] and sample sizes be at least 1, none missing")
    if np.unique(size).size < 4:
        raise MetaError("the sample sizes hardly vary, so there is no curve")
    return y, size, np.arange(len(y)) if cluster is None else codes(cluster, len(y))


def _starts(y: Floats) -> list[Floats]:
    """Return starting points (A, u, zeta, tau, beta), see :class:`_Problem`.

    The first three stand for the shapes between which the likelihood has its valleys: much over-optimism and a steep rise, little of both,
    and an early rise.
    """
    limit = min(max(float(np.median(y)), CHANCE + 0.05), 0.98)
    tau = max(float(y.std()), 0.02)
    shapes = [(0.95, 0.9, 2.5, tau, -0.3), (limit, 0.05, 1.0, tau, -1.0), (0.7, 0.7, 2.5, tau, -1.5)]
    return [np.array(shape) for shape in (*shapes, *((limit, 0.4, 0.4, tau, beta) for beta in BETAS))]


def _natural(theta: Floats, size: Floats, chance: float) -> Floats:
    """Turn (A, u, zeta, tau, beta) into (A, alpha, zeta, tau, beta)."""
    A, u, zeta, tau, beta = theta
    return np.array([A, -(A - chance) * u * size.min() ** -beta, zeta, tau, beta])


def _mass(mu: Floats, sd: Floats, low: float | None) -> tuple[Floats, Floats, Floats]:
    """Return P(low < y < 1), and the standardised bounds."""
    from scipy.special import ndtr

    a = np.full_like(mu, -np.inf) if low is None else (low - mu) / sd
    b = (1 - mu) / sd
    return np.maximum(ndtr(b) - ndtr(a), 1e-12), a, b


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))


def _published(natural: Floats, y: Floats, size: Floats, low: float | None) -> float:
    A, alpha, zeta, tau, beta = natural
    mu, sd = A + alpha * size**beta + zeta / np.sqrt(size), np.sqrt(tau**2 + y.mean() * (1 - y.mean()) / size)
    above_all, _, _ = _mass(mu, sd, None)
    return float(np.mean(_mass(mu, sd, low)[0] / above_all))


@dataclass(frozen=True)
class _Problem:
    """Minus the log-likelihood of the truncated normal, with its gradient.

    The curve is A - (A - chance) u (n / n_min)^beta with 0 <= u <= 1: in these parameters every value is a possible learning curve, and
    they are of one size.
    """

    chance: float
    low: float | None

    def objective(self, y: Floats, size: Floats) -> Callable[[Floats], tuple[float, Floats]]:
        logs, root = np.log(size / size.min()), 1 / np.sqrt(size)
        noise, constant = float(y.mean() * (1 - y.mean())) / size, 0.5 * len(y) * np.log(2 * np.pi)

        def value(theta: Floats) -> tuple[float, Floats]:
            A, u, zeta, tau, beta = theta
            power, room = np.exp(beta * logs), A - self.chance
            mu = A - room * u * power + zeta * root
            sd = np.sqrt(tau**2 + noise)
            z = (y - mu) / sd
            mass, a, b = _mass(mu, sd, self.low)
            da, db = _density(a) / mass, _density(b) / mass
            d_mu = -z / sd - (db - da) / sd
            d_sd = (1 - z**2) / sd - (b * db - np.where(np.isfinite(a), a, 0.0) * da) / sd
            slopes = (1 - u * power, -room * power, root, tau / sd, -room * u * power * logs)
            gradient = np.array([(d_sd * g if i == 3 else d_mu * g).sum() for i, g in enumerate(slopes)])
            return float(np.sum(0.5 * z**2 + np.log(sd) + np.log(mass)) + constant), gradient

        return value

    def fit(self, y: Floats, size: Floats, starts: list[Floats], zeta: bool = True, methods: tuple[tuple[Any, Any], ...] = _METHODS) -> Any:
        from scipy.optimize import minimize

        objective = self.objective(y, size)
        most = (1 - self.chance) * float(np.sqrt(size.min())) if zeta else 0.0
        bounds = [(self.chance, 1.0), (0.0, 1.0), (0.0, most), TAU_BOUNDS, BETA_BOUNDS]
        lower, upper = (np.array(side) for side in zip(*bounds, strict=True))
        # The surface has ridges on its bounds, where each of the two methods stops short at times: the better end counts.
        fits = [
            minimize(objective, np.clip(start, lower, upper), jac=True, method=method, bounds=bounds, options=options)
            for start in starts
            for method, options in methods
        ]
        inside = [f for f in fits if np.all((f.x >= lower) & (f.x <= upper))]
        # Ridges end in points of equal likelihood: of these the lowest limit counts, so that rounding does not choose.
        least = min(f.fun for f in inside)
        best = min((f for f in inside if not f.fun > least + 1e-5), key=lambda f: (*np.round(f.x[[0, 4]], 3), f.fun))
        if not np.isfinite(best.fun):
            raise MetaError("the likelihood of the learning curve could not be maximised", hint="look for sample sizes of another unit")
        return _climbed(objective, best, lower, upper)


def _climbed(objective: Callable[[Floats], tuple[float, Floats]], best: Any, lower: Floats, upper: Floats) -> Any:
    """Go on from where the others stopped until the steps are lost in rounding, so that where they stop is not a processor's choice."""

    def higher(theta: Floats) -> tuple[float, Floats]:
        value, gradient = objective(theta)
        return -value, -gradient

    unit = 0.1 * (upper - lower) + 1e-12
    top = climb(higher, best.x, lambda at: -_hessian(objective, at), longest=unit, limits=(lower, upper), max_iter=50)
    if top.value >= -best.fun:
        best.x, best.fun = top.at, -top.value
    if best.x[1] == 0 or best.x[0] == lower[0]:  # no rise, or a limit at chance
        best.x[4] = NO_RISE
    return best


def _hessian(objective: Callable[[Floats], tuple[float, Floats]], theta: Floats) -> Floats:
    """Return second derivatives as central differences of the exact gradient."""
    step = 1e-5 * np.maximum(np.abs(theta), 1e-2)
    columns = [(objective(theta + h)[1] - objective(theta - h)[1]) / (2 * h.sum()) for h in np.diag(step)]
    found: Floats = 0.5 * (np.array(columns) + np.array(columns).T)
    return found


def _bootstrap(
    y: Floats, size: Floats, group: NDArray[np.intp], problem: _Problem, lowest: bool, best: Any, times: int, seed: int
) -> Floats:
    """Return estimates of ``times`` resamples of papers, one a row; each is climbed from the estimate and two other points."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(group == g) for g in range(int(group.max()) + 1)]
    rows: list[Floats] = []
    for _ in range(times):
        drawn = np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))])
        yb, nb = y[drawn], size[drawn]
        if np.unique(nb).size < 4 or yb.max() <= problem.chance:
            continue
        again = replace(problem, low=float(yb.min())) if lowest else problem
        rows.append(_natural(again.fit(yb, nb, [best.x, *_starts(yb)[:2]], methods=_QUICK).x, nb, problem.chance))
    return np.array(rows).reshape(-1, len(_ORDER))


def _warnings(y: Floats, size: Floats, values: dict[str, float], intervals: dict[str, tuple[float, float]]) -> tuple[str, ...]:
    found: list[str] = []
    if len(y) < FEW:
        found.append(f"only {counted(len(y), 'accuracy', 'accuracies')}: five parameters are more than they can tell")
    if abs(values["beta"] + 0.5) < 0.1 and values["zeta"] > 0 and values["alpha"] < 0:
        found.append("the exponent is near -1/2: the learning curve and the over-optimism can hardly be told apart")
    if "A" in intervals and intervals["A"][1] - intervals["A"][0] > 0.15:
        low, high = intervals["A"]
        found.append(f"the limit is poorly known: its interval spans {100 * (high - low):.0f} percentage points")
    if abs(values["alpha"]) < 1e-6:
        found.append("no rise with sample size is seen beneath the over-optimism: the exponent is not told")
    if values["A"] > 0.999:
        found.append("the limit lies at its bound of 100 %: these data do not tell it")
    if size.max() / size.min() < 5:
        found.append("sample sizes span less than a factor of five")
    return tuple(found)
