"""Panels of the trend's slopes by model, by choice of the data and by quantile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.digits import significant
from miner.errors import MetaError
from miner.meta.analysis.evidence import null_words
from miner.meta.models.score_test import too_few_papers
from miner.report import figures
from miner.report.formats.parts import Table, interval, listed, p_text, signed
from miner.report.panels import Panel
from miner.report.tasks.evidence import Evidence, once, task_panel
from miner.report.tasks.literature import AS_PAPER, variants
from miner.report.tasks.over_time import color_of
from miner.report.tasks.slopes import KEY, OLS, PRIMARY, TITLES, Slope, Slopes, slopes
from miner.say import counted, out_of, outcome, p_is

if TYPE_CHECKING:
    from miner.meta.models.quantiles import QuantileFit
    from miner.report.tasks.literature import Literature, Variant

TAUS = (0.1, 0.25, 0.5, 0.75, 0.9)
PER_TENFOLD = "Points for a tenfold size"
PER_YEAR = "Points a year, same size"


@dataclass(frozen=True, slots=True)
class Fits:
    """The slopes of each task by every model, and of each choice of the data by the main ones."""

    tasks: dict[str, Slopes]
    variants: tuple[tuple[Variant, Slopes], ...] = field(default=())

    def p(self, task: str, model: str, what: str = "size") -> float:
        """Return a slope's p-value, not a number where it was not fitted."""
        found = self.tasks[task].get(model, what) if task in self.tasks else None
        return found.p if found else float("nan")

    def of_task(self, task: str) -> list[Slopes]:
        """Return the slopes of every choice of a task's data."""
        return [fit for variant, fit in self.variants if variant.task == task]


def fit_all(literature: Literature, tasks: tuple[str, ...], choices: list[Variant]) -> Fits:
    """Fit every model to each task, and the main ones to each choice of the data; tasks with too few accuracies are left out."""
    fitted = {}
    for task in tasks:
        frame = literature.of_task(task)
        if len(frame) >= 8 and frame["n"].nunique() > 3 and frame["year"].nunique() > 1:
            fitted[task] = slopes(frame)
    return Fits(fitted, tuple((v, slopes(v.frame, KEY)) for v in choices if v.task in fitted))


def by_model(fits: Fits, tasks: tuple[str, ...], name: str) -> Panel:
    """Draw the slope on sample size and on year by every model, task by task."""
    title = "Regression of accuracy on sample size and year, by every model"
    shown = [t for t in tasks if t in fits.tasks]
    if not shown:
        return Panel(name, title, None, "No task has enough accuracies with sample size and year for a regression.")
    models = list(dict.fromkeys(s.model for t in shown for s in fits.tasks[t].size))
    with figures.axes(7.6, 0.9 + 0.42 * len(models), columns=2, sharey=True) as (figure, made):
        left, right = np.ravel(made)
        for ax, what, label in ((left, "size", PER_TENFOLD), (right, "year", PER_YEAR)):
            for i, task in enumerate(shown):
                shift = (i - (len(shown) - 1) / 2) * 0.3
                found = [(j, s) for j, m in enumerate(models) if (s := fits.tasks[task].get(m, what))]
                _dots(ax, found, shift, color_of(task, tasks), task)
            figures.points_axis(ax, label)
        left.set_yticks(range(len(models)), [TITLES[m] for m in models], fontsize=9)
        left.get_yticklabels()[0].set_fontweight("bold")
        left.set_ylim(len(models) - 0.5, -0.5)
        figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=len(shown), fontsize=9)
        reading = " ".join(_model_words(task, fits.tasks[task]) for task in shown)
        text = f"Forest plot of slopes with 95 % intervals by {counted(len(models), 'model')}. {reading}"
        svg = figures.svg(figure, name, title, text)
    return Panel(name, title, svg, reading, table=_model_table(fits, shown))


def _dots(ax: Any, found: list[tuple[int, Slope]], shift: float, look: tuple[str, str], label: str) -> None:
    at = np.array([j + shift for j, _ in found])
    middle = np.array([s.estimate for _, s in found])
    sides = np.array([(s.estimate - s.low, s.high - s.estimate) for _, s in found]).T
    ax.errorbar(middle, at, xerr=np.maximum(sides, 0), fmt=look[1], color=look[0], ms=5, lw=1.6, capsize=0, label=label)


def _model_words(task: str, fit: Slopes) -> str:
    primary, paper = fit.get(PRIMARY), fit.get(OLS)
    parts = []
    if paper:
        parts.append(f"the paper's least squares give {signed(paper.estimate)} points for a tenfold sample ({p_is(paper.p)})")
    if primary:
        parts.append(f"the primary model {signed(primary.estimate)} ({outcome(primary.low, primary.high, primary.p)})")
    below = [s for s in fit.size if s.p < 0.05]
    said = f"{task}: {listed(parts)}; {out_of(len(below), len(fit.size), 'model', 'have')} p below 0.05."
    return f"{said} {null_words(primary.p, primary.power)}".rstrip() if primary else said


