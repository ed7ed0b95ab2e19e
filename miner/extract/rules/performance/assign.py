"""Which metric each value states: names before and after it, lists with ``respectively``, pairs, names that hold for later values."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise
from pathlib import Path

from miner.text.patterns import load_patterns

from .metrics import Mention
from .runs import BRACKETS, Group, Run, Sequence, bare_gap, gap_between, runs, spread
from .values import Value

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
_TIGHT_AFTER = _PATTERNS["tight_after"]
_LINK = _PATTERNS["link"]
_EXPLICIT = _PATTERNS["explicit"]
_EXPLICIT_BEFORE = _PATTERNS["explicit_before"]
_TAKING = _PATTERNS["taking"]
_LOOSE_BEFORE = _PATTERNS["loose_before"]
_OPENED = _PATTERNS["opened"]
_ON = _PATTERNS["on"]
_ENUMERATED = _PATTERNS["enumerated"]
_POINTS = _PATTERNS["points"]
_NOUN_AFTER = _PATTERNS["noun_after"]
_OF_NOUN = _PATTERNS["of_noun"]
_COPULA = _PATTERNS["copula"]
_JUDGED_AFTER = _PATTERNS["judged_after"]
_ANOTHER_NAME = _PATTERNS["another_name"]
_EQUATED = _PATTERNS["equated"]
_ITEM = _PATTERNS["item"]
_ITEM_END = _PATTERNS["item_end"]
_LED_TO = _PATTERNS["led_to"]
_GETS = _PATTERNS["gets"]
_BOTH = _PATTERNS["both"]
_AT_LEVEL = _PATTERNS["at_level"]


def link(text: str, values: list[Value], groups: list[Group]) -> None:
    """Give each value the metric that it states; values that state none keep ``metric`` None, with the reason in ``how``."""
    outer, inside = text, []
    ends = {v.end for v in values}
    for match in BRACKETS.finditer(text):
        names = groups[bisect_left(groups, match.start(), key=_head) : bisect_left(groups, match.end(), key=_head)]
        held = values[bisect_left(values, match.start(), key=_start) : bisect_left(values, match.end(), key=_start)]
        if names and held and (match.start() in ends or match.start() - 1 in ends):
            # ``81% (AUC = 0.89) accuracy``: an aside, with names of its own.
            _Linker(text, held, names).link()
            outer = outer[: match.start()] + " " * len(match.group()) + outer[match.end() :]
            inside.append(match.span())
    if inside:
        values = [v for v in values if not any(a <= v.start < b for a, b in inside)]
        groups = [g for g in groups if not any(a <= g[0].start < b for a, b in inside)]
    _Linker(outer, values, groups).link()


def _head(group: Group) -> int:
    return group[0].start


def _start(value: Value) -> int:
    return value.start


class _Linker:
    """One sentence on the way from values and names to linked values."""

    def __init__(self, text: str, values: list[Value], groups: list[Group]) -> None:
        self.text, self.values = text, values
        self.starts = {v.start for v in values}
        self.ends = [v.end for v in values]
        self.groups = [part for group in groups for part in self._parts(group)]
        self.heads = [g[0].start for g in self.groups]
        self.tails = [g[-1].end for g in self.groups]
        self.sequences: list[Sequence] = []
        self.used_after: set[int] = set()

    def link(self) -> None:
        for run in self._split(runs(self.text, self.values)):
            for value in run:
                value.listed = run[-1].percent
            self._place(run)
        for sequence in self.sequences:
            spread(self.text, sequence)
        for value in self.values:
            if value.foreign:
                value.metric, value.how = None, "has a unit"
            elif value.metric is None and not value.how:
                value.how = "no metric near"
        for value, following in pairwise(self.values):
            # ``69% strict and 75% lenient accuracy``: the name holds for both.
            if (
                value.metric is None
                and value.percent
                and following.how == "name after"
                and _BOTH.fullmatch(self.text, value.end, following.start)
            ):
                value.metric, value.how = following.metric, "name after"

    def _parts(self, group: Group) -> list[Group]:
        """``94% accuracy, and an AUC of 0.9``: the first name has its value before it, the last behind it."""
        if len(group) == 1 or not self._taken(group):
            return [group]
        index = bisect_right(self.ends, group[0].start) - 1
        before = self.values[index] if index >= 0 else None
        if before is None or not _TIGHT_AFTER.fullmatch(self.text, before.end, group[0].start):
            return [group]
        stated = _EXPLICIT_BEFORE.search(self.text[max(0, before.start - 14) : before.start])
        return [group] if stated else [group[:1], group[1:]]

    def _taken(self, group: Group) -> bool:
        """Whether the value of a group's last name stands right behind it."""
        taking = _TAKING.match(self.text, group[-1].end)
        return taking is not None and taking.end() in self.starts

    def _split(self, found: list[Run]) -> list[Run]:
        """Cut lists where a name stands inside them, or the last value has its own name behind it: ``accuracy of 95%, 90% recall``."""
        cut: list[Run] = []
        for run in found:
            part: Run = []
            for i, value in enumerate(run):
                part.append(value)
                index = bisect_left(self.heads, value.end)
                if i + 1 < len(run) and index < len(self.heads) and self.heads[index] < run[i + 1].start:
                    cut.append(part)
                    part = []
            if part:
                cut.append(part)
        return cut

    def _place(self, run: Run) -> None:
        first, last = run[0], run[-1]
        index = bisect_right(self.tails, first.start) - 1
        before = self.groups[index] if index >= 0 else None
        after = self._after(last)
        if before is not None:
            earlier = bisect_left(self.values, first.start, key=_start) - 1
            fresh = earlier < 0 or self.values[earlier].start < before[-1].end
            gap = gap_between(self.text, before[-1].end, first.start)
            tight = fresh and _LINK.fullmatch(gap) is not None
            if after is not None and gap.strip() in {",", "("}:
                tight = False  # ``25 dB PSNR, 85% SSIM``, ``accuracy (43% AP)``: what stands behind each
            explicit = tight and _EXPLICIT.search(gap) is not None and id(before) not in self.used_after
            level = after is not None and _AT_LEVEL.search(self.text[max(0, first.start - 40) : first.start]) is not None
            if after is not None and (not explicit or level):
                self._take_after(run, after)
            elif after is not None and len(run) > 1 and len(before) < len(run) and self.text[run[-2].end : last.start].strip(" %") != "-":
                self._open(run[:-1], before, "name before")
                self._take_after(run[-1:], after)
            elif tight:
                self._open(run, before, "name before")
            elif self._loose(run, before, fresh=fresh):
                self._continue(run, before, fresh=fresh)
            elif not self._judged(run):
                self._fail(run)
        elif after is not None:
            self._take_after(run, after)
        elif not self._judged(run):
            self._later(run)

    def _after(self, value: Value) -> Group | None:
        """Return the names right behind a value, unless they have a value of their own."""
        index = bisect_left(self.heads, value.end)
        if index == len(self.groups):
            return None
        group = self.groups[index]
        gap = self.text[value.end : group[0].start]
        if value.bare and value.number.decimals == 0 and len(gap.split()) > 1:
            return None
        opened = gap.rstrip().endswith(("(", "["))
        if len(gap) > 90 or not _TIGHT_AFTER.fullmatch(gap) or (gap.strip() in {"-"}):
            return None
        if self._taken(group):
            return None
        if opened and self.text[group[-1].end : group[-1].end + 1] not in {")", "]", ","}:
            return None
        return group

    def _take_after(self, run: Run, group: Group) -> None:
        self.used_after.add(id(group))
        self.sequences.append(Sequence(group, "name after", [run]))

    def _open(self, run: Run, group: Group, how: str) -> None:
        self.sequences.append(Sequence(group, how, [run]))

    def _continue(self, run: Run, group: Group, *, fresh: bool) -> None:
        last = self.sequences[-1] if self.sequences else None
        if last is not None and last.how == "name after" and last.group == group and (named := self._each_named(len(run))):
            self._open(run, named, "same sentence")
        elif fresh or last is None:
            self._open(run, self._unstated(group, run), "same sentence")
        elif last.how == "name after":
            # ``90% accuracy for A and 85% for B``; a name before that no value has taken holds else.
            self._open(run, last.group if len(last.runs[-1]) == len(run) or len(last.group) == 1 else group, "same sentence")
        else:
            last.runs.append(run)

    def _each_named(self, n: int) -> Group:
        """Return the names of the last values, where as many had one each as the list has values: ``99% accuracy and 96% F1, improvements of 3% and 4%``."""
        last = self.sequences[-n:]
        alone = all(s.how == "name after" and len(s.group) == 1 and [len(r) for r in s.runs] == [1] for s in last)
        names = [s.group[0] for s in last]
        return names if n > 1 and alone and len({m.metric for m in names}) == n else []

    def _unstated(self, group: Group, run: Run) -> Group:
        """Return for ``the sensitivity for A and the specificity for B were 90% and 80%`` all names since the last value, where they are as many as the values."""
        if len(run) < 2 or len(group) >= len(run) or bare_gap(self.text, run[0].end, run[1].start).strip(" %") in {"-", "to"}:
            return group
        if self.text.endswith("between ", 0, run[0].start):
            return group
        earlier = bisect_left(self.values, run[0].start, key=_start) - 1
        begin = self.values[earlier].end if earlier >= 0 else 0
        names = [
            m for g in self.groups[bisect_left(self.heads, begin) :] for m in g if begin <= m.start and m.end <= run[0].start and not m.weak
        ]
        distinct = {m.metric for m in names}
        if names and ";" in self.text[names[0].end : run[0].start]:
            return group
        return names if len(names) == len(run) == len(distinct) else group

    def _loose(self, run: Run, group: Group, *, fresh: bool) -> bool:
        """Whether values that stand away from any name can state the metric named before them."""
        first, text = run[0], self.text
        before = _ENUMERATED.sub(": ", text[max(0, first.start - 60) : first.start])
        if first.signed and (
            _POINTS.match(text, run[-1].number.end) or before.endswith(("(+", "by +")) or (first.bare and _LOOSE_BEFORE.search(before[:-1]))
        ):
            return group[0].metric is not None and not group[0].weak
        if not fresh and _ANOTHER_NAME.search(before) and _EQUATED.search(text, group[0].start, first.start):
            return False
        if len(run) == len(group) > 2 and fresh and _LOOSE_BEFORE.search(before):
            return True
        if group[0].weak and fresh and run[-1].percent and re.fullmatch(r"[^,;:()]{0,50}", text[group[-1].end : first.start]):
            return True
        if len(group) == 1 and group[0].weak and not fresh:
            if self.sequences and self.sequences[-1].group is group and first.percent and _OPENED.search(before):
                return True
            return bool(self.sequences) and _OF_NOUN.match(text, run[-1].end) is not None
        if first.bare and not fresh and before.endswith("and ") and self.sequences and _ON.match(text, run[-1].end):
            earlier = self.sequences[-1].runs[-1][-1]
            return earlier.bare and earlier.number.decimals == first.number.decimals > 0
        taken = not fresh or (bool(self.sequences) and self.sequences[-1].how == "name after")
        if first.bare and taken and first.number.decimals and (_LED_TO.search(before) or self._as_written(first, before)):
            return True
        return self._has_form(run, before, fresh=fresh) and self._is_read_on(run, group, before, fresh=fresh)

    def _has_form(self, run: Run, before: str, *, fresh: bool) -> bool:
        """Whether numbers away from any name are written as scores are."""
        if any(v.bare for v in run) and not (
            run[-1].percent
            or _POINTS.match(self.text, run[-1].number.end)
            or (fresh and _COPULA.search(before) and all(v.number.value >= 20 for v in run))
        ):
            return False
        if any(not v.percent and v.number.decimals == 0 and v.number.value != 1 for v in run) and not run[-1].percent:
            return False
        return any(v.number.decimals or v.percent for v in run)

    def _is_read_on(self, run: Run, group: Group, before: str, *, fresh: bool) -> bool:
        """Whether the words beside such numbers let the name before hold for them."""
        first, text = run[0], self.text
        fraction = all(v.number.decimals >= 2 and not v.percent for v in run) or first.low is not None or first.sd is not None
        if not fraction and not _LOOSE_BEFORE.search(before) and not (_ITEM.search(before) and _ITEM_END.match(text, run[-1].end)):
            return False
        if _NOUN_AFTER.match(text, run[-1].end) and not (fraction and first.low is not None):
            return False
        if first.percent and _OF_NOUN.match(text, run[-1].end):
            earlier = self.sequences[-1].runs[-1][-1] if self.sequences else None
            return group[0].weak or before.endswith("than ") or (earlier is not None and _OF_NOUN.match(text, earlier.end) is not None)
        return not group[0].weak or fresh

    def _as_written(self, value: Value, before: str) -> bool:
        """Whether a number without its sign is said to be reached, as the number linked before it, which has the same form: ``to 74.5, while the baseline gets 71.3``."""
        earlier = self.sequences[-1].runs[-1][-1] if self.sequences else None
        return (
            earlier is not None
            and earlier.bare
            and earlier.number.decimals == value.number.decimals
            and abs(earlier.number.value - value.number.value) < earlier.number.value / 2
            and _GETS.search(before) is not None
        )

    def _judged(self, run: Run) -> bool:
        """``77% of the activities were correctly classified``."""
        match = _JUDGED_AFTER.match(self.text, run[-1].end) if run[0].percent else None
        if match is None or any(run[-1].end < v.start < match.end() for v in self.values):
            return False
        wrong = match["word"].lower() in {"misclassified", "incorrectly"}
        self._open(run, [Mention(match.start("word"), match.end("word"), "error_rate" if wrong else "accuracy")], "name after")
        return True

    def _later(self, run: Run) -> None:
        """Link values to the first name of the sentence where it stands behind them, near but not next to them."""
        index = bisect_left(self.heads, run[-1].end)
        group = self.groups[index] if index < len(self.groups) else None
        if group is not None and any(
            run[-1].end <= v.start < group[0].start and "(" in self.text[run[-1].end : v.start] for v in self.values
        ):
            group = None  # ``95% on A (100% recall)``: the name has a value of its own
        if group is None or group[0].start - run[-1].end >= 50 or group[0].weak or not self._loose(run, group, fresh=True):
            self._fail(run)
            return
        if self._taken(group):
            self._fail(run)
        else:
            self._open(run, group, "name later")

    def _fail(self, run: Run) -> None:
        for value in run:
            value.how = "no metric near"
