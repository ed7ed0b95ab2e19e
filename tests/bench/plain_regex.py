"""Plain regular expressions: what a few lines of ``re`` reach on the gold, to stand beside the rules' figures."""

from __future__ import annotations

import re
from typing import Any

_NUMBER = r"(\d{1,3}(?:[, ]\d{3})+|\d+)"
_NOUNS = {
    "participant": "patients|participants|subjects|controls|individuals|women|men|adults|children|volunteers|people|cases",
    "image": "images|scans|radiographs|slices|videos|photographs",
    "sample": "samples|lesions|nodules|records|reports|specimens|eyes|exams|examinations",
}
_SIZES = [
    *(
        (unit, re.compile(rf"(?<![\w.]){_NUMBER}(?![.%\d])(?:\s+[\w-]+){{0,3}}?\s+(?:{nouns})\b", re.IGNORECASE))
        for unit, nouns in _NOUNS.items()
    ),
    ("participant", re.compile(rf"\bn\s?=\s?{_NUMBER}", re.IGNORECASE)),
]
_METRICS = {
    "accuracy": "accuracy",
    "auc": "AUC|AUROC|area under the (?:receiver operating characteristic )?curve",
    "sensitivity": "sensitivity|recall",
    "specificity": "specificity",
    "precision": "precision|PPV|positive predictive value",
    "npv": "NPV|negative predictive value",
    "f1": r"F1(?:[ -]score)?",
    "dice": "Dice(?: score| coefficient)?|DSC",
    "kappa": "kappa",
    "c_index": "C-index|concordance index",
}
_VALUE = r"(\d+(?:\.\d+)?|\.\d+)\s?(%?)"
_PERFORMANCE = [(m, re.compile(rf"\b(?:{words})\b[^.;\d]{{0,25}}?{_VALUE}", re.IGNORECASE)) for m, words in _METRICS.items()]


def extract(text: str) -> list[dict[str, Any]]:
    """Return labels as the gold has them."""
    labels: list[dict[str, Any]] = []
    seen: set[int] = set()
    for unit, pattern in _SIZES:
        for m in pattern.finditer(text):
            value = int(re.sub(r"[, ]", "", m[1]))
            if m.start(1) not in seen and value > 1:
                seen.add(m.start(1))
                labels.append(
                    {
                        "kind": "sample_size",
                        "start": m.start(1),
                        "end": m.end(1),
                        "value": value,
                        "unit": unit,
                        "role": "total",
                        "own": True,
                    }
                )
    for metric, pattern in _PERFORMANCE:
        for m in pattern.finditer(text):
            value = float(m[1]) / (100 if m[2] or float(m[1]) > 1 else 1)
            if m.start(1) not in seen and value <= 1:
                seen.add(m.start(1))
                labels.append(
                    {
                        "kind": "performance",
                        "start": m.start(1),
                        "end": m.end(1),
                        "value": value,
                        "metric": metric,
                        "claim": "own",
                        "ci_low": None,
                        "ci_high": None,
                        "sd": None,
                    }
                )
    return labels
