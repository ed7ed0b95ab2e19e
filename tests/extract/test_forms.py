"""Sentences in the many forms that abstracts use, each read by one rule as it is annotated."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.extract.api import Extractor, load_rules
from miner.extract.examples import compare, parse_example

FORMS = sorted((Path(__file__).parent / "forms").glob("*.txt"))


@pytest.mark.parametrize("path", FORMS, ids=lambda p: p.stem)
def test_every_form_is_read_as_annotated(path: Path) -> None:
    alone = Extractor(load_rules().only(path.stem))
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    examples = [parse_example(line, where=str(path)) for line in lines]
    faults = {e.text: found for e in examples if (found := compare(e, alone.extract(e.text)))}
    assert faults == {}
    assert len(examples) > 50
