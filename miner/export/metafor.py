"""Effects of one metric as a CSV that metafor reads, with a script in R that runs on it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.cells import guarded, plain, safe_cell
from miner.digits import STORED, significant
from miner.errors import UsageError
from miner.export.format import Export, ExportFormat
from miner.export.records import rows_of
from miner.meta.analysis.tabular import canonical, metrics_of
from miner.meta.effects.scores import ACCURACY, metric_of, precision
from miner.say import counted
from miner.settings import suggest
from miner.store.effects import SIZED_SHARES

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class MetaforData:
    """The CSV of one metric, the number of its rows, and why rows were left out, with how many."""

    metric: str
    csv: str
    rows: int
    left_out: Mapping[str, int]


def by_metric(table: pa.Table, asked: str | None = None, default: str | None = None) -> dict[str, pd.DataFrame]:
    """Return the rows of a query with columns ``estimate`` and ``n`` by their metric, for metrics are never pooled.

    Parameters
    ----------
    table : pyarrow.Table
    asked : str, optional
        The one metric that is wanted.
    default : str, optional
        The one that is wanted where there are several and none was asked for.

    Raises
    ------
    UsageError
        If the columns are not there, or no row has the metric that is asked for.
    """
    missing = {"estimate", "n"} - set(table.column_names)
    if missing:
        raise UsageError(f"the query gives no column {' and no column '.join(sorted(missing))}", hint="select estimate, n, … from v_effect")
    frame = table.to_pandas()
    if "metric" not in frame:
        return {canonical(asked) if asked else ACCURACY.name: frame}
    names = metrics_of(frame, {str(c): c for c in frame.columns})
    asked = canonical(asked) if asked else None
    known = sorted(names.dropna().unique(), key=lambda m: (-int((names == m).sum()), m))
    if asked is not None and asked not in known:
        raise UsageError(
            f"the query gives no {asked}", hint=suggest(str(asked), known, all_too=True) if known else "it gives no metric at all"
        )
    wanted: list[str] = [asked] if asked else [default] if default is not None and default in known else known
    return {name: frame[names == name].reset_index(drop=True) for name in wanted}


def to_metafor(frame: pd.DataFrame, metric: str) -> MetaforData:
    """Return values of one metric as metafor wants them.

    Added are ``xi`` and ``ni`` where the value is a binomial share (for an accuracy right answers, the nearest whole number, of n; for a
    sensitivity, specificity or predictive value only where n is its written denominator), and ``yi``, ``vi``: the logit and its sampling
    variance, of a share with one half added to both cells where xi is 0 or ni (as ``escalc(measure = "PLO", to = "only0")`` does), of others
    from the interval or, for areas under the ROC curve, the sizes of both classes. Rows without a variance are left out, and counted.
    """
    what = metric_of(metric)
    usable = frame["estimate"].between(what.least, 1) & (frame["n"] >= 1)
    rows = frame[usable].reset_index(drop=True)
    known = precision(rows, what.share_of, what.least, area=what.area)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*rows.columns, "xi", "ni", "yi", "vi"])
    kept = np.isfinite(known.vi)
    for i in np.flatnonzero(kept):
        cells = [plain(v) for v in rows.iloc[i].astype(object)]
        counts = [_whole(known.x[i]), _whole(known.n[i])]
        writer.writerow([safe_cell(c) for c in significant([*map(_known, cells), *counts, float(known.yi[i]), float(known.vi[i])], STORED)])
    odd = int((~usable).sum())
    return MetaforData(
        metric, out.getvalue(), int(kept.sum()), {**known.lost, **({"it lacks an n or lies outside its range": odd} if odd else {})}
    )


def _whole(count: float) -> int | None:
    return int(count) if np.isfinite(count) else None


def _known(cell: Any) -> Any:
    """Return a cell; a year that data frames hold as a float is a whole number, and what is missing is empty."""
    if isinstance(cell, float):
        return None if np.isnan(cell) else int(cell) if cell.is_integer() else cell
    return cell


def r_script(csv_name: str) -> str:
    """Return a script in R that reads the CSV beside it and runs the analyses that miner runs, in the same order."""
    return _SCRIPT.replace("@CSV@", csv_name.replace("\\", "/").replace('"', '\\"'))


_SCRIPT = r"""# Made by miner export metafor. Needs metafor and, for the binomial models, lme4:
#   install.packages(c("metafor", "lme4"))
# Run it in the folder of the CSV: Rscript THIS.R
library(metafor)

