"""Which labels a text and its estimates get: sentences that fail or are easily broken, by their number in the folder of test input."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.extract.api import Extractor, load_rules
from miner.link.effects import choose_effects
from miner.types import Effect, Extraction

AD, MCI = "diagnosis: Alzheimer's disease vs healthy", "diagnosis: mild cognitive impairment vs healthy"
CONVERSION = "prognosis: dementia in mild cognitive impairment"


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(load_rules())


def values(found: list[Extraction], kind: str) -> set[str]:
    return {str(x.value) for x in found if x.kind == kind}


def effects(found: list[Extraction]) -> list[Effect]:
    return choose_effects("p", 2020, [(str(k), x) for k, x in enumerate(found)])


# The tasks of the labels and of the effects, and of the other kinds the values that must be there; None: nothing may be said.
SENTENCES: dict[int, tuple[list[str], list[str | None], dict[str, set[str]]]] = {
    1: (["diagnosis: atopic dermatitis vs healthy"], ["diagnosis: atopic dermatitis vs healthy"], {"condition": {"atopic dermatitis"}}),
    2: ([], [None], {"condition": {"lung cancer"}}),
    3: ([], [None], {"condition": {"multiple sclerosis"}}),
    4: (["other: anomaly detection"], ["other: anomaly detection"], {"condition": set()}),
    5: ([CONVERSION], [CONVERSION], {}),
    6: ([AD], [AD], {"condition": {"Alzheimer's disease"}}),
    7: ([AD], [AD], {"condition": {"Alzheimer's disease"}}),
    8: ([AD], [AD], {"condition": {"Alzheimer's disease"}}),
    9: ([CONVERSION], [CONVERSION], {}),
    10: ([MCI], [MCI], {"condition": {"mild cognitive impairment"}}),
    11: ([AD, MCI, CONVERSION], [AD, MCI, CONVERSION], {}),
    12: ([AD], [AD], {}),
    13: ([CONVERSION], [CONVERSION], {"condition": {"mild cognitive impairment"}}),
    14: ([CONVERSION], [CONVERSION], {"condition": {"mild cognitive impairment"}}),
    15: (["diagnosis: dementia"], ["diagnosis: dementia"], {"condition": {"dementia"}}),
    16: ([], [None], {"condition": set()}),
    17: (["other: material fracture"], [None], {"condition": set()}),
    18: (["diagnosis: digestive tract injury"], [None], {"modality": set()}),
    19: (["diagnosis: colorectal polyps"], ["diagnosis: colorectal polyps"], {"dataset": set()}),
    20: ([], [None], {"dataset": set()}),
    21: (["diagnosis: prostate cancer"], ["diagnosis: prostate cancer"], {"modality": {"MRI", "laboratory tests"}, "condition": {"prostate cancer"}}),
    22: ([], [None], {"modality": {"MRI", "diffusion MRI"}}),
    23: (["prognosis: readmission"], ["prognosis: readmission"], {}),
    24: (["segmentation: liver"], ["segmentation: liver"], {}),
    25: (["diagnosis: COVID-19"], ["diagnosis: COVID-19"], {"modality": {"chest X-ray"}, "condition": {"COVID-19"}}),
    26: (["diagnosis: COVID-19"], ["diagnosis: COVID-19"], {"modality": {"chest X-ray"}, "condition": {"COVID-19"}}),
    27: ([], [None], {"validation": {"3-fold cross-validation"}}),
    28: ([], [None], {"validation": set()}),
    29: ([], [None, None], {"validation": {"external validation"}}),
    30: (["diagnosis: pneumonia"], ["diagnosis: pneumonia"], {"condition": {"pneumonia"}}),
}  # fmt: skip


@pytest.mark.parametrize("number", SENTENCES)
def test_sentences(extractor: Extractor, shared: Path, number: int) -> None:
    text = (shared / "cases" / "moderators.txt").read_text(encoding="utf-8").splitlines()[number - 1]
    tasks, of_effects, others = SENTENCES[number]
    found = extractor.extract(text)
    assert sorted(values(found, "task")) == sorted(tasks)
    assert sorted(e.task or "" for e in effects(found)) == sorted(t or "" for t in of_effects)
    for kind, wanted in others.items():
        assert values(found, kind) == wanted


def test_validation_and_size_are_those_of_the_estimate(extractor: Extractor, shared: Path) -> None:
    text = (shared / "cases" / "moderators.txt").read_text(encoding="utf-8").splitlines()[28]
    told = {e.estimate: (e.validation, e.n, e.part) for e in effects(extractor.extract(text))}
    assert told[0.95][:2] == (None, None)
    assert told[0.81] == ("external validation", 187, "external")


ABSTRACT = (
    "Segmentation and detection of gout on hand radiographs\nRheumatoid arthritis is common, and its early diagnosis on MRI is vital. We trained a U-Net on 400 hand "
    "radiographs to segment the hand and a convolutional network to detect gout. The Dice score was 0.91. Gout was detected with an AUC of 0.88 in 120 patients."
)


def test_a_metric_answers_the_question_that_it_can_measure(extractor: Extractor) -> None:
    asked = {e.metric: e.question for e in effects(extractor.extract(ABSTRACT))}
    assert asked["dice"] == "segmentation"
    assert asked["auc"] in {"diagnosis", None}


def test_labels_of_an_estimate_say_where_they_stand(extractor: Extractor) -> None:
    found = extractor.extract(ABSTRACT)
    [auc] = [x for x in found if x.kind == "performance" and x.fields["metric"] == "auc"]
    told = {t["kind"]: t for t in auc.fields["labels"]}
    assert told["condition"]["value"] == "gout"
    assert told["condition"]["reach"] == "clause"
    assert told["modality"]["reach"] == "title"
    for t in told.values():
        assert ABSTRACT[t["start"] :].lower().startswith(("gout", "hand radiographs", "radiographs", "detect"))
    assert "rheumatoid arthritis" not in {str(x.value) for x in found}


def test_what_a_reviewer_rejects_is_no_label_of_an_effect(extractor: Extractor) -> None:
    from miner.types import Decision

    found = [(str(k), x) for k, x in enumerate(extractor.extract(ABSTRACT))]
    rejected = {i: Decision(i, "reject", "r", "2026-01-01") for i, x in found if x.kind == "condition"}
    assert {e.condition for e in choose_effects("p", 2020, found)} == {"gout"}
    assert {e.condition for e in choose_effects("p", 2020, found, rejected)} == {None}
