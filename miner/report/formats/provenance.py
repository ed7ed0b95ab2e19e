"""The footer: from what, with what and how a report was made, so that anyone can make it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from miner.report.data import ReportData

PACKAGES = ("duckdb", "spacy", "numpy", "scipy", "pandas", "statsmodels", "matplotlib")
# Facts that differ between machines with other versions of packages, though nothing else does.
VOLATILE = frozenset({"Snapshot", "miner", "Packages"})


def facts_of(data: ReportData) -> list[tuple[str, str]]:
    """Return what the footer says of a job's records: queries with their days, counts, rules and parsers."""
    facts = [("Queries", _queries(data))]
    facts += [("Counts", ", ".join(f"{count:,} {name}" for name, count in data.counts.items()))]
    facts += [("Rules", ", ".join(f"{rule} {version} ({sha256[:8]})" for rule, version, sha256 in data.rules) or "none was run")]
    if data.parsers:
        facts += [("Parsers", ", ".join(f"{name} {version}" for name, version in data.parsers))]
    return facts


def _queries(data: ReportData) -> str:
    said = [
        f"{source}: {query}"
        + (f", from {since}" if since else "")
        + (f" until {until}" if until else "")
        + (f", asked on {asked}" if asked else "")
        for source, query, since, until, asked in data.searches
    ]
    there = {(source, query) for source, query, *_ in data.searches}
    for harvest in data.definition.get("harvest", []):
        if (harvest["source"], harvest["query"]) not in there:
            days = "".join(f" {word} {harvest[key]}" for key, word in (("since", "from"), ("until", "until")) if harvest.get(key))
            said.append(f"{harvest['source']}: {harvest['query']}{days}, not asked yet")
    return "; ".join(said) or "none: the records were imported from files"


def footer(snapshot: Path, facts: list[tuple[str, str]], command: str) -> list[tuple[str, str]]:
    """Return all that the footer says, in order."""
    from importlib.metadata import version

    from miner import __version__

    return [
        ("Snapshot", snapshot.resolve().stem),
        *facts,
        ("miner", __version__),
        ("Packages", ", ".join(f"{p} {version(p)}" for p in PACKAGES)),
        ("Made by", command),
    ]