def _model_table(fits: Fits, tasks: list[str]) -> Table:
    rows = []
    for task in tasks:
        fit = fits.tasks[task]
        for size, year in zip(fit.size, fit.year, strict=True):
            df = "∞" if size.df == float("inf") else f"{significant(size.df):.0f}"
            cells = (
                signed(size.estimate, 2),
                interval(size.low, size.high),
                p_text(size.p),
                df,
                signed(year.estimate, 2),
                interval(year.low, year.high, 2),
                p_text(year.p),
            )
            rows.append((task, size.title, *cells, size.note))
        rows += [(task, TITLES[model], *("–",) * 7, f"not fitted: {reason}") for model, reason in fit.failed.items()]
    columns = (
        ("Task", False), ("Model", False), ("Per tenfold n", True), ("95 % interval", True), ("p", True), ("df", True), ("Per year", True),
        ("95 % interval", True), ("p", True), ("Note", False),
    )  # fmt: skip
    note = "Slopes are percentage points of accuracy; those of logit models are odds ratios, turned into points from the pooled accuracy of the task (binomial mixed model), as everywhere in reports. df: degrees of freedom of the test on sample size."
    return Table("Slopes by model", columns, tuple(rows), note)


def by_variant(fits: Fits, tasks: tuple[str, ...], name: str) -> Panel:
    """Draw the slope on sample size for each choice of the data."""
    title = "The same trend under other choices of the data"
    if not fits.variants:
        return Panel(name, title, None, "There is one choice of the data only.")
    lines = [(v, fit) for v, fit in fits.variants]
    with figures.axes(7.6, 1.0 + 0.5 * len(lines)) as (figure, ax):
        for i, (model, marker, color) in enumerate(((PRIMARY, "o", figures.PALETTE[0]), (OLS, "s", figures.PALETTE[5]))):
            found = [(j, s) for j, (_, fit) in enumerate(lines) if (s := fit.get(model))]
            _dots(ax, found, 0.16 * (2 * i - 1), (color, marker), TITLES[model])
        labels = [f"{v.task}: {v.name} ({fit.k})" for v, fit in lines]
        ax.set_yticks(range(len(lines)), labels, fontsize=9)
        for tick, (v, _) in zip(ax.get_yticklabels(), lines, strict=True):
            tick.set_fontweight("bold" if v.id == AS_PAPER else "normal")
        ax.set_ylim(len(lines) - 0.5, -0.5)
        figures.points_axis(ax, PER_TENFOLD)
        figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=9)
        reading = " ".join(_variant_words(task, fits) for task in tasks if fits.of_task(task))
        svg = figures.svg(
            figure, name, title, f"Forest plot of the slope on sample size over {counted(len(lines), 'choice')} of the data. {reading}"
        )
    rows = []
    for v, fit in lines:
        cells: list[str] = [v.task, v.name, str(fit.k), str(fit.papers)]
        for model in KEY:
            s = fit.get(model)
            cells += [signed(s.estimate, 2), p_text(s.p)] if s else ["–", "–"]
        rows.append(tuple(cells))
    columns = (
        ("Task", False), ("Choice", False), ("k", True), ("Papers", True), ("Primary", True), ("p", True), ("Three-level, CR2", True), ("p", True),
        ("Least squares", True), ("p", True), ("Least squares, CR2", True), ("p", True),
    )  # fmt: skip
    note = "; ".join(dict.fromkeys(f"{v.name}: {v.why}" for v, _ in lines))
    note = note[0].upper() + note[1:] + "."
    return Panel(
        name,
        title,
        svg,
        reading,
        table=Table("Slope on sample size by choice of the data (points for a tenfold size)", columns, tuple(rows), note),
    )


def _variant_words(task: str, fits: Fits) -> str:
    every = fits.of_task(task)
    words = []
    for model, label in ((PRIMARY, "the primary model"), (OLS, "least squares")):
        found = [s for fit in every if (s := fit.get(model))]
        if found:
            low, high = min(s.estimate for s in found), max(s.estimate for s in found)
            below = sum(s.p < 0.05 for s in found)
            words.append(f"by {label} from {signed(low)} to {signed(high)} points, p below 0.05 in {below} of {len(found)}")
    return f"{task}, over {counted(len(every), 'choice')} of the data: {'; '.join(words)}."


