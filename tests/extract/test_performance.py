"""The performance rule: the traps of real abstracts, names from sentence to sentence, and any text in linear time."""

import gzip
import time
from pathlib import Path

import pytest

from miner.extract.api import Extractor, load_rules


@pytest.fixture(scope="module")
def rule() -> Extractor:
    return Extractor(load_rules().only("performance"))


def found(rule: Extractor, text: str) -> list[tuple[str, str, str]]:
    return [(x.evidence.quote, x.fields["metric"], x.fields["claim"]) for x in rule.extract(text)]


# Facts of PubMed records: what is to be found in them, and which numbers are none.
TRAPS: dict[str, tuple[list[tuple[str, str, str]], list[str]]] = {
    "32027540": ([(".72", "auc", "own"), (".70", "auc", "own")], []),
    "34092495": ([("88.5", "accuracy", "own"), ("81.4", "accuracy", "own"), ("73.3", "accuracy", "own")], ["7.0", "11.2", "9.2"]),
    "34091262": (
        [
            ("96", "specificity", "own"),
            ("96", "sensitivity", "own"),
            ("98", "specificity", "own"),
            ("68", "sensitivity", "own"),
            ("88", "specificity", "own"),
            ("99", "sensitivity", "own"),
        ],
        [],
    ),
    "34082743": ([("0.703", "auc", "own"), ("0.706", "auc", "own"), ("0.605", "auc", "own")], ["1", "3", "5"]),
    "33984782": ([("49", "sensitivity", "comparator"), ("70", "sensitivity", "own")], []),
    "34051442": ([("75", "accuracy", "own"), ("0.78", "auc", "own"), ("81", "accuracy", "comparator")], ["0.75", "0.29"]),
    "33237609": ([], ["0.05"]),
}


def test_traps_of_real_abstracts(rule: Extractor, shared: Path) -> None:
    from lxml import etree

    seen = set()
    with gzip.open(shared / "corpus" / "pubmed21n1298.xml.gz") as file:
        for _, record in etree.iterparse(file, tag="PubmedArticle", resolve_entities=False, no_network=True):
            pmid = record.findtext(".//PMID")
            if pmid in TRAPS:
                seen.add(pmid)
                parts = ["".join(a.itertext()) for a in record.findall(".//Abstract/AbstractText")]
                labels = found(rule, "".join(record.find(".//ArticleTitle").itertext()) + "\n" + "\n".join(parts))
                wanted, never = TRAPS[pmid]
                assert [w for w in wanted if labels.count(w) < wanted.count(w)] == [], pmid
                assert not {quote for quote, _, _ in labels} & set(never), pmid
            record.clear()
    assert seen == set(TRAPS)


def test_a_name_reaches_the_next_sentences_but_not_the_title(rule: Extractor) -> None:
    text = "A study of AUC\nThe model predicted falls. In the test cohort the network reached 0.81."
    assert found(rule, text) == []
    text = "A study\nWe used the area under the curve. The network was trained. In the test cohort the network reached 0.81."
    assert found(rule, text) == [("0.81", "auc", "own")]


def test_abbreviations_that_a_document_introduces(rule: Extractor) -> None:
    text = "Title\nWe report the discrimination success rate (DSR). The network had a DSR of 0.91 and the sum rate (SR) was 0.2."
    assert found(rule, text)[0] == ("0.91", "accuracy", "own")


def test_the_title_tells_which_method_is_the_foil(rule: Extractor) -> None:
    body = "XGBoost had the highest accuracy (81%), followed by logistic regression (80%)."
    assert [c for _, _, c in found(rule, f"Boosting by XGBoost for falls\n{body}")] == ["own", "comparator"]
    assert [c for _, _, c in found(rule, f"Predicting falls\n{body}")] == ["own", "comparator"]
    assert [c for _, _, c in found(rule, f"A comparison of methods for falls\n{body}")] == ["own", "own"]


def test_values_are_fractions_and_spans_hold_the_number_alone(rule: Extractor) -> None:
    text = "An accuracy of 94.2 %, an AUC of .87 and a recall of 90 percent."
    labels = [x.to_label() for x in rule.extract(text)]
    assert [(x["quote"], x["value"]) for x in labels] == [("94.2", 0.942), (".87", 0.87), ("90", 0.9)]
    assert all(text[x["start"] : x["end"]] == x["quote"] for x in labels)


@pytest.mark.parametrize(
    "unit",
    [
        "accuracy of 0.9, ",
        "AUC 0.9 (95% CI 0.8-0.95), ",
        "0.9 accuracy ",
        "accuracy (",
        "accuracy [0.9 [",
        "accuracy (ACC) ",
        "than AUC 0.9 (",
        "accuracy 90/",
        "improved accuracy from 0.8 to 0.9 by ",
        "<ent>0.9</ent> AUC ",
        "ＡＵＣ 0·9 感度 ",
    ],
)
def test_hostile_text_takes_linear_time(rule: Extractor, unit: str) -> None:
    text = unit * (24_000 // len(unit))
    times = []
    for part in (text[: len(text) // 6], text):
        begin = time.process_time()
        rule.extract(part)
        times.append(time.process_time() - begin)
    assert times[1] < 12 * times[0] + 0.3


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Table 2 Accuracy for thresholds 0.3, 0.5 and 0.7", []),
        ("Figure 1 Sensitivity at thresholds from 0.1 to 0.9.", []),
        ("Table 3 Classification accuracy, thresholded at 0.5", []),
        ("Table 4 Specificity for cut-offs of 0.25, 0.50 and 0.75", []),
        ("At the thresholds 0.3 and 0.5 the sensitivity was 0.91 and 0.84.", ["0.91", "0.84"]),
    ],
)
def test_lists_of_thresholds_are_no_results(rule: Extractor, text: str, left: list[str]) -> None:
    assert [quote for quote, _, _ in found(rule, text)] == left
