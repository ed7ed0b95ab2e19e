"""Rules: a folder each, with a ``rule.toml``; loaded, checked, versioned and hashed."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from miner.errors import RuleError, UsageError
from miner.extract.digests import folder_sha256, labels_digest, relation_digest
from miner.extract.examples import Example, parse_example
from miner.extract.triggers import expand, is_mandatory, is_number, triggers_of, with_lists
from miner.paths import as_paths
from miner.vocabulary import FOLDER, Vocabulary, vocabulary
from miner.vocabulary.lexicon import Lexicon, lexicon, lexicon_sha256

# What rules of a kind read of others: performances learn on which sample sizes they were measured, and which labels are theirs.
LABELS = ("condition", "dataset", "method", "modality", "task", "validation")
READ: Mapping[str, frozenset[str]] = {"performance": frozenset({"sample_size", *LABELS})}
BUILT_IN = Path(__file__).parent / "rules"
ENTRY_POINTS = "miner.rules"


class PatternSpec(BaseModel):
    """One ``[[pattern]]`` or ``[[suppress]]`` of a rule: a spaCy Matcher pattern and what its match says."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1)
    """What ``miner rules explain`` calls it."""
    match: list[dict[str, Any]] = Field(min_length=1, max_length=40)
    """The pattern of spaCy's Matcher; ``"@hospital"`` stands for the list of that name."""
    value: str = "{number}"
    """The value: ``{number}``, or a text."""
    span: Literal["number", "match", "text"] | None = None
    """What the value's place is: the number, the whole match, or the text."""
    fields: dict[str, str | int | float | bool] = {}
    """Fields that the value gets."""
    score: float = Field(default=1.0, ge=0, le=1)
    """How sure it is, from 0 to 1."""


class RuleSpec(BaseModel):
    """The contents of a ``rule.toml``; ``docs/how-to/write-a-rule.md`` explains each key."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    """The rule's name."""
    version: str = Field(pattern=r"^\d+(\.\d+){0,2}$")
    """Goes up when the rule finds something else."""
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    """The kind of its values."""
    about: str = ""
    """What it finds, in a sentence."""
    number: bool = False
    """Whether only sentences with a number are read."""
    once: bool = False
    """Whether a document has one value at most."""
    labels: bool = False
    """Whether it gives the labels of a kind, which are read once a document (``db/vocabulary`` holds their names)."""
    triggers: list[str] = []
    """Words of which one must stand in the sentence."""
    lists: dict[str, list[str]] = {}
    """Lists of words, for patterns."""
    terms: dict[str, list[str]] = {}
    """Labels, each with the words that say it."""
    fields: dict[str, str | int | float | bool] = {}
    """Fields that every value gets."""
    pattern: list[PatternSpec] = []
    """What is found."""
    suppress: list[PatternSpec] = []
    """What takes back candidates that it covers."""
    component: str | None = None
    """A Python file in the rule's folder, for what patterns can't say."""
    factory: str | None = None
    """The function of that file that makes the component."""
    examples: list[str] = Field(min_length=1)
    """Sentences, with ``<ent …>`` around each value that must be found; without, nothing may be."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as loaded: what ``rule.toml`` says, with lists filled in, examples parsed and the folder's hash.

    ``sha256`` changes with any file of the folder, with the engine itself, and with the rules whose results it reads: equal hashes give equal results.
    """

    id: str
    version: str
    kind: str
    sha256: str
    folder: Path
    spec: RuleSpec
    patterns: tuple[PatternSpec, ...]
    suppress: tuple[PatternSpec, ...]
    triggers: tuple[str, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that an `Extractor` runs, in the order of their ids.

    Examples
    --------
    >>> [rule.kind for rule in load_rules() if rule.id == "sample_size"]
    ['sample_size']
    """

    rules: tuple[Rule, ...] = field(default=())
    folders: tuple[Path, ...] = field(default=())
    vocabulary: Vocabulary = field(default_factory=vocabulary, repr=False)
    places: tuple[Path, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def only(self, *ids: str) -> RuleSet:
        """Return the set of the rules with these ids."""
        return replace(self, rules=tuple(r for r in self.rules if r.id in ids))

    def read_by(self, identifier: str) -> tuple[str, ...]:
        """Return the ids of the rules whose results a rule reads."""
        kind = next((r.kind for r in self.rules if r.id == identifier), "")
        return tuple(r.id for r in self.rules if r.kind in READ.get(kind, ()))

    def metrics(self) -> list[str]:
        """Return the metrics that the rules' patterns put into their fields, in order."""
        said = [fields for rule in self.rules for fields in (rule.spec.fields, *(p.fields for p in rule.patterns))]
        return list(dict.fromkeys(str(fields["metric"]) for fields in said if "metric" in fields))


def rule_vocabulary(folders: Sequence[Path] = ()) -> Vocabulary:
    """Return the vocabulary, with what installed packages of rules and ``folders`` of rules add to it."""
    return vocabulary([*_entry_points(), *folders])


def rule_lexicon(folders: Sequence[Path] = ()) -> Lexicon:
    """Return the lexicon, with what installed packages of rules and ``folders`` of rules add to it."""
    return lexicon([*_entry_points(), *folders])


def load_rules(folders: Sequence[Path] = (), *, built_in: bool = True) -> RuleSet:
    """Load the built-in rules, those of installed packages, and those in ``folders``.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Folders of rule folders, such as a workspace's ``rules/``; or rule folders themselves.
    built_in : bool
        False to load only ``folders``.

    Returns
    -------
    RuleSet
        Sorted by id.

    Raises
    ------
    RuleError
        If a rule is malformed, or two have the same id.
    """
    rules: dict[str, Rule] = {}
    packages = [BUILT_IN, *_entry_points()] if built_in else []
    places = (*packages, *folders)
    words = vocabulary(places)
    for root in [*packages, *folders]:
        for folder in rule_folders(root):
            rule = load_rule(folder, words, places)
            if rule.id in rules:
                raise RuleError(
                    f"the id {rule.id!r} is taken by the rule in {rules[rule.id].folder}",
                    where=str(folder / "rule.toml"),
                    hint="give it an id of its own",
                )
            rules[rule.id] = rule
    ordered = [rules[i] for i in sorted(rules)]
    return RuleSet(tuple(_with_read(rule, ordered) for rule in ordered), tuple(folders), words, places)


def _with_read(rule: Rule, rules: Sequence[Rule]) -> Rule:
    """Let a rule's hash hold those of the rules that it reads, and of the relation to them."""
    if rule.kind not in READ:
        return rule
    digest = hashlib.sha256(f"{rule.sha256}{relation_digest()}".encode())
    for other in rules:
        if other.kind in READ[rule.kind]:
            digest.update(f"{other.id}\0{other.sha256}".encode())
    return replace(rule, sha256=digest.hexdigest())


def _entry_points() -> list[Path]:
    """Folders that installed packages offer: an entry point is a path, a package, or a function that returns a path."""
    found = []
    for point in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda p: p.name):
        try:
            target = point.load()
        except Exception as error:
            raise RuleError(
                f"the entry point cannot be loaded: {error}", where=f"{ENTRY_POINTS}: {point.name}", hint="uninstall or mend it"
            ) from error
        target = target() if callable(target) else target
        found.append(Path(target.__file__).parent if hasattr(target, "__file__") else Path(target))
    return found


