"""Meta-analysis for metascientists: arrays or data frames in, frozen results out; knows no database.

>>> from miner import meta
>>> round(float(meta.pool([0.1, 0.3, 0.5], [0.01, 0.02, 0.03]).beta[0]), 2)
0.27
"""

from miner.meta.asymmetry import regtest
from miner.meta.glmm import glmm
from miner.meta.multilevel import multilevel
from miner.meta.pooling import pool
from miner.meta.robust import robust

__all__ = ["glmm", "multilevel", "pool", "regtest", "robust"]
