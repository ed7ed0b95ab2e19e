"""Rules of thumb for data that were divided: the size of the value's part; a total does not stand in for one that the text does not tell."""

from __future__ import annotations

from miner.extract.relation.context import Context
from miner.extract.relation.document import EVALUATED, Performance, Size
from miner.extract.relation.seen import Seen
from miner.extract.relation.units import among

Told = tuple[str, int | None]


def of_part(p: Performance, c: Context, seen: Seen) -> Told:
    """Apply where the part is told: its size, else that of the only other set that was evaluated on."""
    sure = "said" if seen.said else "carried"
    if len(p.parts) > 1:
        sizes = [next((s for s in c.sizes if s.part == part), None) for part in p.parts]
        if all(sizes):
            return "sum of its parts", sum(s.value for s in sizes if s)
    same = [s for s in c.sizes if s.part in p.parts and not s.share]
    kind = "size of its part"
    if not same and seen.part == "eval":
        same, kind = _other_set(p, c), "size of the only set"
    if seen.subset and not seen.said:
        return "some of a part", None
    if same:
        return f"{kind}, {sure}", among(p, same, c, seen).value
    return f"part without size, {sure}", None


def _other_set(p: Performance, c: Context) -> list[Size]:
    """Return the sizes of the only set that was evaluated on, unless the text names it beside the value's part: it is another one then."""
    others = [s for s in c.sizes if s.part in EVALUATED]
    if not others or len({s.part for s in others}) > 1 or {others[0].part, p.parts[0]} <= c.named:
        return []
    return others


def untold(p: Performance, c: Context, seen: Seen) -> Told:
    """Apply where sets are sized and the value's is not told: the only set that was evaluated on, unless other values are said to be of it."""
    if seen.subset:
        return "some of a set", None
    evaluated = [s for s in c.sizes if s.part in EVALUATED and s.part not in c.claimed]
    if evaluated and len({s.part for s in evaluated}) == 1:
        earlier = [s for s in evaluated if s.start < p.start]
        return ("only evaluated set", among(p, earlier, c, seen).value) if earlier else ("evaluated set told later", None)
    if not evaluated:
        train = [s for s in c.sizes if s.part == "train" and s.start < p.start]
        if train and c.claimed & EVALUATED and "train" not in c.claimed:
            return "training set left", train[-1].value
    return "one of several sets", None


def held(c: Context) -> Told:
    """Apply where the data were divided, and neither the sizes of the parts nor the value's part are told."""
    evaluated = [s for s in c.totals if c.verb(s) == "evaluated"]
    if len({s.value for s in evaluated}) == 1 and len(c.total_values) > 1:
        return "total evaluated on, of several", evaluated[0].value
    return ("divided without sizes" if c.d.dividing else "set without size"), None
