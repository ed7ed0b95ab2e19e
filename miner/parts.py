"""What miner is made of, and what packages and workspaces add to it: the parts that there are, and the types that a new one is written with.

Each name is that of the module where it is documented; nothing is imported before it is used.

>>> from miner import parts
>>> "pubmed" in parts.sources(), "forest" in parts.panels()
(True, True)
"""

from typing import TYPE_CHECKING

from miner.lazy import lazy

if TYPE_CHECKING:
    from miner.export.format import Export, ExportFormat, formats
    from miner.harvest.http import Budget, Http
    from miner.harvest.reader import FileReader, read_whole, readers
    from miner.harvest.records import Cited, Deleted, Problem
    from miner.harvest.registry import source_spec, sources
    from miner.harvest.source import Lister, Outcome, Page, Reader, Source, SourceSpec, Step
    from miner.harvest.windows import Window, halves
    from miner.meta.analysis.record import Record
    from miner.meta.analysis.registry import records
    from miner.meta.analysis.rows import Analysis, Row
    from miner.meta.analysis.sample import Sample
    from miner.report.gallery.registry import panels
    from miner.report.gallery.spec import PanelSpec
    from miner.report.gallery.subject import Subject
    from miner.report.panels import Panel
    from miner.store.query import NamedQuery, named_queries
    from miner.types import Paper

__all__ = [
    "Analysis", "Budget", "Cited", "Deleted", "Export", "ExportFormat", "FileReader", "Http", "Lister", "NamedQuery", "Outcome", "Page", "Panel", "PanelSpec",
    "Paper", "Problem", "Reader", "Record", "Row", "Sample", "Source", "SourceSpec", "Step", "Subject", "Window", "formats", "halves", "named_queries",
    "panels", "read_whole", "readers", "records", "source_spec", "sources",
]  # fmt: skip

HOMES = {
    "miner.export.format": "Export ExportFormat formats",
    "miner.harvest.http": "Budget Http",
    "miner.harvest.reader": "FileReader read_whole readers",
    "miner.harvest.records": "Cited Deleted Problem",
    "miner.harvest.registry": "source_spec sources",
    "miner.harvest.source": "Lister Outcome Page Reader Source SourceSpec Step",
    "miner.harvest.windows": "Window halves",
    "miner.meta.analysis.record": "Record",
    "miner.meta.analysis.registry": "records",
    "miner.meta.analysis.rows": "Analysis Row",
    "miner.meta.analysis.sample": "Sample",
    "miner.report.gallery.registry": "panels",
    "miner.report.gallery.spec": "PanelSpec",
    "miner.report.gallery.subject": "Subject",
    "miner.report.panels": "Panel",
    "miner.store.query": "NamedQuery named_queries",
    "miner.types": "Paper",
}

__getattr__, __dir__ = lazy(__name__, HOMES)
