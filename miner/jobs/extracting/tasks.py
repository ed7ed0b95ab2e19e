"""What a worker is given and gives back: documents to read, and what was found in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from miner.extract import pool
from miner.extract.fulltext import extract_full_text
from miner.fulltext.model import FullText
from miner.types import Evidence, Extraction

if TYPE_CHECKING:
    from miner.extract.engine import Extractor


@dataclass(frozen=True, slots=True)
class Task:
    """One document to read: its identifier, the rules (ids) that have to, its text, and its sections and tables if it is a full text."""

    document_id: str
    rules: tuple[str, ...]
    text: str
    full: FullText | None = None


# What was found in a document; or None and what a rule stumbled over.
Result = tuple[list[Extraction] | None, str | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What workers load: folders of rules, the (id, checksum) of each rule, which must be theirs too, and which rules each reads the results of."""

    folders: tuple[str, ...]
    ids: pool.Hashes
    reads: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def only(self, rules: Sequence[str]) -> Extractor:
        """Return this process's extractor of some of the rules, and of those that they read."""
        wanted = {*rules, *(other for rule, others in self.reads if rule in rules for other in others)}
        return pool.extractor(self.folders, tuple(i for i in self.ids if i[0] in wanted))


def read(tasks: Sequence[Task], rules: Rules) -> list[Result]:
    """Extract from documents; a rule that fails on one does not stop the rest. What a worker runs."""
    return [_read(task, rules) for task in tasks]


def _read(task: Task, rules: Rules) -> Result:
    extractor = rules.only(task.rules)
    try:
        # Rules that were run to be read have read the document before: what they find is stored.
        return [x for x in _found(task, extractor) if x.rule_id in task.rules], None
    except Exception as error:  # noqa: BLE001 -- a user's rule may raise anything; one document must not stop the rest
        return None, f"{type(error).__name__}: {error}"


def _found(task: Task, extractor: Extractor) -> list[Extraction]:
    """Extract from an abstract, or from a full text with its sections and tables; what stands on a page tells which."""
    full = task.full
    if full is None:
        return extractor.extract(task.text)
    found = extract_full_text(
        extractor, full.text, full.sections, full.tables, aside=full.printed_tables(), cited=full.cited, document_id=task.document_id
    )
    return [replace(x, evidence=replace(x.evidence, page=x.evidence.page or full.page_at(x.evidence.start))) for x in found]


def to_json(x: Extraction) -> dict[str, Any]:
    """Return an extraction as JSON-ready data, with all of its evidence."""
    return asdict(x)


def from_json(data: dict[str, Any]) -> Extraction:
    """Return the extraction that :func:`to_json` wrote.

    Examples
    --------
    >>> import json
    >>> x = Extraction("sample_size", 120, Evidence(0, 3, "120", "120 people."), "sample_size", "1.0.0", fields={"unit": "participant"})
    >>> from_json(json.loads(json.dumps(to_json(x)))) == x
    True
    """
    return Extraction(**{**data, "evidence": Evidence(**data["evidence"])})
