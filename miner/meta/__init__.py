"""Meta-analysis for metascientists: arrays or data frames in, frozen results out; knows no database.

>>> from miner import meta
>>> round(float(meta.pool([0.1, 0.3, 0.5], [0.01, 0.02, 0.03]).beta[0]), 2)
0.27
"""

from miner.meta.arms import glmm_arms
from miner.meta.bivariate import bivariate
from miner.meta.glmm import glmm
from miner.meta.intervals import tau2_interval
from miner.meta.learning_curve import learning_curve
from miner.meta.linear import linear, mixed, quantile_regression, spline_test
from miner.meta.multilevel import multilevel, profile_interval
from miner.meta.noise import noise_envelope, records_below_noise
from miner.meta.permutation import permutation_test
from miner.meta.pooling import pool
from miner.meta.robust import robust
from miner.meta.tables import mantel_haenszel, peto
from miner.meta.trend import lowess_band, trend

# One line a name and sorted: helpers on several branches add theirs.
__all__ = [
    "bivariate",
    "glmm",
    "glmm_arms",
    "learning_curve",
    "linear",
    "lowess_band",
    "mantel_haenszel",
    "mixed",
    "multilevel",
    "noise_envelope",
    "permutation_test",
    "peto",
    "pool",
    "profile_interval",
    "quantile_regression",
    "records_below_noise",
    "robust",
    "spline_test",
    "tau2_interval",
    "trend",
]
