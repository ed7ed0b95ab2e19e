"""Rules of thumb for data that were not divided: the total, of several the one of use; the sum of groups; the group that is named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from miner.extract.relation.candidates import Candidate
from miner.extract.relation.context import Context
from miner.extract.relation.document import Performance
from miner.extract.relation.seen import Seen
from miner.extract.relation.units import among, linked

Told = tuple[str, int | None]
# What was found is no size of the data: histology revealed 46 cases.
_FOUND = re.compile(r"\b(?:detect|identif|reveal|diagnos|found|stag|positive)\w*\b[^.;]{0,60}$", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:both|all (?:two|three|four|five)|across)\b")
_LEAST = 5  # of several totals, smaller ones count something else


def of_all(p: Performance, c: Context, seen: Seen, candidates: Sequence[Candidate]) -> Told:
    """Apply where nothing says that the data were divided, or a value is of the whole or of cross-validation."""
    crossed = seen.part == "cross-validation" or c.regime == "crossed"
    if seen.subset:
        fitting = {s.value for s in c.groups if not s.share and c.own_names(s) & seen.classes}
        return ("named group", fitting.pop()) if len(fitting) == 1 else ("some of the data", None)
    if (pair := _pair(c, seen, candidates)) is not None:
        return "groups that are compared", pair
    if (left := _left(p, c, candidates)) is not None:
        return "analysed in the end", left
    if len(c.total_values) == 1:
        return _of_total(p, c, seen, crossed=crossed)
    if c.totals:
        return _of_totals(p, c, seen)
    train = [s for s in c.sizes if s.role == "train"]
    if train and not c.groups:
        doubtful = len({s.value for s in train}) > 1 or c.verb(train[0]) == "source" or (seen.names and not c.names(train[0]) & seen.names)
        return ("training data of another kind", None) if doubtful else ("training data only", train[0].value)
    return _of_groups(c, seen, candidates)


def _pair(c: Context, seen: Seen, candidates: Sequence[Candidate]) -> int | None:
    """Return the sum of the groups that the value's task compares, where a sentence tells of more: patients and controls of patients, relatives and controls."""
    if not seen.task or " vs " not in seen.task:
        return None
    groups = [s for s in c.groups if not s.share]
    compared = [s for s in groups if c.own_names(s) & seen.pair]
    if not 2 <= len(compared) < len(groups):
        return None
    return next((x.n for x in candidates if x.kind == "groups" and len(x.sizes) == len(compared) and set(x.sizes) == set(compared)), None)


def _left(p: Performance, c: Context, candidates: Sequence[Candidate]) -> int | None:
    """Return what was analysed of a larger number told before: after exclusions 100 patients and 140 controls remained."""
    first = c.sizes[0]
    final = [s for s in c.sizes if s.sentence <= p.sentence and s is not first and not s.share and c.final(s)]
    if not final or len({s.sentence for s in final}) > 1:
        return None
    totals = {s.value for s in final if s.role == "total"}
    if len(totals) == 1 or (len(final) == 1 and (first.role == "total" or c.verb(first) == "source")):
        n = final[0].value
    else:
        n = next((x.n or 0 for x in candidates if x.kind == "groups" and len(x.sizes) == len(final) and set(x.sizes) == set(final)), 0)
    return n if 0 < n < first.value else None


def _of_total(p: Performance, c: Context, seen: Seen, *, crossed: bool) -> Told:
    n = c.totals[0].value
    if seen.names and not any(c.names(s) & seen.names for s in c.sizes):
        return "total, another data set named", n
    if not any(s.sentence <= p.sentence for s in c.totals):
        return "total told later", None
    return "total, crosswise" if crossed else "total", n


def _of_totals(p: Performance, c: Context, seen: Seen) -> Told:
    """Apply where several totals are told: what was found, and sources, aside; of one data set the predicted units."""
    whole = [s for s in c.totals if not s.share and s.value >= _LEAST and s.unit != "study" and c.verb(s) != "source"]
    text = c.d.text
    whole = whole[:1] + [s for s in whole[1:] if not (s.value < whole[0].value and _FOUND.search(text, max(0, s.start - 60), s.start))]
    whole = [s for s in whole if s.sentence <= p.sentence]
    if not whole:
        return "no total of use", None
    if len({s.value for s in whole}) == 1:
        return "only total of use", whole[0].value
    if len({s.sentence for s in whole}) > 1:
        return "totals of several sentences", among(p, whole, c, seen).value
    if len(linked(whole[0], whole, c)) == len(whole):
        return "totals of one data set", among(p, whole, c, seen).value
    if len({s.unit for s in whole}) == 1 and _BOTH.search(c.d.sentence_text(p.sentence)):
        return "several data sets together", sum({s.value for s in whole})
    return "totals of several data sets", among(p, whole, c, seen).value


def _of_groups(c: Context, seen: Seen, candidates: Sequence[Candidate]) -> Told:
    """Apply where groups are told and no total: those that the value's clause names, else all that one sentence lists first."""
    runs = [x for x in candidates if x.kind == "groups" and not any(s.share for s in x.sizes)]
    named = [s for s in c.groups if not s.share and c.own_names(s) & seen.classes]
    if runs:
        just = [x for x in runs if len(x.sizes) == len(named) and all(s in named for s in x.sizes)]
        if len(just) == 1:
            return "groups that are named", just[0].n
        full = max((x for x in runs if x.sizes[0] is runs[0].sizes[0]), key=lambda x: len(x.sizes))
        return "sum of groups", full.n
    single = {s.value for s in c.groups if not s.share}
    return ("only group", single.pop()) if len(single) == 1 else ("nothing fits", None)
