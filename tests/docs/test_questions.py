"""Twenty-five questions, each answered by one command or call as the page has it, and its answer compared with one that was computed in another way.

The other way is pandas on the tables of the database, or the sample's files as they are: neither the views nor the SQL of the page.
"""

from __future__ import annotations

import json
import re
import shlex
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from miner.cli.main import main
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "how-to" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = [
    line for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines() if line.startswith("miner sql")
]
CALLS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
KEY = "diagnosis: Alzheimer's disease vs healthy"


@pytest.fixture(scope="module")
def data(demo: Path) -> SimpleNamespace:
    """The tables as they lie in the database, and the sample's own files."""
    with duckdb.connect(str(demo / "data" / "current.duckdb"), read_only=True) as con:
        tables = {name: con.execute(f"SELECT * FROM {name}").df() for name in ("effect", "paper", "extraction", "author", "study")}
    gone = tables["paper"].loc[tables["paper"].retracted | tables["paper"].withdrawn, "paper_id"]
    effects = tables["effect"]
    own = effects[(effects.origin == "extracted") & ~effects.paper_id.isin(gone)]
    facts = pd.read_csv(ROOT / "reports" / "data" / "varoquaux2022_studies.csv")
    return SimpleNamespace(**tables, gone=set(gone), own=own, accuracies=own[own.metric == "accuracy"], facts=facts, records=_records())


def _records() -> pd.DataFrame:
    """The invented records, read from their files without miner."""
    rows = []
    for article in ET.parse(ROOT / "reports" / "sample" / "pubmed.xml").getroot().iter("PubmedArticle"):
        text = " ".join(" ".join(a.itertext()) for a in article.iter("AbstractText"))
        pmid, title, journal = (article.findtext(f".//{tag}") for tag in ("PMID", "ArticleTitle", "Title"))
        rows.append({"paper_id": f"pmid:{pmid}", "source": "pubmed", "title": title, "abstract": text, "venue": journal})
    atom = "{http://www.w3.org/2005/Atom}"
    for entry in ET.parse(ROOT / "reports" / "sample" / "arxiv.atom").getroot().iter(f"{atom}entry"):
        name = re.search(r"abs/(.+?)v\d+$", entry.findtext(f"{atom}id"))[1]
        text = {k: entry.findtext(f"{atom}{k}") for k in ("title", "summary", "published")}
        rows.append(
            {
                "paper_id": f"arxiv:{name}",
                "source": "arxiv",
                "title": text["title"],
                "abstract": text["summary"],
                "year": int(text["published"][:4]),
            }
        )
    return pd.DataFrame(rows)


def arxiv_by_year(d):
    x = d.accuracies.merge(d.paper[["paper_id", "source"]], on="paper_id")
    x = x[(x.source == "arxiv") & (x.task == KEY)]
    told = d.records[d.records.abstract.str.contains("AD vs HC") & d.records.abstract.str.contains("accuracy")]
    assert set(x.paper_id) <= set(told.paper_id)  # each says so in its abstract
    return sorted(x.groupby("year").paper_id.nunique().items())


def by_task(d):
    found = [(k if isinstance(k, str) else None, len(g), g.n.median()) for k, g in d.own.groupby("task", dropna=False)]
    return sorted(found, key=lambda r: (-r[1], r[0] is None, r[0] or ""))


def excluded(d):
    x = (
        d.effect[d.effect.paper_id.isin(d.gone)]
        .merge(d.paper[["paper_id", "retracted"]], on="paper_id")
        .sort_values(["paper_id", "metric"])
    )
    return [(r.paper_id, r.metric, r.estimate, r.n, "retracted" if r.retracted else "withdrawn") for r in x.itertuples()]


def high_and_small(d):
    x = d.accuracies[(d.accuracies.estimate >= 0.95) & (d.accuracies.n < 100)].merge(d.records[["paper_id", "title"]], on="paper_id")
    return [(r.title, r.estimate, r.n) for r in x.sort_values(["n", "title"]).itertuples()]


