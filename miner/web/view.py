"""What a paper's template is filled with, and its data beside the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from miner.digits import STORED, significant
from miner.export.references import page_of
from miner.say import headed, listed
from miner.web.abstract import summary_spans
from miner.web.pages import FACETS, cited_as
from miner.web.peer_chart import key_words, peer_chart
from miner.web.place import paper_path
from miner.web.shell import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from miner.web.pages import PaperPage
    from miner.web.peers import Standing

_SOURCES = {"arxiv": "arXiv", "pubmed": "PubMed", "europepmc": "Europe PMC", "openalex": "OpenAlex", "file": "Imported from a file"}
_LABELS = ("task", "condition", "modality", "dataset", "validation", "method")


def view(page: PaperPage, snapshot: str) -> dict[str, Any]:
    """Return what the template shows of a page."""
    numbers = [n for q in page.numbers for n in q.numbers]
    pieces = [*page.title, *(p for paragraph in page.abstract for p in paragraph.pieces)]
    anchors = {name for p in pieces for name in p.ids}
    return {
        "record": page.record,
        "rows": {**page.rows, "authors": _authors(page)},
        "cited": cited_as(page),
        "json_name": page.path.rpartition("/")[2].replace(".html", ".json"),
        "banners": page.banners,
        "kicker": _kicker(page),
        "identifiers": _identifiers(page.record),
        "sentence": page.sentence,
        "listed": {n.id for n in numbers},
        "anchors": anchors,
        "numbers": page.numbers,
        "more_numbers": page.more_numbers,
        "read_in": "the title and the abstract"
        + (" or the full text" if any(d["state"] == "read" for d in page.rows["full_texts"]) else ""),
        "title": page.title,
        "abstract": page.abstract,
        "places": _places(page),
        "unplaced": _unplaced(page.places),
        "facets": _facets(page, anchors),
        "summary": _summary(page, anchors),
        "network": page.network,
        "providers": {n["provider"]: _SOURCES.get(n["provider"], n["provider"]) for n in page.rows["counts"]},
        "related": _related(page),
        "notes": [(d["reviewer"], d["day"], d["note"]) for d in page.rows["decisions"] if d["note"]],
        "labels": _labels(page),
        "versions": _versions(page),
        "provenance": _provenance(page, snapshot),
    }


def _authors(page: PaperPage) -> list[dict[str, Any]]:
    found = []
    for a in page.rows["authors"]:
        orcid = (a["orcid"] or "").rpartition("/")[2]
        known = len(orcid) == 19 and orcid.replace("-", "").replace("X", "").isdigit()
        found.append({**a, "orcid_link": f"https://orcid.org/{orcid}" if known else ""})
    return found


def _kicker(page: PaperPage) -> str:
    r = page.record
    source = _SOURCES.get(r["source"], r["source"])
    if r["source"] == "arxiv":
        kind = "journal reference given" if r["journal_ref"] else "preprint"
        return " · ".join([" ".join([source, *r["categories"][:1]]), kind])
    kinds = [k for k in r["publication_types"] if not k.startswith("Research Support")]
    return " · ".join([source, *kinds[:3]])


def _identifiers(r: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = [
        ("DOI", r["doi"], page_of(r["doi"], None, None)),
        ("arXiv", r["arxiv_id"], page_of(None, r["arxiv_id"], None)),
        ("PMID", r["pmid"], page_of(None, None, r["pmid"])),
        ("PMCID", r["pmcid"], f"https://pmc.ncbi.nlm.nih.gov/articles/{r['pmcid']}/" if r["pmcid"] else None),
        ("PDF", r["arxiv_id"], f"https://arxiv.org/pdf/{r['arxiv_id']}" if r["arxiv_id"] else None),
    ]
    return [(name, value, link or "") for name, value, link in found if value]


def _places(page: PaperPage) -> list[dict[str, Any]]:
    """Return the values that have peers enough, that of the paper's main effect first, with its picture."""
    first = page.effect["effect_id"] if page.effect else ""
    told = sorted((p for p in page.places if p.above is not None), key=lambda p: p.effect_id != first)
    evidence = {e["effect_id"]: e["performance_extraction_id"] for e in page.rows["effects"]}
    return [
        {
            "value": p.peers.says(p.row),
            "id": evidence[p.effect_id],
            "what": p.peers.what,
            "task": p.peers.task,
            "n": f"{p.peers.n[p.row]:,.0f}",
            "words": p.words,
            "svg": peer_chart(p) if i == 0 else "",
            "key": key_words(p.peers) if i == 0 else [],
        }
        for i, p in enumerate(told)
    ]


def _unplaced(places: Sequence[Standing]) -> str:
    few = {f"{p.peers.what} ({p.others:,})": None for p in places if p.above is None}
    return f"Peers are too few for a percentile, which takes ten: {listed(list(few))}." if few else ""


