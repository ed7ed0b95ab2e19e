"""Which records are one study: records that share an identifier or are alike enough, never across different works of one kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Two records that seem to report the same study. ``score`` is 2 for a reviewer's word, 1 for an identifier, below 1 for likeness."""

    paper_id: str
    other_id: str
    reason: str
    score: float


@dataclass(frozen=True, slots=True)
class Linked:
    """The study of every record that is not alone, and the links that made it so."""

    study_of: dict[str, str]
    reason_of: dict[str, str]
    links: tuple[Link, ...]


def link_records(links: Iterable[Link], works: Mapping[str, Mapping[str, str]], apart: frozenset[str] = frozenset()) -> Linked:
    """Join records into studies, the strongest links first.

    Parameters
    ----------
    links : iterable of Link
        Candidates.
    works : mapping of str to mapping
        Of each record, the identifiers that name its work, by kind (see :func:`miner.link.identifiers.works`): a study never holds
        two different ones of one kind, so that two articles of one title stay two studies, whatever links them through a third.
    apart : frozenset of str
        Records that a reviewer has split off: only a reviewer's own merge joins them again.

    Returns
    -------
    Linked
        A study is named by the smallest identifier of its records. Links that were refused or added nothing are left out.

    Examples
    --------
    >>> found = link_records([Link("arxiv:1", "pmid:2", "same DOI", 1.0)], {})
    >>> found.study_of
    {'arxiv:1': 'arxiv:1', 'pmid:2': 'arxiv:1'}
    """
    parent: dict[str, str] = {}
    known: dict[str, dict[str, str]] = {}
    members: dict[str, list[str]] = {}
    used: list[Link] = []
    for link in sorted(links, key=lambda x: (-x.score, x.paper_id, x.other_id, x.reason)):
        if link.score <= 1 and (link.paper_id in apart or link.other_id in apart):
            continue
        a, b = (_root(parent, p) for p in (link.paper_id, link.other_id))
        if a == b:
            continue
        of_a, of_b = (known.get(r) or dict(works.get(r, {})) for r in (a, b))
        if link.score <= 1 and any(of_b.get(kind, name) != name for kind, name in of_a.items()):
            continue
        keep, gone = min(a, b), max(a, b)
        parent[gone] = keep
        known[keep] = of_b | of_a
        members[keep] = members.get(keep, [keep]) + members.pop(gone, [gone])
        used.append(link)
    study_of = {paper: root for root, papers in members.items() for paper in papers}
    reason_of: dict[str, str] = {}
    for link in used:
        for paper in (link.paper_id, link.other_id):
            reason_of.setdefault(paper, link.reason)
    return Linked(dict(sorted(study_of.items())), reason_of, tuple(used))


def _root(parent: dict[str, str], paper: str) -> str:
    root = paper
    while (above := parent.get(root)) is not None:
        root = above
    while (above := parent.get(paper)) is not None and above != root:
        parent[paper], paper = root, above
    return root
