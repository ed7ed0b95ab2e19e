"""The explorer: its page, its rows and words as scripts that load from disk, and the references that it saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from miner.export.bibtex import to_bibtex
from miner.export.records import references_of
from miner.export.ris import to_ris
from miner.extract.rule import rule_vocabulary
from miner.store.site.explorer import OF_EFFECT, OF_PAPER, ORDER, SELECTED, column_names, explorer_rows, limits_of, words_of_papers
from miner.store.site.papers import site_papers
from miner.web.place import paper_path
from miner.web.shell import as_script, plain

if TYPE_CHECKING:
    from miner.web.place import Site

SCRIPTS = ("core", "filter", "plot", "table", "facets", "save", "explorer")
PAGE = "papers/index.html"
_SHARD = 2_000  # papers whose rows stand in one script
_REFERENCES = 200  # papers whose references stand in one script
_LISTED = 250  # papers on one page of the plain list
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def write_explorer(site: Site) -> None:
    """Write ``papers/index.html``, the plain lists beside it, and the scripts with data below ``data/``."""
    papers: list[dict[str, Any]] = []
    scripts = []
    for number, shard in enumerate(_shards(explorer_rows(site.con, site.papers))):
        name = f"data/rows-{number:03}.js"
        site.write(name, as_script("miner.add", packed_rows(shard)))
        scripts.append(name)
        papers += [{"paper_id": p[0]["paper_id"], **{k: p[0][k] for k in ("title", "first_author", "year", "venue")}} for p in shard]
    order = [paper["paper_id"] for paper in papers]
    site.write("data/words.js", as_script("miner.indexed", packed_words(words_of_papers(site.con, order))))
    _write_references(site, order)
    site.write("data/explorer.js", as_script("miner.described", _facts(site, scripts)))
    _write_pages(site, papers, scripts)


def _facts(site: Site, scripts: list[str]) -> dict[str, Any]:
    """Return what the scripts must know beside the rows."""
    words = rule_vocabulary([site.workspace.rules])
    names = {name for m in words.metrics for name in (m.name, m.metric) if name}
    return {
        "columns": column_names(site.con),
        "select": SELECTED,
        "order": ORDER,
        "limits": limits_of(site.job, site.papers[-1] if len(site.papers) < len(site_papers(site.con, site.job)) else None),
        "labels": {name: words.label(name) for name in sorted(names) if words.label(name) != name},
        "short": {name: words.short(name) for name in sorted(names) if words.short(name) != words.label(name)},
        "shares": [name for name in sorted(names) if words.is_share(name)],
        "references": _REFERENCES,
        "shards": len(scripts),
    }


def _shards(rows: Iterator[dict[str, Any]]) -> Iterator[list[list[dict[str, Any]]]]:
    """Gather rows by paper, and papers by shard."""
    shard: list[list[dict[str, Any]]] = []
    for _, of_paper in groupby(rows, key=lambda row: row["paper_id"]):
        shard.append(list(of_paper))
        if len(shard) == _SHARD:
            yield shard
            shard = []
    if shard:
        yield shard


def packed_rows(papers: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Return rows column by column: those of papers once a paper, texts that repeat once a script.

    Parameters
    ----------
    papers : sequence of sequences of dict
        The rows of each paper.
    """
    firsts = [rows[0] for rows in papers]
    columns = {name: _packed([row[name] for row in firsts]) for name in OF_PAPER}
    columns["page"] = [paper_path(row["paper_id"]).removeprefix("papers/").removesuffix(".html") for row in firsts]
    read = ((i, row["title"], plain(row["title"])) for i, row in enumerate(firsts))
    return {
        "papers": columns,
        "plain": {i: said for i, raw, said in read if raw != said},
        "of": [len(rows) for rows in papers],
        "rows": {name: _packed([row[name] for rows in papers for row in rows]) for name in OF_EFFECT},
    }


def _packed(values: list[Any]) -> list[Any] | dict[str, list[Any]]:
    """Return values as they are, or where they repeat as different ones and the place of each among them."""
    known = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return {"of": list(known), "at": [known[v] for v in values]} if 2 * len(known) < len(values) else values


def packed_words(words: Iterator[tuple[str, list[int]]]) -> dict[str, str]:
    """Return an index: words as browsers order them, and of each the papers, as text.

    Examples
    --------
    >>> packed_words(iter([("mri", [0, 2, 40]), ("eeg", [2])]))
    {'words': 'eeg mri', 'papers': 'C AChG'}
    """
    held = sorted(words, key=lambda word: word[0].encode("utf-16-be"))
    return {"words": " ".join(word for word, _ in held), "papers": " ".join(_steps(places) for _, places in held)}


def _steps(places: list[int]) -> str:
    """Write ascending numbers as steps from one to the next, each in digits of five bits, the lowest last; all but the last have the sixth bit."""
    out = []
    before = 0
    for place in places:
        step, before = place - before, place
        digits = [step & 31]
        while step := step >> 5:
            digits.append(step & 31 | 32)
        out += [_ALPHABET[d] for d in reversed(digits)]
    return "".join(out)


def _write_references(site: Site, order: list[str]) -> None:
    """Write what the explorer saves as RIS and BibTeX: the records as exports write them, one by one."""
    for number, start in enumerate(range(0, len(order), _REFERENCES)):
        found = references_of(site.con, order[start : start + _REFERENCES])
        for name, written in (("ris", to_ris), ("bib", to_bibtex)):
            texts = [written([reference]) for reference in found]
            site.write(f"data/{name}-{number:03}.js", as_script("miner.referred", {"kind": name, "number": number, "texts": texts}))


def _write_pages(site: Site, papers: list[dict[str, Any]], scripts: list[str]) -> None:
    """Write the explorer's page, and for those who read without scripts all papers by year, so many on a page."""
    years: dict[int | None, list[dict[str, Any]]] = {}
    for paper in papers:
        years.setdefault(paper["year"], []).append({**paper, "page": paper_path(paper["paper_id"])})
    lists = [(year, len(found), f"papers/list/{year or 'no-year'}") for year, found in years.items()]
    inline = years if len(papers) <= _LISTED else {}
    values = {"years": lists, "listed": inline, "papers": len(papers), "data": scripts, "scripts": SCRIPTS}
    site.write(PAGE, site.shell.page("explorer.html", PAGE, title="Papers", **values))
    for (_, count, stem), (year, found) in zip(lists, years.items(), strict=True):
        paths = [f"{stem}{f'-{i + 1}' if i else ''}.html" for i in range(-(-count // _LISTED))]
        for i, path in enumerate(paths):
            shown = found[i * _LISTED : (i + 1) * _LISTED]
            title = f"Papers of {year}" if year else "Papers without a year"
            site.write(path, site.shell.page("list.html", path, title=title, shown=shown, paths=paths, years=lists, count=count))
