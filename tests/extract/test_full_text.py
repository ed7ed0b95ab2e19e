"""Extraction from full texts: the section says whose a number is and how far it is trusted; citations and figures are no counts."""

from __future__ import annotations

import pytest

from miner.extract.api import Extractor, load_rules
from miner.extract.fulltext import extract_document, extract_full_text, is_full_text


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(load_rules())


TEXT = """An invented study of cats
# Abstract
We scanned 120 patients and reached an accuracy of 91%.
# Introduction
Doe et al. scanned 340 patients and reported an accuracy of 71%.
# Methods
We recruited 120 patients and 80 controls.
# Results
The accuracy was 89.5% on the test set of 60 patients.
# Discussion
Earlier studies of 555 patients found an accuracy of 77% (Roe, 2011). Our study of 120 patients found more.
# References
1. Poe: Accuracy of 99.5% in 999 patients. 2001.
"""


def values(found, kind):
    key = "own" if kind == "sample_size" else "claim"
    return {(x.fields["section"], x.value): (x.fields[key], x.score) for x in found if x.kind == kind}


def test_the_section_tells_whose_it_is(extractor):
    sizes = values(extract_full_text(extractor, TEXT), "sample_size")
    assert {k: v[0] for k, v in sizes.items()} == {
        ("abstract", 120): True,
        ("introduction", 340): False,
        ("methods", 120): True,
        ("methods", 80): True,
        ("results", 60): True,
        ("discussion", 555): False,
        ("discussion", 120): True,
    }
    claims = values(extract_full_text(extractor, TEXT), "performance")
    assert claims["abstract", 0.91][0] == claims["results", 0.895][0] == "own"
    assert claims["introduction", 0.71][0] == "comparator"
    assert claims["discussion", 0.77][0] == "comparator"
    assert not any(section == "references" for section, _ in claims)


def test_results_and_abstract_are_trusted_more(extractor):
    claims = values(extract_full_text(extractor, TEXT), "performance")
    assert claims["results", 0.895][1] > claims["discussion", 0.77][1] > claims["introduction", 0.71][1]


@pytest.mark.parametrize(
    "sentence",
    [
        "The cells [29] were kept warm.",
        "We used S2 cells [3, 29, 31] throughout.",
        "This was seen in flies (Figure 3F, 3G) and cats.",
        "As Fig. 12 patients show.",
    ],
)
def test_citations_and_figures_are_no_counts(extractor, sentence):
    assert not [x for x in extract_full_text(extractor, f"# Results\n{sentence}\n# Discussion\nNone.\n") if x.kind == "sample_size"]


def test_nothing_is_taken_from_what_is_put_aside(extractor):
    text = "# Results\nThe accuracy was 89.5%.\nThe accuracy was 70.5%.\n"
    at = text.index("The accuracy was 70.5")
    assert [x.value for x in extract_full_text(extractor, text, aside=[(at, len(text))]) if x.kind == "performance"] == [0.895]


def test_an_abstract_is_read_as_one(extractor):
    text = "On cats\nIntroduction: We scanned 120 patients. Results: An accuracy of 91%."
    assert not is_full_text(text)
    assert extract_document(extractor, text) == extractor.extract(text)
    assert is_full_text(TEXT + "\n" + "Word after word goes by. " * 300)
