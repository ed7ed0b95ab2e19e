"""Meta-analysis for metascientists: arrays or data frames in, frozen results out; knows no database.

>>> from miner import meta
>>> round(float(meta.pool([0.1, 0.3, 0.5], [0.01, 0.02, 0.03]).beta[0]), 2)
0.27
"""

from miner.meta.analysis.tabular import analyse_table
from miner.meta.analysis.words import report_text
from miner.meta.bias.asymmetry import regtest
from miner.meta.bias.excess import excess_significance
from miner.meta.bias.failsafe import fail_safe_n
from miner.meta.bias.funnel import funnel
from miner.meta.bias.henmi_copas import henmi_copas, limit_meta
from miner.meta.bias.limits import limit_meta_rucker
from miner.meta.bias.precision import pet_peese
from miner.meta.bias.puniform import p_uniform
from miner.meta.bias.ranks import ranktest, ranktest_n
from miner.meta.bias.selection import selection_model
from miner.meta.bias.selection_result import VEVEA_WOODS
from miner.meta.bias.sizes import arcsine_thompson_like, deeks, deeks_like, peters_like
from miner.meta.bias.trim import trimfill
from miner.meta.bias.worst_case import worst_case
from miner.meta.effects.back_transform import back_transform, inverse_double_arcsine
from miner.meta.effects.proportions import effect_sizes, effect_sizes_arms, proportion_interval
from miner.meta.effects.scores import auc_variance
from miner.meta.models.arms import glmm_arms
from miner.meta.models.bivariate import bivariate
from miner.meta.models.glmm import glmm
from miner.meta.models.intervals import tau2_interval
from miner.meta.models.linear import linear, mixed
from miner.meta.models.location_scale import location_scale
from miner.meta.models.multilevel import multilevel, profile_interval
from miner.meta.models.pooling import pool
from miner.meta.models.quantiles import quantile_regression
from miner.meta.models.robust import robust
from miner.meta.models.score_test import score_test
from miner.meta.models.splines import spline_test
from miner.meta.models.tables import mantel_haenszel, peto
from miner.meta.sensitivity.influence import baujat, blup, influence, rstandard, rstudent, weights
from miner.meta.sensitivity.learning_curve import learning_curve
from miner.meta.sensitivity.leave_out import cumulative, gosh, leave_one_out
from miner.meta.sensitivity.noise import noise_envelope, records_below_noise
from miner.meta.sensitivity.permutation import permutation_test
from miner.meta.sensitivity.trend import lowess_band, trend

__all__ = [
    "VEVEA_WOODS",
    "analyse_table",
    "arcsine_thompson_like",
    "auc_variance",
    "back_transform",
    "baujat",
    "bivariate",
    "blup",
    "cumulative",
    "deeks",
    "deeks_like",
    "effect_sizes",
    "effect_sizes_arms",
    "excess_significance",
    "fail_safe_n",
    "funnel",
    "glmm",
    "glmm_arms",
    "gosh",
    "henmi_copas",
    "influence",
    "inverse_double_arcsine",
    "learning_curve",
    "leave_one_out",
    "limit_meta",
    "limit_meta_rucker",
    "linear",
    "location_scale",
    "lowess_band",
    "mantel_haenszel",
    "mixed",
    "multilevel",
    "noise_envelope",
    "p_uniform",
    "permutation_test",
    "pet_peese",
    "peters_like",
    "peto",
    "pool",
    "profile_interval",
    "proportion_interval",
    "quantile_regression",
    "ranktest",
    "ranktest_n",
    "records_below_noise",
    "regtest",
    "report_text",
    "robust",
    "rstandard",
    "rstudent",
    "score_test",
    "selection_model",
    "spline_test",
    "tau2_interval",
    "trend",
    "trimfill",
    "weights",
    "worst_case",
]
