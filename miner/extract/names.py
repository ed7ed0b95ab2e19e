"""Finding the names of the vocabulary's metrics in sentences and at the heads of tables: the same names, read the same way.

One expression, a tree of all writings, finds the longest that stands at a place; what a writing demands of its case or its surroundings is
looked at only where it was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from miner.vocabulary import Context, Entry, Vocabulary

# What ``the`` stands for in a writing.
_ARTICLES = ("the ", "a ", "an ", "its ", "their ", "each ", "summary ", "hierarchical ", "mean ", "average ")
_PLAIN = str.maketrans({"-": " ", "'": " "})
_AT = re.compile(r"@\d+(?:[.:]\d+)*(?:-\d[\d.]*)?")  # precision@5, mAP@.5:.95
_NEAR = 60
_REACH = 120


@dataclass(frozen=True, slots=True)
class Named:
    """A metric as a text names it: where, its name in the vocabulary (None for a quantity that is no metric), and whether the name is weak."""

    start: int
    end: int
    metric: str | None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """What one writing means, and what it demands: its exact letters, or surroundings."""

    entry: Entry | None
    weak: bool = False
    exact: str | None = None
    head: bool = False
    context: _Compiled | None = None

    def order(self) -> int:
        """Return the place in the order of trial: what demands most comes first, a metric before a quantity of the same name, which a workspace makes one."""
        if self.entry is None:
            return 0
        metric = self.entry.metric is not None
        return (1 + metric) if self.context is not None else (4 - metric)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The patterns of a context; those that are not there are None."""

    behind: re.Pattern[str] | None
    then: re.Pattern[str] | None
    ahead: re.Pattern[str] | None
    where: re.Pattern[str] | None
    unless: re.Pattern[str] | None

    @classmethod
    def of(cls, context: Context) -> _Compiled:
        """Compile a context; what it says of case stands in its patterns."""

        def made(pattern: str, end: str = "") -> re.Pattern[str] | None:
            return re.compile(f"(?:{pattern}){end}", re.IGNORECASE if pattern is context.then else 0) if pattern else None

        return cls(made(context.behind, "$"), made(context.then), made(context.ahead), made(context.where), made(context.unless))

    def end(self, text: str, start: int, end: int, around: str) -> int | None:
        """Return where the name ends in these surroundings, or None where they are not those that it demands; ``around`` is all that is told there."""
        if self.behind is not None and self.behind.search(text, max(0, start - _NEAR), start) is None:
            return None
        if self.then is not None:
            match = self.then.match(text, end)
            if match is None:
                return None
            end = match.end()
        if self.ahead is not None and self.ahead.match(text, end) is None:
            return None
        if self.where is not None and self.where.search(around) is None:
            return None
        return None if self.unless is not None and self.unless.search(around) else end


class NameFinder:
    """Finds the names of a vocabulary's metrics; made once, by :func:`name_finder`.

    Parameters
    ----------
    words : Vocabulary
    """

    def __init__(self, words: Vocabulary) -> None:
        self._forms: dict[str, list[_Form]] = {}
        for entry in (*words.metrics, *words.quantities):
            self._add(entry)
        for forms in self._forms.values():
            forms.sort(key=_Form.order)
        self._shorter = {key: _prefixes(key, self._forms) for key in self._forms}
        tree: dict[str, dict] = {}  # type: ignore[type-arg]  # a tree of itself
        for key in self._forms:
            node = tree
            for letter in key:
                node = node.setdefault(letter, {})
            node[""] = {}
        self._any = re.compile(rf"(?<![a-z0-9]){_pattern(tree)}(?![a-z])")
        self._after = {e.name: _after(e.after) for e in words.metrics if e.after}

    def _add(self, entry: Entry) -> None:
        for word in entry.except_:
            self._put(word, _Form(None, exact=word if word != word.lower() else None))
        for context in entry.context:
            compiled = _Compiled.of(context)
            for word in context.words:
                self._put(word, _Form(entry, context.weak, word if word != word.lower() else None, context.head, compiled))
        for kind, weak in (("names", False), ("plurals", False), ("weak", True), ("abbreviations", False), ("symbols", False)):
            for word in getattr(entry, kind):
                for form in (word, *(_plural(word) if kind != "plurals" else ())):
                    self._put(form, _Form(entry, weak))
        for word in entry.capitals:
            for form in (word, word + "s"):
                self._put(form, _Form(entry, exact=form))
        for word in entry.headers:
            self._put(word, _Form(entry, head=True))

    def _put(self, word: str, form: _Form) -> None:
        for key in _keys(word):
            self._forms.setdefault(key, []).append(form)

    def find(self, text: str, *, head: str | None = None) -> list[Named]:
        """Return the names in a text, in order; none overlaps another.

        Parameters
        ----------
        text : str
            A sentence, or with ``head`` what stands at the head of a table's column or row.
        head : str, optional
            All heads of the table, and its caption. Short forms are read then that mean a metric in tables only, and abbreviations in any case.
        """
        return [Named(a, b, e.name if e.metric is not None else None, weak) for a, b, e, weak in self._found(text, head=head)]

    def _found(self, text: str, *, head: str | None) -> Iterator[tuple[int, int, Entry, bool]]:
        plain = _lowered(text)
        at = 0
        while (match := self._any.search(plain, at)) is not None:
            start, key = match.start(), match[0]
            at = start + 1
            for candidate in (key, *self._shorter[key]):
                found = self._accepted(text, start, candidate, head=head)
                if found is not None:
                    form, at = found
                    if form.entry is not None:
                        yield start, at, form.entry, form.weak
                    break

    def _accepted(self, text: str, start: int, key: str, *, head: str | None) -> tuple[_Form, int] | None:
        """Return the first meaning of a writing whose demands are met, and where the name ends."""
        end = start + len(key)
        for form in self._forms[key]:
            if form.head and (head is None or (form.context is not None and text.strip(" (%)[],.") != text[start:end])):
                continue
            any_case = head is not None and form.context is None and form.entry is not None
            if form.exact is not None and not any_case and text[start:end] != form.exact:
                continue
            stop = end if form.context is None else form.context.end(text, start, end, text if head is None or not form.head else head)
            if stop is None or (text[stop : stop + 1].isalpha() and text[stop : stop + 1].isascii()):
                continue
            return form, stop if form.entry is None else self._extended(text, stop, form.entry)
        return None

    def _extended(self, text: str, end: int, entry: Entry) -> int:
        """Take what belongs to the name behind it: ``@5``, ``score``, ``index``."""
        if match := _AT.match(text, end):
            end = match.end()
        after = self._after.get(entry.name)
        match = after.match(text, end) if after is not None else None
        return match.end() if match else end


