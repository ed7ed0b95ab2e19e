"""Records as CSL-JSON, for word processors and citation processors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from miner.export.format import Export, ExportFormat
from miner.export.records import write_references
from miner.export.references import Reference


def to_csl_json(references: Iterable[Reference]) -> str:
    """Return CSL-JSON (Citation Style Language 1.0.2, ``csl-data.json``)."""
    return json.dumps([_csl(r) for r in references], ensure_ascii=False, indent=1) + "\n"


def _csl(r: Reference) -> dict[str, Any]:
    item: dict[str, Any] = {"id": r.paper_id, "type": "article" if r.is_preprint else "article-journal", "title": r.title}
    if r.authors:
        item["author"] = [{"family": family, "given": given} if given else {"literal": family} for family, given in r.authors]
    parts = [int(p) for p in (r.published or "").split("-") if p.isdigit()] or ([r.year] if r.year else [])
    if parts:
        item["issued"] = {"date-parts": [parts[:3]]}
    if r.arxiv_id:
        item["archive"], item["archive_location"] = "arXiv", r.arxiv_id
    optional = {
        "container-title": r.venue,
        "DOI": r.doi,
        "PMID": r.pmid,
        "PMCID": r.pmcid,
        "URL": r.url,
        "abstract": r.abstract,
        "language": r.language,
    }
    return item | {k: v for k, v in optional.items() if v} | ({"keyword": ", ".join(r.keywords)} if r.keywords else {})


def _write(asked: Export) -> str:
    return write_references(asked, to_csl_json)


FORMAT = ExportFormat("csl-json", "records for word processors (Citation Style Language)", _write, suffixes=(".json",))
