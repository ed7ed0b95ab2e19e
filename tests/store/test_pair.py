"""What a performance was measured on, and which estimates an effect was chosen among, in the database."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from miner.cli.main import app
from miner.config import init_workspace
from miner.jobs.extracting.extract import extract_pending
from miner.jobs.link import link_all
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.connect import open_reader, open_writer
from miner.store.documents import Pending, RuleKey, sync_abstracts
from miner.store.effects import replace_effects
from miner.store.extractions import current_extractions, write_extractions
from miner.store.query import named_queries
from miner.store.write import delete_papers, upsert_papers
from miner.types import Effect, EffectCandidate, Evidence, Extraction, Paper

PAPER = Paper("pmid:1", "pubmed", "A network", "We studied 120 patients. The accuracy was 91.5%.", 2020)


@pytest.fixture
def con(tmp_path):
    with open_writer(tmp_path / "corpus.duckdb") as connection:
        upsert_papers(connection, [PAPER], "test")
        sync_abstracts(connection)
        yield connection


def effect(identifier, part, estimate=0.9, n=100, task="a", metric="accuracy", **more):
    return Effect(identifier, "pmid:1", "extracted", metric, estimate, task=task, n=n, part=part, decided="d", **more)


def test_the_relation_of_a_performance_comes_back_as_it_was_found(con):
    fields = {"metric": "other", "name": "brier", "claim": "own", "part": "test", "on": [11], "n": 120, "n_unit": "participant", "n_role": "test", "n_score": 0.8, "n_why": "same sentence"}  # fmt: skip
    document = con.execute("SELECT document_id, sha256 FROM document").fetchone()
    found = Extraction("performance", 0.11, Evidence(40, 44, "0.11", "s", None, document[0]), "performance", "1", 0.9, fields)
    other = Extraction(
        "performance", 0.12, Evidence(50, 54, "0.12", "s", None, document[0]), "performance", "1", 0.9, {"metric": "other", "claim": "own"}
    )
    key = RuleKey("performance", "1", "performance", "h")
    pending = Pending(document[0], "pmid:1", "abstract", document[1], "t", ("performance",))
    write_extractions(con, [(pending, [found, other])], {"performance": key})
    [(paper, year, back)] = list(current_extractions(con))
    assert (paper, year) == ("pmid:1", 2020)
    assert [x.fields for _, x in back] == [fields, other.fields]
    assert con.execute('SELECT name, part, n, "on", n_why FROM v_performance ORDER BY "start"').fetchall()[0] == (
        "brier",
        "test",
        120,
        [11],
        "same sentence",
    )


ORDER = ["test", "validation", "cross-validation", "whole", None, "external", "train"]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_a_report_takes_one_row_a_study_metric_and_task(con, first):
    effects = [effect(f"e{i}", part) for i, part in enumerate(ORDER) if i >= first]
    effects += [
        effect("f", "train", task="b"),
        effect("g", "test", metric="other", name="brier"),
        effect("h", "test", metric="other", name="bleu"),
    ]
    replace_effects(con, [("pmid:1", e) for e in reversed(effects)], "extracted")
    rows = con.execute("SELECT effect_id FROM v_effect_main ORDER BY effect_id").fetchall()
    assert [r[0] for r in rows] == [f"e{first}", "f", "g", "h"]
    assert con.execute("SELECT count(*) FROM v_effect").fetchall()[0][0] == len(effects)


def test_candidates_are_stored_replaced_and_deleted_with_their_effects(con):
    document = con.execute("SELECT document_id, sha256 FROM document").fetchone()
    found = Extraction("performance", 0.9, Evidence(40, 44, "0.9", "s", None, document[0]), "performance", "1", 0.9, {"metric": "accuracy"})
    pending = Pending(document[0], "pmid:1", "abstract", document[1], "t", ("performance",))
    write_extractions(con, [(pending, [found])], {"performance": RuleKey("performance", "1", "performance", "h")})
    x = con.execute("SELECT extraction_id FROM extraction").fetchone()[0]
    candidates = (
        EffectCandidate(x, 0.9, "test", 100, 0.9, True, "the only one"),
        EffectCandidate("x2", 0.8, None, None, 0.7, False, "lower"),
    )
    replace_effects(
        con, [("pmid:1", effect("e", "test", candidates=candidates, on=("x3", "x4"), consistent=True, nearest_count=90))], "extracted"
    )
    assert con.execute("SELECT quote, sentence, chosen, why FROM v_effect_candidate").fetchall() == [("0.9", "s", True, "the only one")]
    assert con.execute('SELECT "on", consistent, nearest_count FROM v_effect').fetchall() == [(["x3", "x4"], True, 90)]
    replace_effects(con, [("pmid:1", effect("e2", "test", candidates=candidates[:1]))], "extracted")
    assert con.execute("SELECT effect_id FROM effect_candidate").fetchall() == [("e2",)]
    delete_papers(con, ["pmid:1"])
    assert con.execute("SELECT count(*) FROM effect_candidate").fetchall() == [(0,)]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = init_workspace(tmp_path_factory.mktemp("pair"))
    papers = [
        Paper("pmid:1", "pubmed", "A network", "We studied 120 patients. The network reached an accuracy of 91.5%. The tree reached an accuracy of 80%.", 2020),
        Paper("pmid:2", "pubmed", "Another", "Recordings of 812 patients were split at random. In the independent test set the accuracy was 0.931.", 2020),
        Paper("pmid:3", "pubmed", "A third", "The network reached an accuracy of 91%.", 2020),
    ]  # fmt: skip
    with writing(place) as con:
        upsert_papers(con, papers, "test")
        extract_pending(con, place, lambda _: None)
        link_all(con, [place.rules])
        publish(con, place)
    return place


def test_why_shows_the_choice(place):
    with open_reader(place.current) as con:
        identifier = con.execute("SELECT effect_id FROM v_effect WHERE paper_id = 'pmid:1'").fetchone()[0]
    said = CliRunner().invoke(app, ["--workspace", str(place.root), "why", identifier]).output
    assert "chosen among 2:" in said
    assert "* 0.915" in said
    assert "cannot be a whole number; the nearest is 110" in said


def test_the_flow_tells_an_n_that_is_not_told_from_none_at_all(place):
    with open_reader(place.current) as con:
        reasons = dict(con.execute("SELECT reason, count FROM v_prisma WHERE stage IN ('included', 'excluded')").fetchall())
        listed = con.execute(named_queries()["effects-without-n"].sql).fetchall()
        odd = con.execute(named_queries()["inconsistent-counts"].sql).fetchall()
    assert reasons["no sample size found"] == 1
    assert {r[1] for r in listed} >= {"pmid:3"}
    assert [r[1] for r in odd] == ["pmid:1"]
