"""Where the weights of questions start from: what each feature should say before any label is seen, for questions that few labelled abstracts ask."""

from __future__ import annotations

from collections.abc import Iterator

from miner.extract.labels.questions import NONE, QUESTIONS

_OF_GROUP = {
    "event": "prognosis", "state": "state", "molecular": "molecular", "other": "other", "text": "text extraction", "measurement": "measurement",
    "regression": "regression", "question": "question answering", "report": "report generation", "retrieval": "retrieval",
}  # fmt: skip
_OF_CONDITION = {
    "diagnosis": {"detect": 1.0, "diagnosis": 1.0, "classify": 0.6, "apart": 0.6, "identify": 0.4, "biomarker": 0.4, "predict": 0.3},
    "differential": {"classify": 0.4, "apart": 0.5}, "onset": {"predict": 0.4}, "prognosis": {"predict": 0.2},
}  # fmt: skip
_CONDITIONS = {
    "condition after another": ("prognosis", 0.6), "two conditions apart": ("differential", 0.9), "kinds of condition told": ("differential", 1.2),
    "three conditions": ("differential", 0.4),
}  # fmt: skip
_OTHERS: dict[str, dict[str, float]] = {
    "diagnosis": {"benign": 0.3, "diagnostic_test": 0.4, "diagnostic_test in title": 0.6, "no condition": -0.5},
    "differential": {"kinds of condition in title": 0.6, "no condition": -0.3},
    "grading": {"no condition": -0.3},
    "onset": {"horizon in title": 0.5, "no condition": -0.5},
    "prognosis": {"concordance": 0.7, "event in title": 0.8, "event in aim": 0.5, "hospital in title": 0.4, "horizon in title": 0.5},
    "localisation": {"detector detects": 1.2, "object detector": 0.5, "box_score": 0.8},
    "segmentation": {"U-Net": 0.6, "overlap": 0.6},
    "reconstruction": {"image_score": 0.6},
    "generation": {"image_score": 0.6},
    "measurement": {"error": 0.5},
    "regression": {"error": 0.5},
    "text extraction": {"texts in title": 0.5, "text input": 0.4},
    "question answering": {
        "large language model": 0.4, "vision-language model": 0.4, "benchmark": 0.9, "questions in title": 0.5, "bench in title": 0.3, "condition": -0.5,
    },
    "report generation": {"text_score": 0.8},
    "molecular": {"condition": -0.4},
    "other": {"condition": -1.0, "condition in title": -0.8},
    NONE: {
        "review in title": 0.8, "trial in title": 1.0, "trial": 0.5, "no score": 0.5, "association in title": 0.5, "no method": 0.3, "survey": 0.0,
    },
}  # fmt: skip
_PLACES = {"title": 1.0, "aim": 0.5, "text": 0.3}


def priors() -> Iterator[tuple[str, str, float]]:
    """Yield feature, question and the weight to start from."""
    for place, share in _PLACES.items():
        yield from ((f"{group} asked in {place}", question, 0.7 * share) for group, question in _OF_GROUP.items())
        for question, words in _OF_CONDITION.items():
            yield from ((f"{word} of condition in {place}", question, weight * share) for word, weight in words.items())
        yield from ((f"{feature} in {place}", question, weight * share) for feature, (question, weight) in _CONDITIONS.items())
    yield from ((feature, question, weight) for question, weights in _OTHERS.items() for feature, weight in weights.items())
    for q in (*QUESTIONS, NONE):
        yield from ((f"{q} in {place}", q, weight) for place, weight in {"title": 1.5, "aim": 0.7, "results": 0.4, "text": 0.2}.items())
        yield f"first {q}", q, 0.5
