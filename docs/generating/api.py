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
    return (
        "\n".join(
            [
                f"# {title}",
                "",
                words,
                "",
                *(line for d in directives for line in (("```{eval-rst}", d, "```", "") if d.startswith("..") else (d, ""))),
            ]
        ).rstrip()
        + "\n"
    )


def directive(module: object, name: str) -> str:
    """Return the directive that documents a public name of a module, where it is made."""
    import inspect

    found = getattr(module, name)
    path = f"{found.__module__}.{found.__name__}" if hasattr(found, "__name__") else f"{module.__name__}.{name}"  # type: ignore[attr-defined]
    if inspect.isclass(found):
        return f".. autoclass:: {path}" + ("\n   :members:" if name in MEMBERS else "")
    return f".. auto{'function' if callable(found) else 'data'}:: {path}"


# Classes of which people call or write methods.
MEMBERS = {"Extractor", "Http", "Jobs", "Lister", "Reader", "Reports", "Reviews", "RuleSet", "Schedule", "Source"}


def _all(module: object) -> list[str]:
    return [directive(module, n) for n in module.__all__]  # type: ignore[attr-defined]


def api_pages() -> dict[str, str]:
    """Return the pages by their names below ``reference/``."""
    from miner import library, meta, parts, rules, workspace

    homes = {
        "extract": "miner.extract.frame",
        "extract_file": "miner.library",
        "check_studies": "miner.library",
        "propose_mapping": "miner.library",
        "read_files": "miner.library",
        "run_demo": "miner.workspace.demo",
    }
    functions = [line for n, home in homes.items() for line in (f"`miner.{n}` is this function:", f".. autofunction:: {home}.{n}")]
    pages = {
        "api-miner.md": _page("miner", "What `import miner` gives. All of it is [stable](../explanation/stability.md).", [
            ".. autoclass:: miner.Workspace\n   :members:\n   :inherited-members:\n   :member-order: bysource",
            *(directive(workspace, n) for n in workspace.__all__ if n != "Workspace"), *functions]),
        "api-results.md": _page("What is given back", "By name in `miner.library`: reports of what was done, hits, full texts; and the steps of runs, kinds of sections.",
            [directive(library, n) for n in library.__all__ if n not in homes]),
        "api-rules.md": _page("miner.rules", "For those who write rules: load, begin, try, explain, score.", _all(rules)),
        "api-errors.md": _page("miner.errors", "One tree; each has an [exit code](exit-codes.md).", [
            ".. automodule:: miner.errors\n   :members:\n   :member-order: bysource"]),
        "api-extend.md": _page("For packages and workspaces", "What is written to add a source, a reader of files, an analysis, a panel or an export format, and the lists of those that "
            "there are. Each can be imported from `miner.parts`: `from miner.parts import SourceSpec`.", _all(parts)),
    }  # fmt: skip
    for group, words in GROUPS.items():
        names = [n for n in meta.__all__ if callable(getattr(meta, n)) and getattr(meta, n).__module__.startswith(f"miner.meta.{group}")]
        directives = [f".. autofunction:: miner.meta.{n}" for n in names]
        if group == "bias":
            directives.append(".. autodata:: miner.meta.bias.selection_result.VEVEA_WOODS\n   :no-value:")
        pages[f"api-meta-{group}.md"] = _page(f"miner.meta: {group}", words, directives)
    return pages
