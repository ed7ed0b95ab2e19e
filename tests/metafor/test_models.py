"""The models of dependence, counts and diagnostic accuracy against the reference figures."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

HERE = Path(__file__).parent


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


leaves, blocks = load("leaves"), load("blocks_models")


def needs_pool(path: str) -> bool:
    """The two-level fits are compared where pool is."""
    return importlib.util.find_spec("miner.meta.pool") is None and (path.startswith(("aggregated", "rma_uni_mods_year/", "rma_uni_mods"))) and "_robust" not in path


# lme4 stops its inner iterations early, so that its Laplace standard errors are off by up to 1 % (their gradient is not zero at its own optimum);
# ours solve the score equation to 1e-9, and the quadrature figures of the same block agree to 1e-7.
LAPLACE = ("nAGQ1/", "UM.RS/")
# rma.glmm tests the saturated model through a matrix that perfect rows make singular to working precision; ours gives the limit.


@pytest.mark.parametrize("block", sorted(blocks.BLOCKS))
def test_block(shared: Path, block: str) -> None:
    seen = 0
    for path in sorted((shared / "reference" / "metafor").glob("*.json")):
        document = json.loads(path.read_text())
        if block not in document or not path.with_suffix(".csv").is_file():
            continue
        frame = pd.read_csv(path.with_suffix(".csv"))
        if block == "multilevel" and importlib.util.find_spec("miner.meta.pool") is None:
            blocks.pooled = lambda fit: {"tau2": fit.tau2, "beta": fit.beta, "se": fit.se}
        mine = blocks.BLOCKS[block](frame, document)

        def excused(leaf: str) -> bool:
            if block == "glmm" and leaf.startswith(LAPLACE):
                return leaf.endswith(("se", "zval", "pval", "ci_lb", "ci_ub", "QE_Wld", "QEp_Wld", "tau2", "I2", "H2"))
            return needs_pool(leaf) or leaf.endswith(("ll_spread", "max_abs_grad"))

        faults, count = leaves.check(document[block], mine, lambda leaf: blocks.tolerance(f"{block}/{leaf}"), excused)
        assert not faults, f"{path.name}: {len(faults)} faults\n" + "\n".join(faults[:20])
        seen += count
    assert seen > 0
