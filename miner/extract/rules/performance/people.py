"""What people got right in a task of theirs is no prediction: ``Participants performed the memory task with an accuracy of 95%``."""

from __future__ import annotations

from pathlib import Path

from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_DID = _PATTERNS["did"]
_BEHAVIOUR = _PATTERNS["behaviour"]
_MACHINE = _PATTERNS["machine"]
_METRICS = frozenset({"accuracy", "sensitivity", "error_rate", "false_positive_rate", "false_negative_rate", "specificity"})


def is_of_people(text: str, metric: str | None) -> bool:
    """Whether a sentence tells how well people did, with no machine or test in it that could have done so."""
    return metric in _METRICS and _MACHINE.search(text) is None and (_DID.search(text) is not None or _BEHAVIOUR.search(text) is not None)
