"""Effects as a CSV that metafor reads, with a script in R that runs on it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from miner.digits import STORED, significant
from miner.errors import UsageError
from miner.text.cells import plain, safe_cell

if TYPE_CHECKING:
    import pyarrow as pa

EFFECTS = """SELECT effect_id, study_id, reference, task, metric, estimate, n, n_unit, n_role, year, condition, modality, validation, origin
             FROM v_effect_main WHERE n IS NOT NULL AND estimate BETWEEN 0 AND 1 ORDER BY effect_id"""


@dataclass(frozen=True, slots=True)
class MetaforData:
    """The CSV, the number of its rows, and of those left out because they have no n or no proportion."""

    csv: str
    rows: int
    left_out: int


def to_metafor(table: pa.Table) -> MetaforData:
    """Return the rows of a query with columns ``estimate`` and ``n`` as metafor wants them.

    Added are ``xi`` (right answers, the nearest whole number), ``ni``, and ``yi``, ``vi``: the logit and its sampling variance, with one half
    added to both cells where xi is 0 or ni (as ``escalc(measure = "PLO", to = "only0")`` does).

    Raises
    ------
    UsageError
        If the columns are not there.
    """
    missing = {"estimate", "n"} - set(table.column_names)
    if missing:
        raise UsageError(f"the query gives no column {' and no column '.join(sorted(missing))}", hint="select estimate, n, … from v_effect")
    rows = [r for r in table.to_pylist() if r["n"] and r["estimate"] is not None and 0 <= r["estimate"] <= 1]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = table.column_names
    writer.writerow([*names, "xi", "ni", "yi", "vi"])
    for row in rows:
        ni = int(row["n"])
        xi = round(float(row["estimate"]) * ni)
        half = 0.5 if xi in {0, ni} else 0.0
        a, b = xi + half, ni - xi + half
        cells = significant([plain(row[c]) for c in names] + [xi, ni, float(np.log(a / b)), 1 / a + 1 / b], STORED)
        writer.writerow([safe_cell(cell) for cell in cells])
    return MetaforData(out.getvalue(), len(rows), table.num_rows - len(rows))


def r_script(csv_name: str) -> str:
    """Return a script in R that reads the CSV beside it and runs the analyses that miner runs, in the same order."""
    return _SCRIPT.replace("@CSV@", csv_name.replace("\\", "/").replace('"', '\\"'))


_SCRIPT = r"""# Made by miner export metafor. Needs metafor and, for the first model, lme4:
#   install.packages(c("metafor", "lme4"))
# Run it in the folder of the CSV: Rscript THIS.R
library(metafor)

dat <- read.csv("@CSV@", stringsAsFactors = FALSE)
dat <- escalc(measure = "PLO", xi = xi, ni = ni, data = dat, add = 1/2, to = "only0")
dat$log10_n <- log10(dat$ni)
if (!"study_id" %in% names(dat)) dat$study_id <- seq_len(nrow(dat))
dat$row <- seq_len(nrow(dat))
cat(nrow(dat), "effects of", length(unique(dat$study_id)), "studies\n")

if (nrow(dat) >= 4 && length(unique(dat$ni)) > 1) {
  # 1. The primary analysis: a binomial mixed model of sample size (funnel tests on the standard error mislead for accuracies).
  if (requireNamespace("lme4", quietly = TRUE)) {
    terms <- if (length(unique(dat$study_id)) < nrow(dat)) "(1 | study_id) + (1 | row)" else "(1 | row)"
    glmm <- lme4::glmer(as.formula(paste("cbind(xi, ni - xi) ~ log10_n +", terms)), family = binomial, data = dat)
    print(summary(glmm))
  }
  # 2. Three levels, with cluster-robust tests.
  if (length(unique(dat$study_id)) < nrow(dat)) {
    ml3 <- rma.mv(yi, vi, mods = ~ log10_n, random = ~ 1 | study_id/row, data = dat)
    print(robust(ml3, cluster = study_id))
  }
  # 3. Pooled value and asymmetry against 1/sqrt(n).
  res <- rma(yi, vi, data = dat, method = "REML", test = "knha")
  print(res)
  print(predict(res, transf = transf.ilogit))
  print(regtest(rma(yi, vi, ni = ni, data = dat), predictor = "sqrtninv"))
  pdf("@CSV@.pdf")
  funnel(res, yaxis = "sqrtni")
  dev.off()
} else {
  cat("Too few effects, or all of one size: nothing to model.\n")
}
"""