def quantile_fits(literature: Literature, tasks: tuple[str, ...]) -> dict[str, dict[str, QuantileFit]]:
    """Fit quantile regressions of accuracy on ln n and year to each task that has twenty accuracies or more."""
    from miner.meta.models.quantiles import quantile_regression

    found = {}
    for task in tasks:
        frame = literature.of_task(task)
        if too_few_papers(frame["cluster"].nunique()) or len(frame) < 20 or frame["n"].nunique() < 4 or frame["year"].nunique() < 2:
            continue
        mods = {"ln_n": np.log(frame["n"].to_numpy()), "year": frame["year"].to_numpy() - np.round(frame["year"].mean())}
        try:
            found[task] = quantile_regression(frame["estimate"].to_numpy(), mods, TAUS)
        except MetaError:
            continue
    return found


def by_quantile(found: dict[str, dict[str, QuantileFit]], fits: Fits, tasks: tuple[str, ...], name: str) -> Panel:
    """Draw the slope on sample size at several quantiles of accuracy: whether low or high results change with size."""
    title = "Slope on sample size by quantile of accuracy"
    if not found:
        return Panel(name, title, None, "No task has twenty accuracies, which quantile regression needs at least.")
    tenfold = 100 * np.log(10)
    words, rows = [], []
    with figures.facets(found, 3.3) as (figure, made):
        for (task, fits_of), ax in zip(found.items(), made.values(), strict=True):
            middle = np.array([tenfold * f.coef[1] for f in fits_of.values()])
            half = 1.96 * tenfold * np.array([f.se[1] for f in fits_of.values()])
            color, marker = color_of(task, tasks)
            ax.axhline(0, color=figures.SOFT, lw=1)
            ax.fill_between(TAUS, middle - half, middle + half, color=color, alpha=0.2, lw=0, label="95 %")
            ax.plot(TAUS, middle, color=color, marker=marker, lw=2, label="quantile regression")
            if task in fits.tasks and (mean := fits.tasks[task].get(OLS)):
                ax.axhline(mean.estimate, color=figures.INK, lw=1.2, ls="--", label="least squares")
            ax.set_xticks(TAUS, ["lowest\ntenth", "¼", "median", "¾", "highest\ntenth"], fontsize=8.5)
            figures.legend_under(ax)
            words.append(_quantile_words(task, fits_of, middle))
            rows += [
                (task, f"{f.tau:g}", signed(m, 2), interval(m - h, m + h), p_text(float(f.p[1])))
                for f, m, h in zip(fits_of.values(), middle, half, strict=True)
            ]
        next(iter(made.values())).set_ylabel("Points for a tenfold size")
        reading = " ".join(words)
        svg = figures.svg(figure, name, title, f"Slopes of quantile regressions at five quantiles. {reading}")
    columns = (("Task", False), ("Quantile", True), ("Per tenfold n", True), ("95 % interval", True), ("p", True))
    note = "Standard errors are Powell's kernel sandwich, which takes the accuracies for independent."
    return Panel(name, title, svg, reading, table=Table("Slopes by quantile", columns, tuple(rows), note, folded=True))


def _quantile_words(task: str, fits: dict[str, QuantileFit], points: np.ndarray) -> str:
    low, high = points[0], points[-1]
    p_low, p_high = (float(list(fits.values())[i].p[1]) for i in (0, -1))
    head = f"{task}: {signed(low)} points for a tenfold size in the lowest tenth, {signed(high)} in the highest"
    if p_high < 0.05 <= p_low and high < low:
        return f"{head}: the fall sits in the upper tail. It is the best results that large samples do not repeat, not the weak ones."
    if p_low < 0.05 <= p_high and low < high:
        return f"{head}: the fall sits in the lower tail."
    if min(p_low, p_high) >= 0.05:
        return f"{head}; neither can be told from no change."
    return f"{head}; both change."


@once
def fits(evidence: Evidence) -> Fits:
    """Return the slopes of every model under every choice of the data."""
    return fit_all(evidence.literature, evidence.main, variants(evidence.literature))


@once
def quantiles(evidence: Evidence) -> dict[str, dict[str, QuantileFit]]:
    """Return slopes of low, middle and high accuracies."""
    return quantile_fits(evidence.literature, evidence.main)


PANELS = (
    task_panel("models", lambda e: by_model(fits(e), e.tasks, "models"), "slopes on sample size and year, by every model"),
    task_panel("variants", lambda e: by_variant(fits(e), e.tasks, "variants"), "slopes under every choice of the data"),
    task_panel(
        "quantiles-by-task",
        lambda e: by_quantile(quantiles(e), fits(e), e.tasks, "quantiles"),
        "slopes of low, middle and high accuracies, task by task",
    ),
)