dat <- read.csv("@CSV@", stringsAsFactors = FALSE)
if ("metric" %in% names(dat)) {
  kind <- ifelse(dat$metric == "other" & "name" %in% names(dat) & !is.na(dat$name), dat$name, dat$metric)
  if (length(unique(kind)) > 1)
    stop("several metrics, which are never pooled: ", paste(unique(kind), collapse = ", "), ". Keep one: dat <- dat[dat$metric == ...,]")
}
# Shares of n units have counts; other values come with yi and vi from their intervals.
shares <- nrow(dat) > 0 && all(!is.na(dat$xi))
if (shares) {
  dat <- escalc(measure = "PLO", xi = xi, ni = ni, data = dat, add = 1/2, to = "only0")
  dat$n <- dat$ni  # of a share of a class, its size
}
dat$log10_n <- log10(dat$n)
if (!"study_id" %in% names(dat)) dat$study_id <- seq_len(nrow(dat))
dat$row <- seq_len(nrow(dat))
cat(nrow(dat), "effects of", length(unique(dat$study_id)), "studies\n")

# What trends are held against: the year, where all are known, and an intercept for each task; tasks of fewer than three values are one.
held <- character()
if ("year" %in% names(dat) && !anyNA(dat$year) && length(unique(dat$year)) > 1 && nrow(dat) > 5) {
  dat$year <- dat$year - round(mean(dat$year))
  held <- c(held, "year")
}
if ("task" %in% names(dat)) {
  often <- names(which(table(dat$task) >= 3))
  dat$task <- ifelse(dat$task %in% often, dat$task, "other")
  if (length(unique(dat$task)) > 1) held <- c(held, "task")
}
trend <- function(outcome, more = character()) reformulate(c("log10_n", held, more), outcome)
tasks <- if ("task" %in% held) ~ task else ~ 1
several <- length(unique(dat$study_id)) < nrow(dat)

if (nrow(dat) >= 4 && length(unique(dat$n)) > 1) {
  if (shares && requireNamespace("lme4", quietly = TRUE)) {
    effects <- c(if (several) "(1 | study_id)", "(1 | row)")
    # 1. The primary analysis: a binomial mixed model of sample size (funnel tests on the standard error mislead for accuracies).
    #    The p-values here are Wald's z, which rejects too often with fewer than about forty studies; miner tests the same slope by its score.
    print(summary(lme4::glmer(trend("cbind(xi, ni - xi)", effects), family = binomial, data = dat)))
    # 2. The pooled value: the same model without moderators.
    pooled <- lme4::glmer(reformulate(effects, "cbind(xi, ni - xi)"), family = binomial, data = dat)
    cat("Pooled value:", format(plogis(lme4::fixef(pooled)), digits = 4), "\n")
  } else {
    print(rma(yi, vi, mods = trend(NULL), data = dat, test = "knha"))
    print(rma(yi, vi, data = dat, test = "knha"))
  }
  # 3. Three levels, with cluster-robust tests.
  if (several) {
    ml3 <- rma.mv(yi, vi, mods = trend(NULL), random = ~ 1 | study_id/row, data = dat)
    print(robust(ml3, cluster = study_id))
  }
  # 4. Asymmetry against 1/sqrt(n), within tasks.
  res <- rma(yi, vi, ni = n, mods = tasks, data = dat, test = "knha")
  print(regtest(res, predictor = "sqrtninv"))
  pdf("@CSV@.pdf")
  funnel(rma(yi, vi, ni = n, data = dat), yaxis = "sqrtni")
  dev.off()
} else {
  cat("Too few effects, or all of one size: nothing to model.\n")
}
"""


def _write(asked: Export) -> str:
    table = rows_of(asked.con, asked.query, SIZED_SHARES)
    named = None if asked.metric == "all" else asked.metric
    parts = by_metric(table, named, "accuracy" if asked.query is None and asked.metric is None else None)
    said = [_write_one(to_metafor(rows, name), _path(asked.output, name, len(parts) > 1)) for name, rows in parts.items()]
    others = table.num_rows - sum(map(len, parts.values()))
    if others:
        said.append(
            f"{counted(others, 'effect')} of other metrics with a sample size {'is' if others == 1 else 'are'} not in it: ask for one with --metric, or for a file of each with --metric all"
        )
    return "\n".join(said)


def _path(output: Path, metric: str, several: bool) -> Path:
    return output.with_name(f"{output.stem}-{metric}{output.suffix}") if several else output


def _write_one(data: MetaforData, output: Path) -> str:
    output.write_text(data.csv, encoding="utf-8")
    script = output.with_suffix(".R")
    script.write_text(r_script(output.name), encoding="utf-8")
    left = "".join(f"; {count} left out: {why}" for why, count in data.left_out.items())
    told = f"{counted(data.rows, 'effect')} ({data.metric}) written to {output}, the script to {script}{left}"
    return guarded(told, data.csv)


FORMAT = ExportFormat("metafor", "effects of one metric as CSV, with a script in R that runs on it", _write, metrics=True)
