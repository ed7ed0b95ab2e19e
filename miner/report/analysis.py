"""The analyses of a report: those of ``miner meta analyse``, on the effects of a snapshot."""

from miner.meta.analysis.analyse import analyse, analyse_by_task, prepare, primary
from miner.meta.analysis.rows import FEW, Analysis, Row

__all__ = ["FEW", "Analysis", "Row", "analyse", "analyse_by_task", "prepare", "primary"]
