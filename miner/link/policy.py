"""Which of a paper's estimates stands for it: the policy of ``docs/reference/effects.md``, point by point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from miner.types import Extraction
from miner.vocabulary import Vocabulary

# Of the study's own data: a test set before a validation cohort before the whole, by cross-validation or not, or a part that is not told.
_PARTS = {"test": 0, "validation": 1, "cross-validation": 2, "whole": 2, None: 2, "train": 9}
EXTERNAL = "external"
# Sections in which papers tell of others' results more often than of their own.
_DOUBTFUL = frozenset({"introduction", "related", "discussion"})
_SCOPES = {"overall": 0, None: 1, "bound": 2, "range": 2, "some": 3}
_WHY_NOT = {"some": "of some of the data", "range": "an end of a range", "bound": "a bound"}


@dataclass(frozen=True, slots=True)
class Item:
    """A performance or sample size with its identifier, after the reviewers' decisions."""

    id: str
    x: Extraction
    said: str | None = None
    """What a reviewer's last word did to it, as a sentence goes on: confirmed, or corrected from a value to another; None where nobody looked at it."""

    @property
    def reviewed(self) -> bool:
        """Whether a reviewer looked at it."""
        return self.said is not None

    @property
    def document(self) -> str:
        """The document that it stands in."""
        return self.x.evidence.document_id or ""

    @property
    def value(self) -> float:
        """The estimate."""
        return float(self.x.value)

    @property
    def part(self) -> str | None:
        """The part of the data, as far as it is told."""
        part = self.x.fields.get("part")
        return None if part is None else str(part)

    @property
    def scope(self) -> str | None:
        """What it stands for among others (see ``miner.extract.relation.scope``)."""
        return self.x.fields.get("scope")


def is_body(document: str) -> bool:
    """Return whether a document is a full text, rather than a record's abstract."""
    return bool(document) and not document.endswith("#abstract")


def best(found: Sequence[Item], metric: str, name: str | None, words: Vocabulary) -> Item:
    """Return the estimate that stands for the paper among those of one metric and task.

    The order: what a reviewer confirmed or corrected; never training data where there is another part; sections on the study's own results; the abstract; the part; an overall
    figure before a plain one, before bounds and ends of ranges, before values of some of the data; and the best value of those that are left, which are models
    compared as equals.
    """
    sign = 1 if words.lower_is_better(metric, name) else -1
    return min(
        found,
        key=lambda i: (
            not i.reviewed,
            i.part == "train",
            i.x.fields.get("section") in _DOUBTFUL,
            is_body(i.document),
            _PARTS.get(i.part, 2),
            _SCOPES.get(i.scope, 1),
            sign * i.value,
            i.document,
            i.x.evidence.start,
            i.id,
        ),
    )


def why_not(item: Item, chosen: Item, *, lower_is_better: bool) -> str:
    """Return why an estimate does not stand for the paper, in a few words."""
    if chosen.reviewed and not item.reviewed:
        return f"another one was {(chosen.said or '').partition(' ')[0]} by a reviewer"
    if item.part == "train" and chosen.part != "train":
        return "on training data"
    if item.x.fields.get("section") in _DOUBTFUL and chosen.x.fields.get("section") not in _DOUBTFUL:
        return "told where others' results are"
    if is_body(item.document) > is_body(chosen.document):
        return "the abstract counts first"
    if _PARTS.get(item.part, 2) > _PARTS.get(chosen.part, 2):
        return f"the {chosen.part or 'other'} set counts first" if chosen.part in {"test", "validation"} else "another part counts first"
    if _SCOPES.get(item.scope, 1) > _SCOPES.get(chosen.scope, 1):
        return _WHY_NOT.get(str(item.scope), "an overall figure counts first")
    if item.value == chosen.value:
        return "the same value again"
    return "not the lowest" if lower_is_better else "not the highest"
