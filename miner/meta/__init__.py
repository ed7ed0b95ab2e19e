"""Meta-analysis for metascientists: arrays or data frames in, frozen results out; knows no database.

>>> from miner import meta
>>> round(float(meta.pool([0.1, 0.3, 0.5], [0.01, 0.02, 0.03]).beta[0]), 2)
0.27
"""

from miner.meta.asymmetry import regtest
from miner.meta.excess import excess_significance
from miner.meta.failsafe import fail_safe_n
from miner.meta.funnel import funnel
from miner.meta.glmm import glmm
from miner.meta.limits import limit_meta
from miner.meta.multilevel import multilevel
from miner.meta.pooling import pool
from miner.meta.precision import pet_peese
from miner.meta.proportions import back_transform, effect_sizes, effect_sizes_arms, inverse_double_arcsine, proportion_interval
from miner.meta.ranks import ranktest, ranktest_n
from miner.meta.robust import robust
from miner.meta.trim import trimfill

__all__ = [
    "back_transform",
    "effect_sizes",
    "effect_sizes_arms",
    "excess_significance",
    "fail_safe_n",
    "funnel",
    "glmm",
    "inverse_double_arcsine",
    "limit_meta",
    "multilevel",
    "pet_peese",
    "pool",
    "proportion_interval",
    "ranktest",
    "ranktest_n",
    "regtest",
    "robust",
    "trimfill",
]
