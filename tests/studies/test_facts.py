from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from miner.errors import ParseError
from miner.resources import resource
from miner.studies.facts import COLUMNS, facts_csv, read_facts

FACTS = "varoquaux2022_studies.csv"


def test_the_committed_table_regenerates_from_the_sources(shared: Path) -> None:
    spec = importlib.util.spec_from_file_location("derive", resource("reports", "data", "derive_varoquaux2022.py"))
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.derive(shared / "varoquaux2022" / "review_tables").encode() == resource("reports", "data", FACTS).read_bytes()


def test_the_facts_read_back() -> None:
    path = resource("reports", "data", FACTS)
    rows = read_facts(path)
    assert sum(r.used for r in rows) == 588
    assert [r.reference for r in rows if r.aside] == ["Proitsi et al. 2017 [44]"]
    assert facts_csv(rows) == path.read_text(encoding="utf-8")
    complete = [r for r in rows if r.used and r.estimate is not None and r.n is not None]
    assert {t: sum(r.task == t for r in complete) for t in ("pMCI vs sMCI", "AD vs HC")} == {"pMCI vs sMCI": 166, "AD vs HC": 86}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("a,b,c,2019,t,40,,1.9,yes,,0,0", "accuracy"),
        ("a,b,c,2019,t,many,,0.9,yes,,0,0", "n must be"),
        ("a,b,c,2019,t,40,,0.9,maybe,,0,0", "used must be"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, line: str, word: str) -> None:
    path = tmp_path / "facts.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{line}\n", encoding="utf-8")
    with pytest.raises(ParseError, match=word) as caught:
        read_facts(path)
    assert caught.value.where == "facts.csv, line 2"


def test_another_csv_is_no_facts_table(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ParseError, match="no facts table"):
        read_facts(path)
