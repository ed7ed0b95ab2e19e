"""Generated data sets: ordinary ones, and those at which software fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SIZES = {2: 4, 3: 8, 4: 8, 5: 10, 6: 10, 8: 14, 12: 16, 20: 14, 40: 10, 100: 4, 300: 1, 500: 1}
Columns = dict[str, Any]


@dataclass(frozen=True)
class Dataset:
    """Columns of one family, and how they came about."""

    family: str
    kind: str
    seed: int
    columns: Columns

    @property
    def k(self) -> int:
        return len(next(iter(self.columns.values())))

    def rows(self, keep: Any) -> Dataset:
        """Return some rows."""
        return Dataset(self.family, self.kind, self.seed, {name: [column[i] for i in keep] for name, column in self.columns.items()})


def size(rng: np.random.Generator, least: int = 2, most: int = 500) -> int:
    ks = [k for k in SIZES if least <= k <= most]
    weight = np.array([SIZES[k] for k in ks], dtype=float)
    return int(rng.choice(ks, p=weight / weight.sum()))


def moderators(rng: np.random.Generator, k: int) -> Columns:
    """Return numbers, years, a category with few levels, another that follows the first, and a year to order by."""
    levels = ["a", "b", "c"][: max(2, min(3, k // 2))]
    x = rng.normal(size=k).round(3)
    return {
        "x": x.tolist(), "z": (x * rng.choice([0.0, 0.9]) + rng.normal(size=k)).round(3).tolist(), "year": rng.integers(-15, 20, k).tolist(),
        "g": [levels[i % len(levels)] for i in rng.permutation(k)], "h": rng.choice(["p", "q"], k).tolist(),
        "copy": (2 * x).tolist(), "ni": np.exp(rng.uniform(3, 8, k)).round().tolist(),
    }  # fmt: skip


def _plain(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    v = rng.uniform(0.01, 0.2, k)
    return rng.normal(rng.uniform(-0.5, 1), np.sqrt(v + rng.choice([0.0, 0.02, 0.2, 2.0]))), v


def _homogeneous(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    v = rng.uniform(0.05, 0.3, k)
    return 0.3 + rng.normal(0, 0.3 * np.sqrt(v)), v


def _ties(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    return rng.choice([0.1, 0.2, 0.3, 0.5], k), rng.choice([0.01, 0.02, 0.05], k)


def _huge_n(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    v = 10.0 ** rng.uniform(-11, -7, k)
    return 0.8 + rng.normal(0, np.sqrt(v + rng.choice([0.0, 1e-9, 1e-4]))), v


def _dominating(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    y, v = _plain(rng, k)
    v[rng.integers(k)] *= 1e-5
    return y, v


def _spread(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    v = 10.0 ** rng.uniform(-3, 1, k)
    return rng.normal(0.2, np.sqrt(v + rng.choice([0.0, 0.05, 1.0]))), v


def _accuracies(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    n = np.exp(rng.uniform(3.5, 8, k)).round()
    p = np.clip(rng.normal(0.85, rng.choice([0.0, 0.05, 0.1]), k), 0.55, 0.99)
    x = np.clip(rng.binomial(n.astype(int), p), 1, n - 1)
    return x / n, (x / n) * (1 - x / n) / n


def _nearly_perfect(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    y = rng.choice([0.99, 0.98, 0.97, 0.95, 0.995], k)
    return y, y * (1 - y) / np.exp(rng.uniform(4, 6, k)).round()


def _outlier(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    y, v = _plain(rng, k)
    y[rng.integers(k)] += rng.choice([-5, 5])
    return y, v


def _small_scale(rng: np.random.Generator, k: int) -> tuple[Any, Any]:
    y, v = _plain(rng, k)
    unit = rng.choice([1e-4, 1e-2, 1e3])
    return y * unit, v * unit**2


EFFECTS: dict[str, Callable[[np.random.Generator, int], tuple[Any, Any]]] = {
    "plain": _plain, "tau2 = 0": _homogeneous, "ties": _ties, "huge n": _huge_n, "one dominates": _dominating, "variances far apart": _spread,
    "accuracies": _accuracies, "nearly perfect": _nearly_perfect, "an outlier": _outlier, "units": _small_scale,
}  # fmt: skip


def effects(seed: int) -> Dataset:
    rng = np.random.default_rng([seed, 1])
    kind = list(EFFECTS)[seed % len(EFFECTS)]
    k = size(rng)
    y, v = EFFECTS[kind](rng, k)
    data = Dataset("effects", kind, seed, {"yi": y.tolist(), "vi": v.tolist()} | moderators(rng, k))
    return _with_gaps(data, rng) if k > 5 and rng.random() < 0.08 else data


def _with_gaps(data: Dataset, rng: np.random.Generator) -> Dataset:
    """Return the data with some effects, variances and moderators missing; R leaves such rows out."""
    columns = {name: list(column) for name, column in data.columns.items()}
    for name in ("yi", "vi", "x"):
        columns[name][int(rng.integers(data.k))] = None
    return Dataset("gaps", data.kind, data.seed, columns)


def nested(seed: int) -> Dataset:
    """Return effects in papers, labs inside papers, with and without variance on each level."""
    rng = np.random.default_rng([seed, 2])
    k = size(rng, 6, 40)
    papers = int(rng.integers(2, max(3, k // 2)))
    cluster = np.sort(np.concatenate((np.arange(papers), rng.integers(0, papers, k - papers))))
    lab = rng.integers(0, 2, k)
    kind = ("both", "between", "within", "none")[seed % 4]
    between, within = 0.3 * (kind in {"both", "between"}), 0.3 * (kind in {"both", "within"})
    v = rng.uniform(0.01, 0.15, k)
    level = np.unique(cluster * 2 + lab, return_inverse=True)[1]
    y = 0.4 + rng.normal(0, between, papers)[cluster] + rng.normal(0, within, k)[level] + rng.normal(0, np.sqrt(v))
    more = moderators(rng, k) | {"w": rng.normal(size=papers).round(3)[cluster].tolist()}
    return Dataset("nested", kind, seed, {"yi": y.tolist(), "vi": v.tolist(), "cluster": cluster.tolist(), "lab": lab.tolist()} | more)


def counts(seed: int) -> Dataset:
    """Return successes of n: with zeros, with perfect ones, all alike, overdispersed, huge."""
    rng = np.random.default_rng([seed, 3])
    k = size(rng, 3, 300)
    kind = ("plain", "zeros", "perfect", "no variance", "huge n", "tiny n")[seed % 6]
    n = np.exp(rng.uniform(*{"huge n": (9, 14), "tiny n": (0.7, 2.5)}.get(kind, (3, 7)), k)).round() + 1
    centre, spread = {"zeros": (-4.5, 0.5), "perfect": (4.0, 0.5), "no variance": (1.5, 0.0)}.get(kind, (1.5, rng.choice([0.2, 0.8])))
    p = 1 / (1 + np.exp(-rng.normal(centre, spread, k)))
    x = rng.binomial(n.astype(int), p)
    papers = np.sort(rng.integers(0, max(2, k // 2), k))
    more = moderators(rng, k) | {"ni": n.tolist(), "off": rng.normal(0, 0.3, k).round(3).tolist()}
    return Dataset("counts", kind, seed, {"xi": x.astype(float).tolist(), "cluster": papers.tolist()} | more)


def arms(seed: int) -> Dataset:
    """Return 2 x 2 tables: rare events, empty cells, studies without events in both arms."""
    rng = np.random.default_rng([seed, 4])
    k = size(rng, 2, 100)
    kind = ("plain", "rare", "double zeros", "no variance")[seed % 4]
    n1, n2 = (np.exp(rng.uniform(2.5, 6, k)).round() for _ in range(2))
    base = {"rare": -4.0, "double zeros": -4.5}.get(kind, -1.0)
    level = rng.normal(base, 0.5, k)
    gap = rng.normal(rng.uniform(-1, 1), 0.0 if kind == "no variance" else 0.4, k)
    a = rng.binomial(n1.astype(int), 1 / (1 + np.exp(-level - gap)))
    c = rng.binomial(n2.astype(int), 1 / (1 + np.exp(-level)))
    if kind == "double zeros":
        a[:1], c[:1] = 0, 0
    cells = {"ai": a, "bi": n1 - a, "ci": c, "di": n2 - c, "n1i": n1, "n2i": n2}
    return Dataset("arms", kind, seed, {name: column.astype(float).tolist() for name, column in cells.items()})


def diagnostic(seed: int) -> Dataset:
    """Return true and false positives and negatives, sensitivity and specificity correlated."""
    rng = np.random.default_rng([seed, 5])
    k = size(rng, 4, 100)
    ill, well = (np.exp(rng.uniform(3, 6, k)).round().astype(int) for _ in range(2))
    both = rng.multivariate_normal([1.5, 1.8], [[0.4, -0.2], [-0.2, 0.5]], k) * rng.choice([0.3, 1.0]) + [0.5, 0.5]
    tp, tn = (rng.binomial(n, 1 / (1 + np.exp(-both[:, i]))) for i, n in enumerate((ill, well)))
    cells = {"tp": tp, "fn": ill - tp, "fp": well - tn, "tn": tn}
    return Dataset("diagnostic", "plain", seed, {name: column.astype(float).tolist() for name, column in cells.items()})


FAMILIES: dict[str, Callable[[int], Dataset]] = {
    "effects": effects,
    "nested": nested,
    "counts": counts,
    "arms": arms,
    "diagnostic": diagnostic,
}
# Of ten data sets in a row.
TURNS = ("effects", "nested", "effects", "counts", "effects", "arms", "effects", "nested", "effects", "counts", "effects", "diagnostic")


def generate(seed: int) -> Dataset:
    """Return the data set of a seed: always the same."""
    return FAMILIES[TURNS[seed % len(TURNS)]](seed // len(TURNS) * 7 + seed)
