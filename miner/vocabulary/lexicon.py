"""The lexicon: what texts call conditions, modalities, data sets, methods, validations and questions; data in ``db/vocabulary``.

Each file holds one kind: values, each with its names, abbreviations and the value that it is a kind of. A folder of rules adds to it by
files of the same names in its ``vocabulary/`` folder.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from miner.errors import ConfigError
from miner.resources import resource
from miner.text.words import phrase, words
from miner.vocabulary.files import LEXICON as KINDS
from miner.vocabulary.files import file_text, parsed

_Word = Annotated[str, Field(min_length=1, max_length=3000)]
_CAPITALS = re.compile(r"[A-Z].*[A-Z0-9]|\d.*[A-Z]")
_LITERAL = re.compile(r"[^(@?)]+(?!\?)")
_MOST = 5_000  # ways of writing that one pattern of a file may stand for


class _ValueSpec(BaseModel):
    model_config = ConfigDict(extra="forbid")
    within: list[_Word] | _Word = []
    mesh: str | None = None
    branch: str | None = None
    group: str | None = None
    names: list[_Word] = []
    short: list[_Word] = []
    weak: list[_Word] = []
    versions: list[_Word] = []
    benchmark: bool = False
    general: bool = False
    only: bool = False


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    lists: dict[str, list[_Word]] = {}
    value: dict[_Word, _ValueSpec] = {}


@dataclass(frozen=True, slots=True)
class Term:
    """One way of writing a value. ``exact`` holds the words as they must be written; ``weak`` ones need support in the text."""

    kind: str
    value: str
    exact: tuple[str, ...] | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """What the vocabulary says of one value: its kind, what it is a kind of, its MeSH descriptor and branch, its group of inputs."""

    kind: str
    name: str
    within: tuple[str, ...] = ()
    mesh: str | None = None
    branch: str | None = None
    group: str | None = None
    benchmark: bool = False
    general: bool = False
    where: str = ""


@dataclass(slots=True)
class Lexicon:
    """All values and a tree of the words that mean them; ``sha256`` changes with any file.

    Examples
    --------
    >>> lexicon().values["condition"]["lung cancer"].within
    ('cancer',)
    """

    values: dict[str, dict[str, Value]]
    tree: dict[Any, Any]
    versions: dict[str, tuple[str, Term]]
    sha256: str
    _above: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def above(self, kind: str, value: str) -> frozenset[str]:
        """Return all values that a value is a kind of, near and far."""
        known = self._above.get((kind, value))
        if known is None:
            found: set[str] = set()
            open_ = [value]
            while open_:
                here = self.values[kind].get(open_.pop())
                for parent in here.within if here else ():
                    if parent not in found:
                        found.add(parent)
                        open_.append(parent)
            known = self._above[kind, value] = frozenset(found - {value})
        return known

    def group(self, modality: str) -> str | None:
        """Return the group of inputs that a modality belongs to."""
        value = self.values["modality"].get(modality)
        return value.group if value else None


def expand(pattern: str, lists: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """Return the ways of writing that a pattern stands for.

    Examples
    --------
    >>> expand("(lung|liver) @what", {"what": ["mass", "cancer"]})
    ['lung mass', 'lung cancer', 'liver mass', 'liver cancer']
    >>> expand("multi ?layer")
    ['multi layer', 'multilayer']
    """
    parts = _alternatives(pattern, lists or {})
    return list(dict.fromkeys(" ".join(p.split()) for p in parts if p.strip()))


def _alternatives(pattern: str, lists: Mapping[str, Sequence[str]]) -> list[str]:
    """Expand a sequence of literals, groups, lists and optional characters from left to right."""
    done = [""]
    at = 0
    while at < len(pattern):
        if pattern[at] == "(":
            end = _closing(pattern, at)
            options = [w for branch in _branches(pattern[at + 1 : end]) for w in _alternatives(branch, lists)]
            at = end + 1
        elif pattern[at] == "@" and (name := re.match(r"\w+", pattern[at + 1 :])):
            if name[0] not in lists:
                raise ValueError(f"the list @{name[0]} is not there")
            options = [w for item in lists[name[0]] for w in _alternatives(item, lists)]
            at += 1 + name.end()
        else:
            literal = _LITERAL.match(pattern, at)
            options = [literal[0] if literal else pattern[at]]
            at += len(options[0])
        if pattern[at : at + 1] == "?":
            options = [*options, ""]
            at += 1
        done = [a + b for a in done for b in options]
        if len(done) > _MOST:
            raise ValueError(f"it stands for more than {_MOST} ways of writing")
    return done


def _closing(pattern: str, start: int) -> int:
    depth = 0
    for at in range(start, len(pattern)):
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        if depth == 0:
            return at
    raise ValueError("a bracket is not closed")


def _branches(inner: str) -> list[str]:
    depth, branches = 0, [""]
    for c in inner:
        depth += {"(": 1, ")": -1}.get(c, 0)
        if c == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += c
    return branches


def lexicon(folders: Sequence[Path] = ()) -> Lexicon:
    """Return the lexicon that ships with miner, with what ``folders`` of rules add to it.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Folders of rules, such as a workspace's ``rules/``; those without a ``vocabulary/`` add nothing.

    Raises
    ------
    ConfigError
        Naming the file, the value, and how to mend it.
    """
    return _lexicon(_files(folders))


def lexicon_sha256(folders: Sequence[Path] = ()) -> str:
    """Return the hash of the files of a lexicon."""
    return _digest(_files(folders))


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[str, str, str], ...]) -> str:
    return hashlib.sha256("\0".join(text for _, _, text in files).encode()).hexdigest()


def _files(folders: Sequence[Path]) -> tuple[tuple[str, str, str], ...]:
    """Return the kind, path and text of each file."""
    files = []
    for kind, ours, text in _shipped_files():
        paths = [path for folder in folders if (path := Path(folder) / "vocabulary" / Path(ours).name).is_file()]
        files += [(kind, ours, text), *((kind, str(path), file_text(path)) for path in dict.fromkeys(paths) if str(path) != ours)]
    return tuple(files)


@lru_cache(maxsize=1)
def _shipped_files() -> tuple[tuple[str, str, str], ...]:
    paths = [(kind, resource("db", "vocabulary") / f"{name}.toml") for kind, name in KINDS.items()]
    return tuple((kind, str(path), file_text(path)) for kind, path in paths)


@lru_cache(maxsize=8)
def _lexicon(files: tuple[tuple[str, str, str], ...]) -> Lexicon:
    values: dict[str, dict[str, Value]] = {kind: {} for kind in KINDS}
    built = Lexicon(values, {}, {}, _digest(files))
    for kind, path, text in files:
        content = _read(path, text)
        for name, spec in content.value.items():
            values[kind][name] = _merged(values[kind].get(name), kind, name, spec, path)
            _add(built, kind, name, spec, content.lists, path)
    for kind, known in values.items():
        for value in known.values():
            for parent in value.within:
                if parent not in known:
                    raise ConfigError(
                        f"{value.name!r} is said to be within {parent!r}, which is none",
                        where=value.where,
                        hint=f"add it, or take it out: {kind}",
                    )
    return built


def _read(path: str, text: str) -> _File:
    try:
        return _File.model_validate(parsed(path, text))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{key}: {first['msg']}", where=path, hint="db/vocabulary/conditions.toml says what each key means") from error


def _merged(known: Value | None, kind: str, name: str, spec: _ValueSpec, path: str) -> Value:
    within = (spec.within,) if isinstance(spec.within, str) else tuple(spec.within)
    if known is None:
        return Value(kind, name, within, spec.mesh, spec.branch, spec.group, spec.benchmark, spec.general, path)
    if within or spec.group or spec.mesh or spec.branch:
        raise ConfigError(f"{name!r} is described already, in {known.where}", where=path, hint="give further names only, or another value")
    return replace(known, benchmark=known.benchmark or spec.benchmark, general=known.general or spec.general)


def _add(built: Lexicon, kind: str, name: str, spec: _ValueSpec, lists: Mapping[str, Sequence[str]], path: str) -> None:
    """Put all ways of writing a value into the tree."""
    names = list(spec.names)
    short = list(spec.short)
    if not spec.only and kind != "dataset":
        (short if _CAPITALS.search(name) else names).append(name)
    try:
        for written in (w for pattern in names for w in expand(pattern, lists)):
            _put(built.tree, phrase(written), Term(kind, name))
    except ValueError as error:
        raise ConfigError(f"{name!r}: {error}", where=path, hint="(a|b), (a|), a? and @list are what a pattern may hold") from error
    for weak, written in [(False, w) for w in short] + [(True, w) for w in spec.weak]:
        exact = tuple(m.group() for m in words(written))
        _put(built.tree, phrase(written), Term(kind, name, exact, weak))
    for written in [*spec.versions, *(w for w in short if kind == "dataset" and w.isalnum() and len(w) > 3)]:
        built.versions[written.replace("-", "").lower()] = (written.replace("-", ""), Term(kind, name))
        _put(built.tree, phrase(written), Term(kind, name, tuple(m.group() for m in words(written))))


def _put(tree: dict[Any, Any], key: Sequence[str], term: Term) -> None:
    node = tree
    for word in key:
        node = node.setdefault(word, {})
    terms = node.setdefault(None, [])
    if term not in terms:
        terms.append(term)
