"""Key sentences: labels decide, else a model that is sure; word for word."""

from pathlib import Path

import pytest

from miner.describe.facets import FACETS, FacetModel, facet_model, key_sentences
from miner.describe.labels import facets_of
from tests.gate.fit_facets import read, report
from tests.gate.texts import labelled_of_update

LABELLED = (
    "Sleep\nBACKGROUND: Sleep is short in towns. IMPORTANCE: Few know why.\nOBJECTIVE: To learn who sleeps well.\n"
    "PATIENTS AND METHODS: We asked 120 adults of two towns. Logistic regression was used to model sleep.\n"
    "RESULTS: Of 120 adults 90 slept well.\nLIMITATIONS: Towns were few and small.\nCONCLUSIONS: Most people sleep well in towns.\nFUNDING: A bed maker paid for all of it."
)


def test_labels_decide() -> None:
    found = {k.facet: (LABELLED[k.start : k.end], k.score) for k in key_sentences(LABELLED)}
    assert found["question"] == ("To learn who sleeps well.", 1.0)
    assert found["result"] == ("Of 120 adults 90 slept well.", 1.0)
    assert found["limits"] == ("Towns were few and small.", 1.0)
    assert found["conclusion"] == ("Most people sleep well in towns.", 1.0)
    assert not any("bed maker" in text for text, _ in found.values())
    assert [k.facet for k in key_sentences(LABELLED)] == [f for f in FACETS if f in found]


def test_a_sentence_no_one_is_sure_of_is_absent() -> None:
    doubtful = FacetModel({"#bias": (0,) * 6}, dict.fromkeys(FACETS[:-1], 0.5))
    assert key_sentences("T\nWe saw it here. It was there then again.", doubtful) == ()


def test_offsets_are_those_of_the_raw_text() -> None:
    text = "T\nResults: In\u00a0$n=12$ adults the accuracy was 88.3\\% \\textbf{overall} here. The rest of them slept."
    (found,) = (k for k in key_sentences(text) if k.facet == "result")
    assert text[found.start : found.end].startswith(("In\u00a0", "The rest"))
    assert text[found.end - 1] == "."


@pytest.mark.parametrize(
    ("label", "facets"),
    [("AIMS", {"question"}), ("Main Outcomes and Measures", {"method"}), ("Design, Setting, and Participants", {"data", "method"}), ("Conclusions and Relevance", {"conclusion"}),
     ("Trial registration", set()), ("METHODS AND RESULTS", {"method", "result"}), ("INTRODUCTION", {"why"})],
)  # fmt: skip
def test_what_labels_tell(label: str, facets: set[str]) -> None:
    assert facets_of(label) == facets


def test_the_weights_are_small_and_whole() -> None:
    model = facet_model()
    assert all(isinstance(w, int) for row in model.weights.values() for w in row)
    assert all(len(name.split()) <= 2 for name in model.weights)


@pytest.mark.slow
def test_nine_in_ten_key_sentences_are_what_their_hidden_label_says(shared: Path) -> None:
    held_out = (text for text, claimed in labelled_of_update(shared, every=24) if claimed)
    for facet, by in report(map(read, held_out), facet_model()).items():
        assert by["set"][1] >= 0.9, facet
        if by["apart"][0] >= 30:
            assert by["apart"][1] >= 0.9, facet
