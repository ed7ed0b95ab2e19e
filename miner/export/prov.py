"""The chain behind a number as PROV-JSON (W3C Member Submission, 24 April 2013), for other programs' provenance."""

from __future__ import annotations

from typing import Any


def to_prov(chain: dict[str, Any]) -> dict[str, Any]:
    """Return what :func:`miner.store.why.explain` found as a PROV-JSON document.

    Entities are the effect, the extractions, the texts, the responses of the services and rows of imported tables; activities the choice of the
    effect, the runs of rules and the fetches; agents the rules and the reviewers.

    Examples
    --------
    >>> x = {"extraction_id": "x1", "kind": "performance", "value": 0.9, "value_text": None, "quote": "0.9", "sentence": "An AUC of 0.9.",
    ...      "start": 10, "end": 13, "page": None, "rule_id": "performance", "rule_version": "1.0.0", "rule_sha256": "ab", "document_id": "pmid:1#abstract"}
    >>> link = {"extraction": x, "document": None, "paper": None, "fetches": [], "decisions": []}
    >>> sorted(to_prov({"effect": None, "extractions": [link]})["wasGeneratedBy"])
    ['_:g0']
    """
    prov = _Document()
    effect = chain["effect"]
    if effect:
        prov.entity(effect["effect_id"], "effect", {k: effect[k] for k in ("metric", "estimate", "n", "n_unit", "n_role", "decided")})
        prov.activity(f"choice/{effect['effect_id']}", "choice of the effect", {})
        prov.relate("wasGeneratedBy", entity=effect["effect_id"], activity=f"choice/{effect['effect_id']}")
        row = chain.get("table_row")
        if row:
            name = f"{row['file']}/row/{row['row']}/{row['item']}"
            prov.entity(name, "row of a table", {k: row[k] for k in ("review", "file", "row", "estimate_raw", "n_raw")})
            prov.relate("wasDerivedFrom", generatedEntity=effect["effect_id"], usedEntity=name)
    for link in chain["extractions"]:
        _extraction(prov, link)
        if effect:
            x = link["extraction"]["extraction_id"]
            prov.relate("used", activity=f"choice/{effect['effect_id']}", entity=x)
            prov.relate("wasDerivedFrom", generatedEntity=effect["effect_id"], usedEntity=x)
    return prov.content


def _extraction(prov: _Document, link: dict[str, Any]) -> None:
    x, document, paper = link["extraction"], link["document"], link["paper"]
    run = f"run/{x['rule_id']}/{x['rule_version']}/{x['extraction_id']}"
    value = x["value"] if x["value_text"] is None else x["value_text"]
    prov.entity(
        x["extraction_id"],
        "extraction",
        {"kind": x["kind"], "value": value, **{k: x[k] for k in ("quote", "sentence", "start", "end", "page")}},
    )
    prov.activity(run, "run of a rule", {"rule": x["rule_id"], "version": x["rule_version"]})
    agent = f"rule/{x['rule_id']}/{x['rule_version']}"
    prov.agent(agent, "prov:SoftwareAgent", {"sha256": x["rule_sha256"]})
    prov.relate("wasGeneratedBy", entity=x["extraction_id"], activity=run)
    prov.relate("wasAssociatedWith", activity=run, agent=agent)
    text = x["document_id"]
    prov.entity(text, "text", {k: document[k] for k in ("kind", "sha256", "parser", "parser_version")} if document else {})
    prov.relate("used", activity=run, entity=text)
    prov.relate("wasDerivedFrom", generatedEntity=x["extraction_id"], usedEntity=text)
    if paper:
        prov.entity(paper["paper_id"], "record", {k: paper[k] for k in ("title", "source", "doi", "version")})
        prov.relate("wasDerivedFrom", generatedEntity=text, usedEntity=paper["paper_id"])
    for fetch in link["fetches"]:
        response, call = f"sha256/{fetch['sha256']}", f"fetch/{fetch['sha256']}/{fetch['fetched_at']}"
        prov.entity(response, "response", {"sha256": fetch["sha256"]})
        prov.activity(call, "fetch", {"request": fetch["request"], "job": fetch["job"], "source": fetch["source"]}, end=fetch["fetched_at"])
        prov.relate("wasGeneratedBy", entity=response, activity=call)
        prov.relate("wasDerivedFrom", generatedEntity=text, usedEntity=response)
    for decision in link["decisions"]:
        name = f"decision/{decision['decision_id']}"
        prov.agent(f"reviewer/{decision['reviewer']}", "prov:Person", {})
        prov.activity(name, "decision", {k: decision[k] for k in ("action", "value", "note")}, end=decision["decided_at"])
        prov.relate("used", activity=name, entity=x["extraction_id"])
        prov.relate("wasAssociatedWith", activity=name, agent=f"reviewer/{decision['reviewer']}")


class _Document:
    """A PROV-JSON document in the making; every relation gets a blank name of its own."""

    def __init__(self) -> None:
        self.content: dict[str, Any] = {"prefix": {"miner": "urn:miner:"}, "entity": {}, "activity": {}, "agent": {}}
        self._relations = 0

    def entity(self, name: str, kind: str, values: dict[str, Any]) -> None:
        self._add("entity", name, {"prov:type": kind}, values)

    def activity(self, name: str, kind: str, values: dict[str, Any], end: str | None = None) -> None:
        self._add("activity", name, {"prov:type": kind, **({"prov:endTime": end} if end else {})}, values)

    def agent(self, name: str, kind: str, values: dict[str, Any]) -> None:
        self._add("agent", name, {"prov:type": {"$": kind, "type": "prov:QUALIFIED_NAME"}}, values)

    def _add(self, part: str, name: str, head: dict[str, Any], values: dict[str, Any]) -> None:
        self.content[part][f"miner:{name}"] = head | {f"miner:{k}": v for k, v in values.items() if v is not None}

    def relate(self, relation: str, **ends: str) -> None:
        self.content.setdefault(relation, {})[f"_:g{self._relations}"] = {f"prov:{k}": f"miner:{v}" for k, v in ends.items()}
        self._relations += 1