@lru_cache(maxsize=8)
def name_finder(words: Vocabulary) -> NameFinder:
    """Return the finder of a vocabulary, made once in a process.

    Examples
    --------
    >>> from miner.vocabulary import vocabulary
    >>> [(n.metric, n.weak) for n in name_finder(vocabulary()).find("an AUPR of 0.8 and a UAR of 0.7, 91% correctly classified")]
    [('auprc', False), ('balanced_accuracy', False), ('accuracy', True)]
    """
    return NameFinder(words)


def check_names(words: Vocabulary) -> list[str]:
    """Return what is not read as the vocabulary means it: a name that another takes, or a context whose example does not hold.

    Every name must mean its metric in a sentence and at the head of a table alike.
    """
    finder = name_finder(words)
    problems = []
    for entry in (*words.metrics, *words.quantities):
        wanted = entry.name if entry.metric is not None else None
        for word in entry.written():
            read = [(f"at the head of a table, {word!r}", finder.find(word, head=word))]
            if word not in entry.headers:
                read.append((f"in a sentence, {word!r}", finder.find(f"The {word} was 0.9 there.")))
            problems += [f"{entry.name}: {place} means {_meaning(found)}" for place, found in read if [f.metric for f in found] != [wanted]]
        for context in entry.context:
            shown = [finder.find(word, head=context.example) for word in context.words] if context.head else [finder.find(context.example)]
            if not all(any(f.metric == wanted for f in found) for found in shown):
                problems.append(f"{entry.name}: the example {context.example!r} of {context.words[0]!r} means {_meaning(shown[0])}")
    return problems


def _meaning(found: list[Named]) -> str:
    return ", ".join(f.metric or "no metric" for f in found) or "nothing"


def _lowered(text: str) -> str:
    """Return a text of the same length in lower case, with blanks for hyphens and apostrophes."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lower.translate(_PLAIN)


def _keys(word: str) -> set[str]:
    """Return the plain forms of a writing: with and without its hyphens and apostrophes, with each article or none for ``the``."""
    forms = {""}
    for part in re.split(r"(-|'|\bthe )", word.lower()):
        if part in {"-", "'"}:
            forms = {f + c for f in forms for c in ("", " ")}
        elif part == "the ":
            forms = {f + a for f in forms for a in ("", *_ARTICLES, *("the " + a for a in _ARTICLES[6:]), "a mean ", "an average ")}
        else:
            forms = {f + part for f in forms}
    return forms


def _plural(word: str) -> tuple[str, ...]:
    last = word[-1]
    if last in "sS" or not last.isalpha():
        return (word + "s",) if last.isdigit() else ()
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return (word[:-1] + "ies",)
    return (word + "s",)


def _prefixes(key: str, forms: Iterable[str]) -> tuple[str, ...]:
    """Return the other writings that a writing begins with, the longest first."""
    return tuple(key[:n] for n in range(len(key) - 1, 0, -1) if key[:n] in forms and not ("a" <= key[n] <= "z"))


def _pattern(node: dict) -> str:  # type: ignore[type-arg]  # a tree of itself
    """Return the expression of a tree of letters; it takes the longest writing."""
    ways: list[str] = []
    for letter in sorted(k for k in node if k):
        prefix, child = re.escape(letter), node[letter]
        while len(child) == 1 and "" not in child:
            ((more, child),) = child.items()
            prefix += re.escape(more)
        ways.append(prefix + _pattern(child))
    if not ways:
        return ""
    body = ways[0] if len(ways) == 1 and "" not in node else f"(?:{'|'.join(ways)})"
    return f"{body}?" if "" in node else body


def _after(words: Iterable[str]) -> re.Pattern[str]:
    forms = sorted({f for w in words for f in (w, *_plural(w))}, key=lambda f: (-len(f), f))
    return re.compile(rf"(?:[- ](?:{'|'.join(map(re.escape, forms))})(?![A-Za-z]))+", re.IGNORECASE)
