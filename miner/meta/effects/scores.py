"""What is known of the precision of a reported score: from counts where it is a share of n units, from its interval, or from the class sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from miner.errors import MetaError
from miner.meta.effects.odds import expit, logit
from miner.meta.guard import broadcast, numbers, sheltered
from miner.vocabulary import NO_EVENT, Event, Vocabulary, vocabulary

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALL = "all units"
DENOMINATOR = "group"  # the n_role of an n that is a written denominator: the 31 of a sensitivity of 26/31
_Z = float(stats.norm.isf(0.025))


@dataclass(frozen=True, slots=True)
class Metric:
    """What the values of one metric are.

    Attributes
    ----------
    name, label : str
        In programs, and in words.
    share_of : str
        What it is a share of: ``all units``, one class of them (``positives`` …), or ``none``.
    least : float
        Its least value; below 0 there is no logit.
    plural : str
        Several of its values, in words.
    event : Event
        What is counted, where it is a share.
    lower_is_better : bool
        Whether its best value is the lowest.
    """

    name: str
    label: str
    share_of: str = "none"
    least: float = 0.0
    plural: str = "values"
    event: Event = NO_EVENT
    lower_is_better: bool = False

    @property
    def area(self) -> bool:
        """Whether it is an area under the ROC curve, whose variance follows from the sizes of the classes."""
        return self.name == "auc"


def metric_of(name: str, words: Vocabulary | None = None) -> Metric:
    """Return what a vocabulary knows of a metric; of one that it does not have, that it is no share.

    Examples
    --------
    >>> metric_of("npv").share_of, metric_of("kappa").least, metric_of("x_score").label
    ('predicted negatives', -1.0, 'x score')
    """
    words = words or vocabulary()
    known = words.metric(name)
    share_of, least = (known.share_of, known.low) if known else ("none", 0.0)
    return Metric(name, words.label(name), share_of, least, words.plural(name), words.event(name), words.lower_is_better(name))


ACCURACY = metric_of("accuracy")


@dataclass(frozen=True, slots=True)
class Precision:
    """What is known of each value.

    Attributes
    ----------
    x, n : arrays, shape (k,)
        Counts of a binomial share; nan where the value is none.
    yi, vi : arrays, shape (k,)
        The value on the scale of the models with its sampling variance; nan where that is not known.
    scale : str
        ``logit``, or ``identity`` for scores that may be below 0.
    lost : mapping
        Why values have no variance, with how many.
    taken : str
        What the denominators of a share of a class were taken from, where that is not n by its ``n_role``.
    """

    x: Floats = field(repr=False)
    n: Floats = field(repr=False)
    yi: Floats = field(repr=False)
    vi: Floats = field(repr=False)
    scale: str = "logit"
    lost: Mapping[str, int] = field(default_factory=dict)
    taken: str = ""

    @property
    def counts(self) -> bool:
        """Whether every value is a binomial share."""
        return bool(np.isfinite(self.x).all())


def precision(frame: pd.DataFrame, share_of: str = ALL, least: float = 0.0, *, area: bool = False) -> Precision:
    """Tell what is known of the precision of values of one metric.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``estimate`` and, where known, ``n``, ``n_role``, ``ci_low``, ``ci_high``, ``n_pos`` or ``n_positive``, ``n_neg`` or ``n_negative``.
    share_of : str
        What the metric is a share of: ``all units``, one class of them (``positives`` …), or ``none``.
    least : float
        The metric's least value; below 0 there is no logit.
    area : bool
        Whether it is an area under the ROC curve, whose variance follows from the sizes of the classes.

    Returns
    -------
    Precision
        A share of a class is binomial only where the size of the class is told, or n is its written denominator (``n_role`` is ``group``, or neither is
        told of any, which ``taken`` says); other scores never are.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"estimate": [0.8, 0.9], "n": [50, 50], "n_role": ["group", "total"]})
    >>> found = precision(frame, "positives")
    >>> found.x.tolist(), dict(found.lost)
    ([40.0, nan], {'n is not the number of positives, and there is no interval': 1})
    """
    k = len(frame)
    estimate = numbers(frame["estimate"], "estimate")
    x, n, yi, vi = (np.full(k, np.nan) for _ in range(4))
    size, taken = _denominators(frame, share_of)
    rows = np.isfinite(size) & (size >= 1)
    x[rows], n[rows] = np.clip(np.round(estimate[rows] * size[rows]), 0, size[rows]), size[rows]
    yi[rows], vi[rows] = _of_counts(x[rows], n[rows])
    scale = "logit" if least >= 0 else "identity"
    if not rows.all():
        other = _of_interval(frame, estimate, scale)
        if area:
            other = _filled(other, _of_classes(frame, estimate))
        yi, vi = _filled((yi, vi), other)
    why = _reasons(frame, estimate, share_of, scale, area=area)[~np.isfinite(vi)]
    return Precision(x, n, yi, vi, scale, dict(Counter(why.tolist())), taken)


def _denominators(frame: pd.DataFrame, share_of: str) -> tuple[Floats, str]:
    """Return what each value is a share of, nan where that is not told; and what it was taken from."""
    nothing = np.full(len(frame), np.nan)
    if share_of == "none":
        return nothing, ""
    size = numbers(frame["n"], "n") if "n" in frame else nothing
    if share_of == ALL:
        return size, ""
    size_column = next((name for name in _CLASS.get(share_of, ()) if name in frame and frame[name].notna().any()), None)
    roles = frame["n_role"] if "n_role" in frame and frame["n_role"].notna().any() else None
    written = size if roles is None and size_column is None else nothing if roles is None else np.where(roles == DENOMINATOR, size, np.nan)
    if size_column is None:
        asked = f"n_role{f' or {_CLASS[share_of][-1]}' if share_of in _CLASS else ''}"
        return written, f"n is taken for the number of {share_of}: no column {asked} tells it" if roles is None else ""
    own = numbers(frame[size_column], size_column)
    return np.where(np.isfinite(own), own, written), f"n is the number of {share_of}, which the table tells"


# The columns that hold the size of a class.
_CLASS = {"positives": ("n_pos", "n_positive"), "negatives": ("n_neg", "n_negative")}


def _of_counts(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return logits with their variances; one half is added to both cells where one is empty (``escalc``'s ``to = "only0"``)."""
    half = np.where((x == 0) | (x == n), 0.5, 0.0)
    a, b = x + half, n - x + half
    return np.log(a / b), 1 / a + 1 / b


