"""Which n an effect has: of the part of the data that the metric was measured on, with how it was chosen written beside it."""

from __future__ import annotations

import pytest

from miner.extract.api import Extractor, load_rules
from miner.link.effects import choose_effects
from miner.types import Decision, Effect, Evidence, Extraction

AD_HC, MCI_HC = "diagnosis: Alzheimer's disease vs healthy", "diagnosis: mild cognitive impairment vs healthy"


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(load_rules())


def effects(extractor: Extractor, text: str) -> dict[tuple[str | None, str], Effect]:
    found = [(f"x{i}", x) for i, x in enumerate(extractor.extract(text, document_id="d"))]
    return {(e.task, e.metric): e for e in choose_effects("p", 2020, found)}


ABSTRACTS = [
    # the same sentence
    (
        "A network for scans\nWe collected 500 scans. On an external test set of 120 scans the accuracy was 91%.",
        "accuracy", 0.91, 120, "external", "the only accuracy on external data; n: size of its part",
    ),
    # a part that another sentence sizes
    (
        "A network for scans\nWe used 400 scans for training and 80 scans for testing. The accuracy was 88% in the test set.",
        "accuracy", 0.88, 80, "test", "the only accuracy on test data; n: size of its part",
    ),
    # no part is named: the test set's size goes before the total's
    (
        "A network for scans\nOf 480 scans, 400 scans were used for training and 80 scans for testing. The model had an accuracy of 88%.",
        "accuracy", 0.88, 80, "test", "n: only evaluated set",
    ),
    # the training set's figure is no result where another is told
    (
        "A score\nThe training cohort (n = 300) and the validation cohort (n = 100) were alike. The AUC was 0.95 in the training cohort and 0.90 in the validation cohort.",
        "auc", 0.90, 100, "validation", "the auc on validation data, of 2 values; n: size of its part",
    ),
    # nothing but a total
    ("A score\nWe followed 240 patients. With 10-fold cross-validation the AUC was 0.81.", "auc", 0.81, 240, "total", "n: total, crosswise"),
    # groups that one sentence lists add up
    ("A score\nWe scanned 60 patients and 40 controls. The accuracy was 83%.", "accuracy", 0.83, 100, "total", "n: sum of groups"),
    # a test set whose size is not told
    (
        "A score\nThe model was trained on 300 patients. The accuracy was 83% in an independent test set.",
        "accuracy", 0.83, None, None, "n not told: part without size",
    ),
    ("A score\nThe accuracy was 83%.", "accuracy", 0.83, None, None, "n not told: no size"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "metric", "estimate", "n", "role", "decided"), ABSTRACTS)
def test_n_is_that_of_the_data_measured_on(
    extractor: Extractor, text: str, metric: str, estimate: float, n: int | None, role: str | None, decided: str
) -> None:
    found = [e for (_, m), e in effects(extractor, text).items() if m == metric]
    assert [(e.estimate, e.n, e.n_role) for e in found] == [(estimate, n, role)]
    assert decided in (found[0].decided or "")


def test_each_task_has_an_effect_of_its_own(extractor: Extractor) -> None:
    text = (
        "Scans of the brain\nWe scanned 90 AD, 80 MCI and 70 controls. The accuracy was 92% for AD/HC. "
        "For MCI/HC the accuracy was 71%, and for AD/MCI the accuracy was 66%."
    )
    found = effects(extractor, text)
    assert found[AD_HC, "accuracy"].estimate == 0.92
    assert found[MCI_HC, "accuracy"].estimate == 0.71
    assert found["differential: Alzheimer's disease vs mild cognitive impairment", "accuracy"].estimate == 0.66


def test_tasks_and_estimates_in_lists_go_by_rank(extractor: Extractor) -> None:
    text = "Scans\nWe scanned 90 patients. The accuracies were 92% and 71% for AD vs HC and MCI vs HC, respectively."
    assert {t: e.estimate for (t, m), e in effects(extractor, text).items() if m == "accuracy"} == {AD_HC: 0.92, MCI_HC: 0.71}


def test_what_others_reached_is_no_effect(extractor: Extractor) -> None:
    text = "A tool\nWe read 200 scans. The tool reached an accuracy of 90%, while radiologists reached an accuracy of 95%."
    assert [e.estimate for e in effects(extractor, text).values() if e.metric == "accuracy"] == [0.90]