def _facets(page: PaperPage, anchors: set[str]) -> list[dict[str, str]]:
    by_name = {f["facet"]: f for f in page.rows["facets"]}
    return [
        {"name": words, "text": by_name[name]["text"], "anchor": f"f-{name}" if f"f-{name}" in anchors else ""}
        for name, words in FACETS.items()
        if name in by_name
    ]


def _summary(page: PaperPage, anchors: set[str]) -> dict[str, Any] | None:
    """Return the claims of a summary, each with the anchors of its sentences, and what made it; None where there is none."""
    rows = page.rows["summary"]
    place = {(s.start, s.end): s.anchor for s in summary_spans(rows)}
    claims = []
    for row in rows:
        found = [place[at] for at in zip(row["starts"], row["ends"], strict=True)]
        claims.append((row["claim"], [a for a in found if a in anchors]))
    return {"claims": claims, "model": rows[0]["model"], "prompt": rows[0]["prompt"]} if rows else None


def _link(page: PaperPage, other: str) -> str:
    return "../../" + paper_path(other) if other in page.known.pages else ""


def _related(page: PaperPage) -> list[dict[str, Any]]:
    return [
        {
            "title": plain(o["title"]),
            "link": _link(page, o["other_id"]),
            "year": o["year"],
            "retracted": o["retracted"],
            "why": headed("; ".join(plain(w) for w in o["why"])),
            "says": page.known.says.get(o["other_id"], ""),
        }
        for o in page.rows["related"]
    ]


def _labels(page: PaperPage) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the labels of the paper's effects, each with the explorer's address of those who have it; where there are none, those that were read."""
    found = []
    for kind in _LABELS:
        own = dict.fromkeys(e[kind] for e in page.rows["effects"] if e[kind])
        read = dict.fromkeys(x["value_text"] or x["quote"] for x in page.rows["extractions"] if x["kind"] == kind)
        named = [(value, _explorer(kind, value)) for value in own] or [(value, "") for value in read]
        if named:
            found.append((headed(kind), named))
    return found


def _explorer(kind: str, value: str) -> str:
    """Return where the explorer shows all with this label."""
    asked = {"q": f'method:"{value}"'} if kind == "method" else {kind: value}
    return f"../index.html#{urlencode(asked)}"


def _versions(page: PaperPage) -> list[dict[str, str]]:
    found = [
        {
            "title": plain(m["title"]),
            "link": _link(page, m["other_id"]),
            "says": ", ".join(str(x) for x in (_SOURCES.get(m["source"], m["source"]), m["year"], m["reason"]) if x),
        }
        for m in page.rows["mates"]
    ]
    own = page.rows["versions"]
    if len(own) > 1:
        found += [{"title": f"Version {v['version']} of this record", "link": "", "says": (v["updated"] or "")[:10]} for v in own]
    return found


def _provenance(page: PaperPage, snapshot: str) -> list[tuple[str, str, bool]]:
    r = page.record
    rules = list(dict.fromkeys(f"{x['rule_id']} {x['rule_version']}" for x in page.rows["extractions"]))
    fetched = next(((f["fetched_at"] or "")[:10] for f in page.rows["fetches"]), "")
    full = [d["kind"] if d["state"] == "read" else f"{d['kind']} not read: {d['reason']}" for d in page.rows["full_texts"]]
    funders = [" ".join(x for x in (f["funder"], f["number"]) if x) for f in page.rows["funders"]]
    found = [
        ("Record", r["paper_id"], True),
        ("Snapshot", snapshot, True),
        ("Response, SHA-256", r["raw_sha256"] or "", True),
        ("Fetched on", fetched, False),
        ("Job", ", ".join(j["job"] for j in page.rows["jobs"]), False),
        ("In the flow", f"{r['stage']}: {r['flow_reason']}" if r["stage"] else "", False),
        ("Full text", "; ".join(full) or "not read", False),
        ("Rules", ", ".join(rules), False),
        ("Funding", "; ".join(dict.fromkeys(funders)), False),
        ("Licence", r["license"] or "not told", False),
    ]
    return [(name, value, code) for name, value, code in found if value]


def as_data(page: PaperPage, snapshot: str) -> str:
    """Return the page as JSON: everything that was read, with its provenance."""
    hidden = {"first_seen", "study_reason"}
    data = {
        "snapshot": snapshot,
        "paper": {k: v for k, v in page.record.items() if k not in hidden},
        "sentence": "".join(text for text, _ in page.sentence),
        "peers": [
            {
                "effect_id": p.effect_id,
                "peers": p.others,
                "higher_than": p.above,
                "points_from_model": p.residual,
                "outside_sampling": p.outside,
            }
            for p in page.places
        ],
        **{
            kind: [{k: v for k, v in row.items() if k != "paper_id"} for row in rows]
            for kind, rows in page.rows.items()
            if rows or kind != "summary"
        },
    }
    return json.dumps(significant(data, STORED), ensure_ascii=False, separators=(",", ":"), default=str) + "\n"
