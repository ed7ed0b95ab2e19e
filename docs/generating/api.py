"""The pages of the Python API: which names stand on which; Sphinx takes their docstrings."""

from __future__ import annotations

GROUPS = {
    "effects": "Effect sizes of proportions, arms and areas under curves.",
    "models": "Pooling, meta-regression, multilevel and mixed models.",
    "bias": "Tests of asymmetry, selection models, and what is left when small studies are selected.",
    "sensitivity": "Influence, leaving out, permutation, noise, trends over time.",
    "analysis": "All of it on one table, and its words.",
}


def _page(title: str, words: str, directives: list[str]) -> str:
    return "\n".join([f"# {title}", "", words, "", *(line for d in directives for line in ("```{eval-rst}", d, "```", ""))]).rstrip() + "\n"


def api_pages() -> dict[str, str]:
    """Return the pages by their names below ``reference/``."""
    from miner import meta

    pages = {
        "api-miner.md": _page("miner", "What `import miner` gives. All of it is [stable](../explanation/stability.md).", [
            ".. autoclass:: miner.Workspace\n   :members:\n   :member-order: bysource", "`miner.extract` is this function:", ".. autofunction:: miner.extract.frame.extract", "`miner.extract_file` is this one:",
            ".. autofunction:: miner.library.extract_file"]),
        "api-errors.md": _page("miner.errors", "One tree; each has an [exit code](exit-codes.md).", [
            ".. automodule:: miner.errors\n   :members:\n   :member-order: bysource"]),
        "api-extend.md": _page("For packages", "What a package that adds a source, a reader of files, an analysis or a panel writes.", [
            ".. autoclass:: miner.harvest.source.SourceSpec", ".. automodule:: miner.harvest.source\n   :members: Source, Lister, Page, Outcome\n   :noindex:",
            ".. autoclass:: miner.harvest.reader.FileReader", ".. autoclass:: miner.types.Paper", ".. autoclass:: miner.harvest.records.Problem",
            ".. autoclass:: miner.meta.analysis.record.Record", ".. autoclass:: miner.report.gallery.spec.PanelSpec"]),
    }  # fmt: skip
    for group, words in GROUPS.items():
        names = [n for n in meta.__all__ if callable(getattr(meta, n)) and getattr(meta, n).__module__.startswith(f"miner.meta.{group}")]
        directives = [f".. autofunction:: miner.meta.{n}" for n in names]
        pages[f"api-meta-{group}.md"] = _page(f"miner.meta: {group}", words, directives)
    return pages
