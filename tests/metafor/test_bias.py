"""At full precision the bias analyses differ from the reference by no more than the tolerances at which its solvers stop.

The blocks of ``blocks_bias`` are compared at those tolerances (``tol``); users get the exact figures.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from miner import meta
from tests.metafor.blocks_bias import EXCESS, QUADRATURE, SCORING, direction


def test_exact_figures_are_near(shared: Path) -> None:
    seen = 0
    for path in sorted((shared / "reference" / "metafor").glob("*.json")):
        document = json.loads(path.read_text())
        if "tes" not in document:
            continue
        d = pd.read_csv(path.with_suffix(".csv"), encoding_errors="replace")
        for block, alternative in (("tes", "two.sided"), ("tes_onesided", direction(document, d))):
            for name in ("EE_chi2", "EE_binom"):
                theirs = document[block][name]["theta_lim"][0]
                mine = meta.excess_significance(d.yi, d.vi, alternative=alternative, **EXCESS[name]).theta_lim
                assert np.isnan(mine) if theirs is None else mine == pytest.approx(theirs, abs=1.1 * QUADRATURE), path.name
        hc, exact = document["diagnostics"]["hc"], meta.henmi_copas(d.yi, d.vi)
        assert exact.ci_ub == pytest.approx(hc["ci_ub"], abs=4 * QUADRATURE * exact.se), path.name
        filled, trimmed = document["trimfill"]["REML"]["L0_auto"], meta.trimfill(d.yi, d.vi)
        assert (trimmed.k0, trimmed.side) == (filled["k0"], filled["side"]), path.name
        assert trimmed.tau2 == pytest.approx(filled["tau2"], abs=SCORING), path.name
        seen += 1
    assert seen > 10