def by_modality(d):
    found = [(k if isinstance(k, str) else None, len(g), g.estimate.median()) for k, g in d.accuracies.groupby("modality", dropna=False)]
    return sorted(found, key=lambda r: (-r[1], r[0] is None, r[0] or ""))


def best_of_each(d):
    return sorted(((k, g.estimate.max()) for k, g in d.accuracies.dropna(subset="task").groupby("task")), key=lambda r: (-r[1], r[0]))


def twins(d):
    """Records of one study share a DOI, in the files as they are."""
    groups = d.study.groupby("study_id").paper_id.apply(sorted)
    return [(study, papers) for study, papers in groups.items() if len(papers) > 1]


def intervals(d):
    x = d.own.merge(
        d.extraction[["extraction_id", "value", "ci_low", "ci_high"]], left_on="performance_extraction_id", right_on="extraction_id"
    )
    found = [(k, len(g), int(g.ci_low.notna().sum()), (g.ci_high - g.ci_low).median()) for k, g in x.groupby("metric")]
    return sorted(found, key=lambda r: (-r[1], r[0]))


def data_sets(d):
    found = d.extraction[d.extraction.kind == "dataset"]
    text = (d.records.title + " " + d.records.abstract.fillna("")).set_axis(d.records.paper_id)
    assert all(name in text[paper] for name, paper in zip(found.value_text, found.paper_id, strict=True))
    assert sum(text.str.contains(r"\bADNI\b")) == found[found.value_text == "ADNI"].paper_id.nunique()
    return sorted(((k, g.paper_id.nunique()) for k, g in found.groupby("value_text")), key=lambda r: (-r[1], r[0]))


def correlations(d):
    used = d.facts[d.facts.used == "yes"].dropna(subset=["accuracy", "n"])
    found = []
    for (origin, task), group in used.groupby(["origin", "task"], dropna=False):
        if len(group) >= 10:
            r = float(np.corrcoef(group.accuracy, np.log10(group.n))[0, 1])
            found.append((origin, task if isinstance(task, str) else None, len(group), r))
    return sorted(found, key=lambda r: (r[0], r[1] is None, r[1] or ""))


def without_effect(d):
    return sorted(set(d.records.paper_id) - set(d.effect.paper_id.dropna()))


def by_part(d):
    found = [(k if isinstance(k, str) else None, len(g), g.estimate.median()) for k, g in d.accuracies.groupby("part", dropna=False)]
    return sorted(found, key=lambda r: (r[0] is None, r[0] or ""))


def grim(d):
    x = d.own[d.own.consistent.eq(False)].sort_values(["paper_id", "metric"])
    for r in x.itertuples():  # the nearest count does not round to what is printed, to one decimal of a per cent
        assert round(100 * r.nearest_count / r.n, 1) != round(100 * r.estimate, 1)
    return [(r.paper_id, r.metric, r.estimate, r.n, r.nearest_count) for r in x.itertuples()]


def schemes(d):
    x = d.extraction[d.extraction.kind == "validation"]
    return sorted(((k, g.paper_id.nunique()) for k, g in x.groupby("value_text")), key=lambda r: (-r[1], r[0]))


def venues(d):
    return sorted(d.records.venue.fillna(d.records.source).value_counts().items(), key=lambda r: -r[1])


def sentences(d):
    text = d.records.set_index("paper_id").abstract["pmid:99000001"]
    return [(1714, "total"), (857, "group"), (857, "group")], text


def baselines(d):
    x = d.extraction[(d.extraction.kind == "performance") & (d.extraction.metric == "accuracy")]
    table = x.pivot_table(index="paper_id", columns="claim", values="value", aggfunc="max")
    return [(i, r.own, r.comparator) for i, r in table.dropna(subset="comparator").sort_index().iterrows()]


