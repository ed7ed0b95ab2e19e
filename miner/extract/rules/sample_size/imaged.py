"""Nouns that count images by the words beside them: CT studies, cases of CT data, image pairs, and groups that add up to scans."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from miner.extract.sentence import Sentence

from .counted import Count

_MODALITIES = frozenset(
    ["ct", "mr", "mri", "fmri", "pet", "pet/ct", "spect", "cta", "mra", "cbct", "cect", "hrct", "ldct", "linac", "x-ray", "xray", "radiograph", "radiographic", "radiography",
     "imaging", "ultrasound", "ultrasonography", "sonographic", "mammography", "mammographic", "echocardiography", "echocardiographic", "echocardiogram", "angiography", "angiographic",
     "angiogram", "fluoroscopy", "oct", "octa", "scintigraphy", "tomography", "radiology"]
)  # fmt: skip
_PICTURES = frozenset(
    [
        "images",
        "image",
        "scans",
        "scan",
        "radiographs",
        "volumes",
        "videos",
        "slices",
        "mri",
        "mris",
        "ct",
        "mammograms",
        "angiograms",
        "photographs",
    ]
)
_MOVING = frozenset(
    ["cine", "video", "ultrasound", "echocardiographic", "echocardiography", "mri", "image", "angiographic", "fluoroscopic", "fluoroscopy"]
)
_DATA = frozenset(["images", "data", "scans", "volumes", "videos", "imaging"])
_LIKE_PATIENTS = frozenset(["cases", "controls", ""])
_ADJECTIVES = frozenset(["positive", "negative", "abnormal", "normal", "benign", "malignant", "healthy"])
_LONGEST_RUN = 6


def is_imaged(sentence: Sentence, number: int, index: int) -> bool:
    """Whether the noun at ``index``, counted by the number, is one of images: 90 CT studies, 60 cases of MRI data, 40 image pairs."""
    lower = sentence.lower
    word, before = lower[index], lower[index - 1]
    if word == "pairs":
        return before in {"image", "scan", "frame", "slice", "volume"} and index - 2 >= number and lower[index - 2] not in {"-", "/"}
    if word in {"sequences", "loops", "stacks"}:
        return index - 1 > number and before in _MOVING
    if word not in {"studies", "cases"}:
        return False
    if index - 1 > number and (before in _MODALITIES or (before == "-" and lower[index - 2] in _MODALITIES)):
        return True
    return word == "cases" and _is_of_pictures(lower, index)


def unit_beside(lower: list[str], index: int, units: Mapping[str, str]) -> str | None:
    """Return the unit that the words beside a noun give it, if they do: donor-recipient pairs, voice clips."""
    if lower[index] in {"clips", "clip"}:
        return "sample" if lower[index - 1] in {"voice", "audio", "speech", "sound", "music"} else None
    if lower[index] not in {"pairs", "dyads"} or index < 4 or lower[index - 2] not in {"-", "/"}:
        return None
    return "participant" if all(units.get(f"{lower[k]}s") == "participant" for k in (index - 1, index - 3)) else None


def _is_of_pictures(lower: list[str], index: int) -> bool:
    """Whether what the cases are of are pictures: 60 cases of 3D CT data, 20 cases of chest radiographs."""
    if lower[index + 1 : index + 2] != ["of"]:
        return False
    for k in range(index + 2, min(index + 6, len(lower))):
        if lower[k] in _PICTURES or (lower[k] in _DATA and lower[k - 1] in _MODALITIES):
            return True
        if not lower[k][0].isalnum() or lower[k] in {"and", "with", "in", "from"}:
            break
    return False


def sum_up(sentence: Sentence, counts: list[Count]) -> None:
    """Let cases and sizes in brackets that add up to what was counted before count the same: 90 scans, 50 of cases and 40 of controls.

    Parameters
    ----------
    sentence : Sentence
        The sentence.
    counts : list of Count
        Its counts in order.
    """
    for outer, count in pairwise(counts):
        described = count.noun == "cases" and sentence.lower[count.token - 1] == "(" and sentence.lower[count.token + 1] in _ADJECTIVES
        if described and outer.unit in {"image", "sample"} and count.token == outer.last + 2:
            count.unit = outer.unit  # 300 films (150 positive cases)
    for position, outer in enumerate(counts):
        if outer.unit not in {"image", "sample"} or outer.form not in {"noun", "n"}:
            continue
        total = sentence.numbers[outer.token].value
        for start in range(position + 1, min(position + 3, len(counts))):
            run = _adding_up(sentence, counts[start:], total)
            for count in run:
                count.unit, count.reason = outer.unit, "listed"
            if run:
                break


def _adding_up(sentence: Sentence, following: list[Count], total: float) -> list[Count]:
    """Return the first counts of those that follow, if they are called like people and add up to a total."""
    run: list[Count] = []
    left = total
    for count in following[:_LONGEST_RUN]:
        unnamed = count.code or count.form in {"sibling", "subset"} or count.noun in _LIKE_PATIENTS
        if count.unit != "participant" or not unnamed:
            return []
        run.append(count)
        left -= sentence.numbers[count.token].value
        if left <= 0:
            return run if left == 0 and len(run) > 1 else []
    return []
