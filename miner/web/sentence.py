"""What a paper reports, in one sentence made from its effects by a template; where there is nothing to say, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.web.numbers import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miner.vocabulary import Vocabulary

_UNITS = {"participant": ("participant", "participants"), "image": ("image", "images"), "sample": ("sample", "samples"), "study": ("study", "studies")}  # fmt: skip


def main_effect(effects: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the effect that stands for a paper: with an n before those without, an accuracy before others, test data before other parts."""
    order = ["test", "validation", "cross-validation", "whole", "", "external", "train"]

    def place(e: dict[str, Any]) -> tuple[bool, bool, int, str]:
        part = e["part"] or ""
        return e["n"] is None, e["metric"] != "accuracy", order.index(part) if part in order else len(order), e["effect_id"]

    return min(effects, key=place, default=None)


def in_one_sentence(effect: dict[str, Any], words: Vocabulary) -> list[tuple[str, bool]]:
    r"""Return the sentence as pieces, each with whether it is a number that leads to its evidence.

    Examples
    --------
    >>> from miner.vocabulary import vocabulary
    >>> e = {"metric": "accuracy", "name": None, "estimate": 0.883, "n": 164, "n_unit": "participant", "task": "diagnosis: Alzheimer's disease vs healthy",
    ...      "part": "cross-validation", "validation": "leave-one-out", "dataset": "ADNI"}
    >>> "".join(text for text, _ in in_one_sentence(e, vocabulary()))
    "Reports 88.3 % accuracy for diagnosis: Alzheimer's disease vs healthy on 164\xa0participants (leave-one-out; ADNI)."
    """
    what = words.label(effect["metric"], effect["name"])
    pieces = [("Reports ", False), (f"{words.says(effect['estimate'], effect['metric'], effect['name'])} {what}", True)]
    if effect["task"]:
        pieces.append((f" for {effect['task']}", False))
    if effect["n"] is not None:
        one, many = _UNITS.get(effect["n_unit"] or "", ("unit", "units"))
        pieces += [(" on ", False), (f"{effect['n']:,}\u00a0{one if effect['n'] == 1 else many}", True)]
    else:
        pieces.append((", on a number of units that the text does not tell", False))
    how = [effect["validation"] or PARTS.get(effect["part"] or "", ""), effect["dataset"]]
    inside = "; ".join(h for h in how if h)
    return [*pieces, (f" ({inside})." if inside else ".", False)]


def why_none(record: dict[str, Any], mates: Sequence[dict[str, Any]]) -> str:
    """Say why there is no effect of this record."""
    if mates and record["flow_reason"] == "another record of the same study":
        return "Its numbers stand with another record of the same study, see below."
    return f"No performance of its own with a sample size was read: {record['flow_reason'] or 'nothing was found'}."