def _column(frame: pd.DataFrame, *names: str) -> Floats:
    found = next((name for name in names if name in frame), None)
    return np.full(len(frame), np.nan) if found is None else numbers(frame[found], found)


def _of_interval(frame: pd.DataFrame, estimate: Floats, scale: str) -> tuple[Floats, Floats]:
    """Return values with variances from their 95 % intervals; from the lower half where the upper end is 1."""
    low, high = _column(frame, "ci_low"), _column(frame, "ci_high")
    usable = (low < estimate) & (estimate < high)
    if scale == "identity":
        return np.where(usable, estimate, np.nan), np.where(usable, ((high - low) / (2 * _Z)) ** 2, np.nan)
    usable &= (low > 0) & (estimate < 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        y, a, b = logit(estimate), logit(low), logit(np.where(high < 1, high, np.nan))
        se = np.where(np.isfinite(b), (b - a) / (2 * _Z), (y - a) / _Z)
    return np.where(usable, y, np.nan), np.where(usable, se**2, np.nan)


def _of_classes(frame: pd.DataFrame, estimate: Floats) -> tuple[Floats, Floats]:
    """Return logits of areas with variances from the sizes of the classes."""
    positives, negatives = _column(frame, *_CLASS["positives"]), _column(frame, *_CLASS["negatives"])
    usable = (estimate > 0) & (estimate < 1) & (positives >= 1) & (negatives >= 1)
    y, v = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    y[usable] = logit(estimate[usable])
    v[usable] = auc_variance(estimate[usable], positives[usable], negatives[usable]) / (estimate[usable] * (1 - estimate[usable])) ** 2
    return y, v


def _filled(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return the first pair of value and variance, the second where the first is not known."""
    gap = ~np.isfinite(first[1])
    return np.where(gap, second[0], first[0]), np.where(gap, second[1], first[1])


def _reasons(frame: pd.DataFrame, estimate: Floats, share_of: str, scale: str, *, area: bool) -> NDArray[np.object_]:
    """Return why each value would have no variance: what it lacks, or what is wrong with the interval that it has."""
    low, high = _column(frame, "ci_low"), _column(frame, "ci_high")
    positives, negatives = (_column(frame, *_CLASS[c]) for c in ("positives", "negatives"))
    interval, sizes = np.isfinite(low) & np.isfinite(high), (positives >= 1) & (negatives >= 1)
    edge = scale == "logit" and (estimate <= 0) | (estimate >= 1)
    lacking = "there is no interval, and not the size of both classes" if area else _lacking(share_of)
    why = np.full(len(frame), lacking, dtype=object)
    usable = interval | sizes if area else interval
    why[interval & ~((low < estimate) & (estimate < high))] = "its interval does not lie around it"
    why[interval & (low <= 0) & (scale == "logit")] = "its interval begins at 0, which has no logit"
    for value, name in ((0.0, "0"), (1.0, "1")):
        why[usable & edge & (estimate == value)] = f"a value of exactly {name} has no logit"
    return why


def _lacking(share_of: str) -> str:
    if share_of == ALL:
        return "there is no n"
    return f"{'it is no share of n units' if share_of == 'none' else f'n is not the number of {share_of}'}, and there is no interval"


@sheltered
def auc_variance(auc: ArrayLike, n_positive: ArrayLike, n_negative: ArrayLike) -> Any:
    r"""Return the sampling variance of areas under the ROC curve from the sizes of the two classes (Hanley & McNeil 1982).

    Parameters
    ----------
    auc : array_like, shape (k,)
        Areas, from 0 to 1.
    n_positive, n_negative : array_like, shape (k,)
        How many units are positive and negative.

    Returns
    -------
    float or array
        :math:`[A(1-A) + (n_1-1)(Q_1-A^2) + (n_2-1)(Q_2-A^2)] / (n_1 n_2)` with :math:`Q_1 = A/(2-A)`, :math:`Q_2 = 2A^2/(1+A)`.

    Raises
    ------
    MetaError
        For areas outside 0 to 1 and classes without units.

    References
    ----------
    Hanley JA, McNeil BJ (1982). The meaning and use of the area under a receiver operating characteristic (ROC) curve. Radiology 143:29-36,
    equations 1 and 2.

    Examples
    --------
    >>> round(auc_variance(0.8, 50, 50) ** 0.5, 4)
    0.0445
    """
    a, n1, n2 = (numbers(v, name) for v, name in ((auc, "auc"), (n_positive, "n_positive"), (n_negative, "n_negative")))
    broadcast(auc=a, n_positive=n1, n_negative=n2)
    if np.any((a < 0) | (a > 1)):
        raise MetaError(
            f"an area under the ROC curve of {float(np.ravel(a)[np.argmax(np.ravel((a < 0) | (a > 1)))]):g}",
            hint="areas lie between 0 and 1",
        )
    if np.any((n1 < 1) | (n2 < 1)):
        raise MetaError("a class without units", hint="leave these rows out: an area needs positive and negative units")
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    found = (a * (1 - a) + (n1 - 1) * (q1 - a**2) + (n2 - 1) * (q2 - a**2)) / (n1 * n2)
    return float(found) if np.ndim(found) == 0 else found


def shown_interval(yi: ArrayLike, vi: ArrayLike, scale: str) -> tuple[Any, Any]:
    """Return the ends of the 95 % intervals of values, on the scale that readers see.

    Examples
    --------
    >>> [round(v, 3) for v in shown_interval(0.0, 0.25, "logit")]
    [0.273, 0.727]
    """
    y, half = np.asarray(yi, dtype=float), _Z * np.sqrt(np.asarray(vi, dtype=float))
    return (expit(y - half), expit(y + half)) if scale == "logit" else (y - half, y + half)
