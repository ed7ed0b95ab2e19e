"""Derive varoquaux2022_studies.csv from the review tables of Varoquaux & Cheplygina (2022).

Usage: python reports/data/derive_varoquaux2022.py SOURCE_DIR [OUTPUT.csv]

SOURCE_DIR is the folder of review tables of the paper's public repository (GaelVaroquaux/ml_med_imaging_failures on GitHub).
Only facts are taken: which review lists which paper, its year, task, sample size and accuracy.
"""

from __future__ import annotations

import sys
from pathlib import Path

from miner.resources import resource
from miner.studies.facts import facts_csv
from miner.studies.mapping import load_mapping
from miner.studies.rows import StudyRow, import_table

# The order in which the paper's own script joins the reviews; its random jitter of the years depends on it.
REVIEWS = ("sakai2019", "dallora2017", "wen2020", "arbabshirani2017", "gautam2020", "ansart2019")


def derive(source: Path) -> str:
    """Return the facts table of the review tables in ``source`` as CSV."""
    rows: list[StudyRow] = []
    for review in REVIEWS:
        mapping = load_mapping(resource("pipelines", "varoquaux2022", f"{review}.toml"))
        rows += import_table(source / str(mapping.file), mapping)
    return facts_csv(rows)


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    output = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).with_name("varoquaux2022_studies.csv")
    output.write_text(derive(Path(sys.argv[1])), encoding="utf-8")
    print(f"wrote {output}")
