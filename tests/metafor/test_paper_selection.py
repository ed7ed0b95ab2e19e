"""The paper's selection models (paper.json, blocks P*/selmodel) against meta.selection_model."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.metafor import blocks_select, harness, leaves

TASKS = {"pMCI vs sMCI": "pMCI_vs_sMCI", "AD vs HC": "AD_vs_HC"}


@pytest.mark.parametrize("task", list(TASKS))
def test_selection_models(shared: Path, task: str) -> None:
    folder = shared / "reference"
    reference = json.loads((folder / "paper.json").read_text())[task]
    rows = pd.read_csv(folder / "paper_rows" / f"paper_{TASKS[task]}.csv")
    measures = [name for name, block in reference.items() if isinstance(block, dict) and "selmodel" in block]
    assert "PLO" in measures
    for measure in measures:
        block = {"selmodel": reference[measure]["selmodel"]}
        frame = pd.DataFrame({"yi": rows[f"{measure.lower()}_yi"], "vi": rows[f"{measure.lower()}_vi"]})
        mine = {"selmodel": blocks_select.selection_block(frame, block)}
        for name, entry in block["selmodel"].items():
            if "error" in entry:  # no p-value in an interval: a clear error here too
                assert "no p-value lies in" in mine["selmodel"].pop(name)["error"]
        wanted = {"selmodel": {k: v for k, v in block["selmodel"].items() if isinstance(v, dict) and "error" not in v}}
        faults, count = leaves.check(wanted, mine, blocks_select.tolerance, lambda leaf, b=block: harness.excuse(leaf, b) is not None)  # type: ignore[misc]
        assert not faults, "\n".join(faults)
        assert count >= 14 * len(wanted["selmodel"])
