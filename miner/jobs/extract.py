"""Extraction over a workspace: every document that a new or changed rule concerns, and no other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from miner.extract.api import Extractor, load_rules
from miner.extract.fulltext import extract_full_text
from miner.jobs.documents import reread_outdated
from miner.store.connect import writing
from miner.store.documents import Pending, RuleKey, pending, sync_abstracts, sync_rules
from miner.store.extractions import write_extractions
from miner.store.fulltexts import full_text
from miner.store.snapshot import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from miner.config import Workspace
    from miner.types import Extraction


@dataclass(slots=True)
class ExtractReport:
    """What a run of extraction did: documents read, values found, and documents that a rule failed on (document, reason)."""

    documents: int = 0
    values: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def extract_workspace(workspace: Workspace, say: Callable[[str], None]) -> ExtractReport:
    """Extract from all that a new or changed rule concerns, choose effects again, and publish."""
    from miner.jobs.link import link_all

    with writing(workspace) as con:
        report = extract_pending(con, workspace, say)
        link_all(con)
        publish(con, workspace)
    return report


def extract_pending(con: duckdb.DuckDBPyConnection, workspace: Workspace, say: Callable[[str], None]) -> ExtractReport:
    """Run each rule over the documents that it has not read in their present text and its present state."""
    rules = load_rules([workspace.rules])
    keys = {r.id: RuleKey(r.id, r.version, r.kind, r.sha256) for r in rules}
    reread_outdated(con, workspace, say)
    sync_abstracts(con)
    sync_rules(con, list(keys.values()))
    extractors: dict[tuple[str, ...], Extractor] = {}
    report = ExtractReport()
    for batch in pending(con, list(keys.values())):
        done = []
        for document in batch:
            if document.rules not in extractors:
                extractors[document.rules] = Extractor(rules.only(*document.rules))
            try:
                done.append((document, _extracted(con, extractors[document.rules], document)))
            except Exception as error:  # noqa: BLE001 -- a user's rule may raise anything; one document must not stop the rest
                report.failed.append((document.document_id, f"{type(error).__name__}: {error}"))
        if done:
            report.values += write_extractions(con, done, keys)
        report.documents += len(done)
        say(f"extracted from {report.documents:,} documents: {report.values:,} values")
    return report


def _extracted(con: duckdb.DuckDBPyConnection, extractor: Extractor, document: Pending) -> list[Extraction]:
    """Extract from an abstract, or from a full text with its sections and tables; what stands on a page tells which."""
    if document.kind == "abstract":
        return extractor.extract(document.text)
    read = full_text(con, document.document_id)
    if read is None:
        return extractor.extract(document.text)
    found = extract_full_text(
        extractor, read.text, read.sections, read.tables, aside=read.printed_tables(), document_id=document.document_id
    )
    return [replace(x, evidence=replace(x.evidence, page=x.evidence.page or read.page_at(x.evidence.start))) for x in found]
