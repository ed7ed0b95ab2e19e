"""Why a performance has its n, or none, in a few words."""

from __future__ import annotations

from miner.extract.relation.document import EVALUATED, SETS
from miner.extract.relation.features import View
from miner.extract.relation.model import Choice

_SUMS = {"groups": "sum of groups", "parts": "sum of sets"}


def reason(view: View, choice: Choice) -> str:
    """Return what a candidate is to the value: the size of its part, a total, a sum of groups; or why nothing was taken.

    Parameters
    ----------
    view : View
        Of the performance.
    choice : Choice
        ``not sure enough`` where *not told* was chosen only because nothing else was likely enough.
    """
    candidate, seen = choice.candidate, view.seen
    if candidate.kind == "none":
        return _untold(view) if choice.likeliest else "not sure enough"
    if candidate.kind != "size":
        return _SUMS[candidate.kind]
    size = candidate.sizes[0]
    if size.part in SETS:
        if size.part in view.p.parts:
            return "size of its part"
        if size.part == "train":
            return "training data"
        return "only evaluated set" if len(view.c.parts & EVALUATED) == 1 else "one of several evaluated sets"
    if size.sentence == view.p.sentence:
        return "size before" if size.end <= view.p.start else "size behind"
    if size.role == "group":
        return "group"
    return "total, crosswise" if seen.part == "cross-validation" or view.c.regime == "crossed" else "total"


def _untold(view: View) -> str:
    p, seen = view.p, view.seen
    if p.parts and p.parts[0] in SETS and p.parts[0] not in view.c.parts:
        return "part without size"
    if seen.some or seen.fresh or "subgroup" in seen.kinds:
        return "some of the data"
    if view.c.regime.startswith("held"):
        return "divided without sizes"
    return "not told"
