"""Claims about an abstract: what its sentences say is kept, what they do not say is dropped, and for the reason that it should be."""

from __future__ import annotations

import pytest

from miner.describe import claims
from miner.describe.claims import Stated, check_claims
from miner.describe.quantities import strange_numbers
from miner.describe.sentences import sentences_of
from miner.harvest.pubmed_xml import open_binary, read_pubmed
from miner.resources import resource
from miner.text.normalise import readable
from miner.types import Paper

SENTENCES = [
    "We recruited 1,234 patients with Alzheimer's disease and twenty healthy controls from two hospitals.",
    "The classifier reached an accuracy of 88.3% (AUC 0.91) on the test set, with sensitivities of 80, 85 and 90% by site.",
    "Training with more scans did not improve the accuracy of the classifier.",
    "The error of older methods was lower in small samples.",
    "Reading time fell from 30 to 12 minutes a scan.",
]


def reason(text: str, *numbers: int) -> str | None:
    checked = check_claims([Stated(text, numbers)], SENTENCES)
    assert len(checked.kept) + len(checked.dropped) == 1
    return checked.dropped[0][1] if checked.dropped else None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("The classifier was right in 88.3 % of the test set, its accuracy.", (2,)),
        ("The classifier's accuracy on the test set was 0.883.", (2,)),
        ("It had 1234 patients with Alzheimer's disease and 20 healthy controls.", (1,)),
        ("Twenty healthy people were recruited as controls, from 2 hospitals.", (1,)),
        ("Sensitivities by site were 80 %, 85 % and 90 %.", (2,)),
        ("More training scans did not make the classifier's accuracy better.", (3,)),
        ("One classifier reached an accuracy of 88.3%.", (2, 99)),
        ("Reading a scan took 12 minutes, down from 30.", (5,)),
    ],
)
def test_what_the_sentences_say_is_kept(text: str, numbers: tuple[int, ...]) -> None:
    assert reason(text, *numbers) is None


@pytest.mark.parametrize(
    ("text", "numbers", "told"),
    [
        ("The classifier reached an accuracy of 89.3% on the test set.", (2,), claims.NUMBER),
        ("The classifier reached an accuracy of 88% on the test set.", (2,), claims.NUMBER),
        ("The classifier reached an accuracy of 88.3% on the test set.", (1,), claims.NUMBER),
        ("It had 20 % healthy controls from two hospitals.", (1,), claims.NUMBER),
        ("Half of the patients were recruited from two hospitals.", (1,), claims.NUMBER),
        ("Thousands of patients with Alzheimer's disease were recruited.", (1,), claims.NUMBER),
        ("The classifier GPT4 reached an accuracy on the test set.", (2,), claims.NUMBER),
        ("The classifier reached an accuracy of 9² on the test set.", (2,), claims.NUMBER),
        ("Bananas are healthy and everybody ought to eat some.", (1,), claims.WORDS),
        ("It was so.", (1,), claims.WORDS),
        ("The classifier reached no accuracy on the test set.", (2,), claims.DENIAL),
        ("Training with more scans improved the accuracy of the classifier.", (3,), claims.DENIAL),
        ("The error of older methods was higher in small samples.", (4,), claims.DIRECTION),
        ("Reading time rose from 12 to 30 minutes a scan.", (5,), claims.DIRECTION),
        ("The classifier reached an accuracy.", (), claims.NO_SENTENCE),
        ("The classifier reached an accuracy.", (0, 6, -1), claims.NO_SENTENCE),
        ("The classifier reached an accuracy.", (1, 2, 3, 4), claims.LEANS),
        ("The classifier reached " + "accuracy " * 40, (2,), claims.FORM),
        ("\u202e\u200b", (2,), claims.FORM),
    ],
)
def test_what_they_do_not_say_is_dropped_with_the_reason(text: str, numbers: tuple[int, ...], told: str) -> None:
    assert reason(text, *numbers) == told


def test_at_most_four_each_once_without_what_nobody_sees() -> None:
    told = ["The classifier reached an accuracy", "The classifier\u202e reached\n an ACCURACY"]
    told += [f"The classifier reached an accuracy on {w}" for w in ("a test", "the test set", "a set", "test sites")]
    checked = check_claims([Stated(t, (2, 2, 7)) for t in told], SENTENCES)
    assert [c.text for c in checked.kept] == [told[0], *told[2:5]]
    assert [c.sentences for c in checked.kept] == [(2,)] * 4
    assert [(c.text, r) for c, r in checked.dropped] == [("The classifier reached an ACCURACY", claims.AGAIN), (told[5], claims.MANY)]


def test_a_sentence_supports_itself() -> None:
    with open_binary(resource("reports", "sample", "pubmed.xml")) as stream:
        texts = [f"{p.title}\n{p.abstract}" for p in read_pubmed(stream) if isinstance(p, Paper)]
    sentences = [readable(text[s.start : s.end]).text for text in texts for s in sentences_of(text)]
    short = [s for s in sentences if len(s) <= claims.LONGEST]
    assert len(short) > 100
    assert [check_claims([Stated(s, (1,))], [s]).dropped for s in short] == [()] * len(short)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("0.883", "88.3 %"),
        ("88.3 percent", "88·3%"),
        ("1 234 people", "1,234 people"),
        ("1.5 million", "1,500,000"),
        ("two hundred and five", "205"),
        ("half", "50%"),
        ("half", "one half of them"),
        ("twice", "2"),
        ("T2 and COVID-19", "COVID-19 in t2."),
        ("80% and 90%", "80 and 90%"),
        (r"0.05", r"$\alpha = 0.05$"),
    ],
)
def test_numbers_that_are_the_same(claim: str, source: str) -> None:
    assert strange_numbers(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [("0.5%", "0.5"), ("20%", "20 patients"), ("20", "20%"), ("5", "0.05"), ("88.30001", "88.3"), ("T2", "T21"), ("12", "1,234 and 0.12")],
)
def test_numbers_that_are_not(claim: str, source: str) -> None:
    assert strange_numbers(claim, source) != []