def rule_folders(root: Path) -> list[Path]:
    """Return the rule folders at or below ``root``, sorted by name; none if it does not exist."""
    if (root / "rule.toml").is_file():
        return [root]
    return sorted(p.parent for p in root.glob("*/rule.toml")) if root.is_dir() else []


def named_folders(folders: Sequence[str | Path]) -> list[Path]:
    """Return the folders of rules that somebody named; each must hold a rule, or words for the vocabulary.

    Raises
    ------
    UsageError
        If one holds neither.
    """
    if isinstance(folders, str | Path):
        raise UsageError("rules is one folder", where=str(folders), hint="put it into a list")
    found = as_paths("rules", folders)
    for folder in found:
        if not rule_folders(folder) and not (folder / FOLDER).is_dir():
            raise UsageError("there is no rule in this folder", where=str(folder), hint="make one with: miner rules new NAME --rules DIR")
    return found


def load_rule(folder: Path, words: Vocabulary | None = None, places: Sequence[Path] = ()) -> Rule:
    """Load and check one rule folder; its hash holds that of the vocabulary, the one that ships with miner by default.

    A rule that reads documents knows the vocabulary of labels too, with what the folders ``places`` add to it.

    Raises
    ------
    RuleError
        With the file, and the key that is wrong.
    """
    path = folder / "rule.toml"
    try:
        spec = RuleSpec.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"cannot be read: {error}", where=str(path), hint="see docs/how-to/write-a-rule.md") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RuleError(f"{key}: {first['msg']}", where=str(path), hint="see docs/how-to/write-a-rule.md") from error
    return _build(folder, path, spec, words or vocabulary(), places)


def _build(folder: Path, path: Path, spec: RuleSpec, words: Vocabulary, places: Sequence[Path]) -> Rule:
    where = str(path)
    patterns = tuple(with_lists(p, spec.lists, where) for p in spec.pattern)
    suppress = tuple(with_lists(p, spec.lists, where) for p in spec.suppress)
    if bool(spec.component) != bool(spec.factory):
        raise RuleError(
            "component and factory go together", where=where, hint='component = "component.py" and factory = "the_factory_in_it"'
        )
    if spec.component and not (folder / spec.component).is_file():
        raise RuleError(f"there is no {spec.component} beside it", where=where, hint="component names a Python file in the rule's folder")
    if spec.labels and (spec.kind not in LABELS or patterns or suppress or spec.terms or spec.component):
        raise RuleError(
            "labels = true is for a rule of a kind that has a vocabulary of labels, without patterns, terms and component",
            where=where,
            hint=f"the kinds are {', '.join(LABELS)}; names of values go into vocabulary/*.toml beside the rules",
        )
    if not (patterns or spec.terms or spec.component or spec.labels):
        raise RuleError("it has no pattern, no terms and no component", where=where, hint="add a [[pattern]] or [terms]")
    spec = spec.model_copy(update={"triggers": expand(spec.triggers, {"metrics": list(words.added), **spec.lists}, where)})
    triggers = triggers_of(spec, patterns, where)
    for pattern in patterns:
        if spec.number and not any(is_number(token) and is_mandatory(token) for token in pattern.match):
            raise RuleError(
                f"pattern {pattern.name!r} needs no number, but the rule says number = true",
                where=where,
                hint="add {LIKE_NUM = true} or drop number",
            )
    for terms in spec.terms.values():
        if not all(term.strip() for term in terms):
            raise RuleError("a term is empty", where=where, hint="take it out")
    examples = tuple(parse_example(text, where=where) for text in spec.examples)
    read = labels_digest() + lexicon_sha256(places) if spec.labels else ""
    sha256 = folder_sha256(folder, words, read)
    return Rule(spec.id, spec.version, spec.kind, sha256, folder, spec, patterns, suppress, triggers, examples)