def size(i: str, value: int, role: str, start: int) -> tuple[str, Extraction]:
    fields = {"unit": "participant", "role": role, "own": True}
    return i, Extraction("sample_size", value, Evidence(start, start + 3, str(value), f"s{start}"), "sample_size", "1", 1.0, fields)


def test_a_reviewers_word_goes_before_the_rules() -> None:
    fields = {
        "metric": "auc",
        "claim": "own",
        "on": [10],
        "n": 500,
        "n_unit": "participant",
        "n_role": "total",
        "n_score": 0.8,
        "n_why": "total",
    }
    estimate = ("a", Extraction("performance", 0.9, Evidence(90, 93, "0.9", "AUC 0.9"), "performance", "1", 1.0, fields))
    found = [size("n1", 500, "total", 10), size("n2", 60, "total", 40), estimate]
    [plain] = choose_effects("p", 2020, found)
    assert (plain.n, plain.n_score, plain.sample_size_extraction_id) == (500, 0.8, "n1")
    [corrected] = choose_effects("p", 2020, found, {"n1": Decision("n1", "correct", "r", "2020-01-01T00:00:00", value=480)})
    assert (corrected.n, corrected.n_score) == (480, 1.0)
    [rejected] = choose_effects("p", 2020, found, {"n1": Decision("n1", "reject", "r", "2020-01-01T00:00:00")})
    assert (rejected.n, rejected.n_unit, rejected.sample_size_extraction_id) == (None, None, None)
    assert "its sample size was rejected by a reviewer" in (rejected.decided or "")


def test_what_an_effect_was_chosen_among_is_told_with_the_reason(extractor: Extractor) -> None:
    text = (
        "A score\nThe training cohort had 300, the validation cohort 100 patients. The AUC was 0.95 in the training cohort and 0.90 in the "
        "validation cohort. In the validation cohort the AUC of a variant was 0.86. With 10-fold cross-validation the AUC was 0.92."
    )
    (effect,) = effects(extractor, text).values()
    assert [(c.estimate, c.chosen, c.why) for c in sorted(effect.candidates, key=lambda c: c.estimate)] == [
        (0.86, False, "not the highest"),
        (0.90, True, "highest of 2 auc values on validation data"),
        (0.92, False, "the validation set counts first"),
        (0.95, False, "on training data"),
    ]


def test_the_order_of_extractions_does_not_matter(extractor: Extractor) -> None:
    found = [(f"x{i}", x) for i, x in enumerate(extractor.extract(ABSTRACTS[3][0], document_id="d"))]
    assert choose_effects("p", 2020, found) == choose_effects("p", 2020, found[::-1])


def asked(value: str, score: float, question: float) -> Extraction:
    told = {"kind": "task", "value": value, "reach": "title", "start": 0, "score": score, "asked": question}
    return Extraction("performance", 0.9, Evidence(5, 8, "0.9", "s"), "performance", "1", 1.0, {"metric": "auc", "labels": [told]})


@pytest.mark.parametrize(
    ("value", "score", "question", "wanted"),
    [
        ("diagnosis: gout", 0.9, 0.95, ("diagnosis: gout", "diagnosis", "gout", "diagnosis: gout")),
        ("diagnosis: gout", 0.5, 0.7, (None, "diagnosis", None, None)),
        ("diagnosis: gout", 0.2, 0.4, (None, None, None, None)),
        ("prognosis: death in sepsis", 0.6, 0.9, (None, "prognosis", None, "prognosis: sepsis")),
        ("AD vs HC", 1.0, 1.0, (AD_HC, "diagnosis", "Alzheimer's disease", "diagnosis: Alzheimer's disease")),
    ],
)
def test_a_task_that_is_not_sure_is_none_and_its_question_may_stand(
    value: str, score: float, question: float, wanted: tuple[str | None, ...]
) -> None:
    [effect] = choose_effects("p", 2020, [("x", asked(value, score, question))])
    assert (effect.task, effect.question, effect.target, effect.pool_condition) == wanted
    assert [(x.value, x.taken) for x in effect.labels] == [(value, wanted[0] is not None)]
