"""The records that flow through miner; a SQL column has its field's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

# ``arxiv``, ``pubmed``, ``europepmc``, ``openalex``, ``file``, or what a package's source calls its records.
Source = str


@dataclass(frozen=True, slots=True)
class Author:
    """One author: a person, or a collective (then ``collective`` holds its name and the rest is None)."""

    name: str
    family: str | None = None
    given: str | None = None
    initials: str | None = None
    suffix: str | None = None
    collective: str | None = None
    orcid: str | None = None
    affiliations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AbstractSection:
    """One section of an abstract: its label as printed, NLM's category, its text.

    ``kind`` is ``abstract`` for the article's own, or the type and language of an OtherAbstract.
    """

    label: str | None
    category: str | None
    text: str
    kind: str = "abstract"


@dataclass(frozen=True, slots=True)
class Correction:
    """One CommentsCorrections entry: ``kind`` is NLM's RefType (``RetractionIn``, ``ErratumIn`` …)."""

    kind: str
    pmid: str | None = None
    reference: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword; ``kind`` is ``author`` for those that authors or a database gave, ``topic`` for those that OpenAlex derived."""

    keyword: str
    kind: str = "author"


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant that paid for the work: who gave it, its number, and the funder's country as the source writes it."""

    funder: str
    number: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """One bibliographic record of one source, as harvested or imported.

    ``paper_id`` is ``pmid:<PMID>`` or ``arxiv:<id without version>``, and ``epmc:<id>``, ``openalex:<id>``, ``doi:<DOI>`` or ``file:<checksum>`` for what is in neither. A
    record of PubMed or arXiv that another service tells has version 0: their own takes its place. Dates are ISO 8601 strings, cut to the precision that the
    source gives (``2021``, ``2021-03``, ``2021-03-05``). ``abstract`` is plain text, sections joined by newlines, each
    beginning with ``Label:`` where it has one.
    """

    paper_id: str
    source: Source
    title: str
    abstract: str = ""
    year: int | None = None
    published: str | None = None
    updated: str | None = None
    venue: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    pii: str | None = None
    categories: tuple[str, ...] = ()
    version: int = 1
    withdrawn: bool = False
    retracted: bool = False
    language: str | None = None
    comment: str | None = None
    journal_ref: str | None = None
    license: str | None = None
    publication_date_raw: str | None = None
    publication_types: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    sections: tuple[AbstractSection, ...] = ()
    corrections: tuple[Correction, ...] = ()
    raw_sha256: str | None = None
    keywords: tuple[Keyword, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def text(self) -> str:
        """The text that extraction reads: the title, a newline, the abstract."""
        return f"{self.title}\n{self.abstract}"


@dataclass(frozen=True, slots=True)
class Document:
    """One text that extraction reads, and where it came from.

    ``kind`` is ``abstract``, ``pdf`` or ``jats``; ``sha256`` is that of the text as read by ``parser`` version
    ``parser_version``.
    """

    document_id: str
    paper_id: str
    kind: str
    text: str
    sha256: str
    parser: str = "abstract"
    parser_version: str = "1"
    raw_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value stands: offsets are code points into the document's text, ``end`` exclusive."""

    start: int
    end: int
    quote: str
    sentence: str | None = None
    page: int | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """One value that a rule found. ``fields`` holds what is proper to its kind (see the gold codebook's names)."""

    kind: str
    value: float | int | str
    evidence: Evidence
    rule_id: str
    rule_version: str
    score: float = 1.0
    fields: dict[str, Any] = field(default_factory=dict)

    def to_label(self) -> dict[str, Any]:
        """Return the line format of ``miner extract --output``."""
        return {
            "kind": self.kind,
            "start": self.evidence.start,
            "end": self.evidence.end,
            "quote": self.evidence.quote,
            "value": self.value,
            **self.fields,
            "rule": self.rule_id,
            "rule_version": self.rule_version,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class Study:
    """One study: the records (preprint, versions, article) that report the same work."""

    study_id: str
    paper_ids: tuple[str, ...]
    reason: str = "single record"


@dataclass(frozen=True, slots=True)
class EffectCandidate:
    """One estimate that an effect was chosen among: ``why`` says why it is the chosen one, or is not.

    ``extraction_id`` is the performance's; ``part``, ``n`` and ``score`` are as in `Effect`.
    """

    extraction_id: str
    estimate: float
    part: str | None
    n: int | None
    score: float
    chosen: bool
    why: str


@dataclass(frozen=True, slots=True)
class EffectLabel:
    """A label of the estimate that stands for an effect: how near it stands (``clause``, ``sentence``, ``title``, ``table``), where, and whether the effect took it."""

    kind: str
    value: str
    reach: str
    start: int
    score: float | None
    taken: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """One row a study × metric × task × part of the data: the estimate, the n on which it was measured, and how both were chosen.

    ``part`` is ``train``, ``validation``, ``test``, ``external``, ``cross-validation``, ``whole`` or None where the text doesn't tell it. ``score`` is the
    probability that the estimate is the study's own and of this metric, ``n_score`` the probability that ``n`` (or its absence) is right; ``n_why`` names
    the reason. ``on`` holds the extractions whose sum is ``n``, ``candidates`` all estimates that the effect was chosen among, itself included.
    ``task`` is the key ``QUESTION: target [vs comparator]``, where it is sure enough; ``question`` alone may be told.
    ``pool_key`` and ``pool_condition`` are the two finer of the three levels by which questions are rolled up: the key (with the data set of a benchmark), and
    ``QUESTION: condition``. ``labels`` holds the estimate's own labels with their evidence.
    ``name`` is the own name of a score that is filed as ``other``. ``consistent`` says whether the estimate can be a count of ``n`` units, with
    the ``nearest_count``; both are None where that can't be asked.
    """

    effect_id: str
    study_id: str
    origin: str
    metric: str
    estimate: float
    reference: str | None = None
    task: str | None = None
    n: int | None = None
    n_unit: str | None = None
    n_role: str | None = None
    year: int | None = None
    question: str | None = None
    target: str | None = None
    comparator: str | None = None
    dataset: str | None = None
    method: str | None = None
    modality_group: str | None = None
    pool_key: str | None = None
    pool_condition: str | None = None
    condition: str | None = None
    modality: str | None = None
    validation: str | None = None
    decided: str | None = None
    performance_extraction_id: str | None = None
    sample_size_extraction_id: str | None = None
    part: str | None = None
    score: float | None = None
    n_score: float | None = None
    n_why: str | None = None
    on: tuple[str, ...] = ()
    candidates: tuple[EffectCandidate, ...] = ()
    labels: tuple[EffectLabel, ...] = ()
    name: str | None = None
    consistent: bool | None = None
    nearest_count: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's word on an extraction; it overrides without changing it. ``action``: accept, correct or reject."""

    extraction_id: str
    action: Literal["accept", "correct", "reject"]
    reviewer: str
    decided_at: str
    value: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job. ``state``: running, done, partial or failed."""

    run_id: str
    job: str
    state: str
    started: str
    finished: str | None = None
    message: str | None = None
