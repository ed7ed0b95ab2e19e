"""The chain behind a number, as PROV-JSON: everything that a relation names is there."""

from __future__ import annotations

from miner.export.prov import to_prov
from miner.jobs.review import ReviewerDecision, apply_words
from miner.store.connect import open_reader
from miner.store.why import explain
from tests.export.conftest import make

ENDS = {
    "prov:entity": "entity",
    "prov:generatedEntity": "entity",
    "prov:usedEntity": "entity",
    "prov:activity": "activity",
    "prov:agent": "agent",
}


def test_every_relation_leads_somewhere(tmp_path):
    place = make(tmp_path / "ws")
    with open_reader(place.current) as con:
        effect, x = con.execute("SELECT effect_id, performance_extraction_id FROM v_effect WHERE paper_id = 'pmid:1'").fetchall()[0]
    apply_words(place, [ReviewerDecision(x, "correct", "ada", 0.9)])
    with open_reader(place.current) as con:
        prov = to_prov(explain(con, effect))
    relations = [(end, name) for kind, many in prov.items() if kind[0] in "wu" for one in many.values() for end, name in one.items()]
    assert len(relations) > 10
    for end, name in relations:
        assert name in prov[ENDS[end]], name
    assert prov["entity"][f"miner:{x}"]["miner:quote"] == "91.5"
    assert prov["entity"][f"miner:{effect}"]["miner:estimate"] == 0.9
    assert "miner:reviewer/ada" in prov["agent"]