EXPECTED: list[tuple[Callable[[Any], Any], Callable[[list[tuple[Any, ...]]], Any]]] = [
    (arxiv_by_year, list),
    (lambda d: sorted((r.paper_id, r.metric) for r in d.own[d.own.n.isna()].itertuples()), lambda a: [r[:2] for r in a]),
    (by_task, list),
    (excluded, list),
    (high_and_small, lambda a: [r[1:] for r in a]),
    (by_modality, list),
    (best_of_each, lambda a: [r[:2] for r in a]),
    (twins, lambda a: [(r[0], list(r[1])) for r in a]),
    (intervals, list),
    (data_sets, list),
    (correlations, list),
    (without_effect, lambda a: [r[0] for r in a]),
    (by_part, list),
    (grim, list),
    (schemes, list),
    (venues, list),
    (lambda d: sorted(d.records.paper_id), lambda a: sorted(r[0] for r in a)),
    (lambda d: sentences(d)[0], lambda a: [r[:2] for r in a]),
    (baselines, list),
    (lambda d: len(d.records), lambda a: sum(r[1] for r in a)),
]


def close(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) or isinstance(found, float):
        return (
            found == wanted
            or (found is None and np.isnan(wanted))
            or (found is not None and wanted is not None and abs(found - wanted) <= 6e-4)
        )
    if isinstance(wanted, list | tuple) and isinstance(found, list | tuple):
        return len(found) == len(wanted) and all(close(f, w) for f, w in zip(found, wanted, strict=True))
    return bool(found == wanted)


def test_there_are_twenty_questions_in_sql_and_five_calls():
    assert (len(QUESTIONS), len(EXPECTED), len(CALLS) - 1) == (20, 20, 5)


@pytest.mark.parametrize("number", range(20))
def test_one_command_answers_a_question(number, demo, data, monkeypatch, capfdbinary):
    monkeypatch.chdir(demo)
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(QUESTIONS[number])[1:], "-f", "json"])
    said = capfdbinary.readouterr()
    assert ended.value.code in {0, None}, said.err.decode()
    found = [tuple(row.values()) for row in json.loads(said.out)]
    compute, shape = EXPECTED[number]
    wanted = compute(data)
    assert found
    assert close(shape(found), wanted), (shape(found), wanted)
    if number == 17:
        assert all(row[2] in " ".join(sentences(data)[1].split()) for row in found)


@pytest.fixture(scope="module")
def answers(demo: Path) -> list[Any]:
    """What each call of the page gives."""
    names: dict[str, Any] = {}
    exec(CALLS[0].replace('"asked"', repr(str(demo))), names)
    return [eval(call, names) for call in CALLS[1:]]


def test_one_call_answers_a_question(answers, data):
    described, found, high, trend, sentence = answers
    x = data.accuracies
    assert described.loc["count"].tolist() == [len(x), int(x.n.notna().sum())]
    assert described.loc["50%"].tolist() == [x.estimate.median(), x.n.median()]
    years = data.paper.set_index("paper_id").year
    text = data.records.title + " " + data.records.abstract.fillna("")
    wanted = data.records[text.str.contains("hippocampal", case=False)].paper_id
    assert sorted(found) == sorted(p for p in wanted if 2015 <= years[p] <= 2018)
    strong = data.effect[(data.effect.estimate > 0.97) & (data.effect.n < 50)]
    assert set(high.estimate) <= set(strong.estimate)
    assert set(strong[strong.origin == "extracted"].paper_id) - data.gone == set(high.paper_id.dropna())
    with_n = x.dropna(subset="n")
    slope = np.polyfit(np.log10(with_n.n), with_n.estimate, 1)[0]
    assert trend.k == len(with_n)
    assert np.sign(trend.numbers["beta"]) == np.sign(slope) == -1
    smallest = with_n[with_n.n == with_n.n.min()]
    abstracts = data.records.set_index("paper_id").abstract
    assert any(sentence in " ".join(abstracts[p].split()) for p in smallest.paper_id)
