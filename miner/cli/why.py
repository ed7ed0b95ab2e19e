"""``miner why``: the chain behind a number."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from miner.cli.called import program
from miner.cli.common import JsonOption, WorkspaceOption, check_suffix, counted, say, tell, workspace, write_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(why)


def why(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="An effect_id or extraction_id.")],
    image: Annotated[
        Path | None, typer.Option("--image", metavar="FILE", help="Write the page of a PDF with the value marked (PNG).")
    ] = None,
    as_json: JsonOption = False,
    prov: Annotated[bool, typer.Option("--prov", help="Write PROV-JSON to standard output.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Show the chain behind an effect or extraction: sentence, document, fetch, rule and decisions.

    Example: miner why x0123456789abcdef0123
    """
    check_suffix(image, (".png",), "the picture is PNG")
    place = workspace(where)
    if image is not None:
        say(f"picture written to {place.picture(identifier, image)}")
    if prov:
        write_json(place.provenance(identifier))
    elif as_json:
        write_json(place.why(identifier))
    else:
        tell("\n".join(_lines(place.why(identifier))))


def _lines(chain: dict[str, Any]) -> list[str]:
    lines = []
    effect = chain["effect"]
    if effect:
        n = f", n = {effect['n']:,} {effect['n_unit'] or ''} ({effect['n_role']})" if effect["n"] else ", no n"
        part = f" on {effect['part']} data" if effect["part"] else ""
        lines.append(
            f"effect {effect['effect_id']}: {effect['name'] or effect['metric']} {effect['estimate']:g}{part}{n}; chosen: {effect['decided']}"
        )
        lines += _choice(effect, chain["candidates"])
    lines += _rejected(chain["rejected"])
    row = chain["table_row"]
    if row:
        lines.append(f'table {row["review"]}, {row["file"]}, row {row["row"]}: estimate "{row["estimate_raw"]}", n "{row["n_raw"]}"')
    for link in chain["extractions"]:
        x, document, paper = link["extraction"], link["document"], link["paper"]
        value = x["value_text"] if x["value"] is None else f"{x['value']:g}"
        lines.append(f"{x['kind']} {value}  [{x['extraction_id']}]" + ("" if link["current"] else "  (of an earlier rule or text)"))
        lines.append(f'  sentence   "{x["sentence"] or x["quote"]}"')
        lines.append(
            f'  quoted     "{x["quote"]}" at {x["start"]}–{x["end"]}'
            + (f", page {x['page']}" if x["page"] else "")
            + (f", section {x['section']}" if x["section"] else "")
        )
        lines.append(f"  rule       {x['rule_id']} {x['rule_version']} (sha256 {x['rule_sha256'][:12]})")
        if document:
            lines.append(f"  document   {document['document_id']} ({document['kind']}, sha256 {document['sha256'][:12]})")
            if document["kind"] != "abstract":
                lines.append(f"  file       {_file(document)}")
        if paper:
            lines.append(f"  paper      {paper['paper_id']}, version {paper['version']}: {paper['title']}")
        lines += [f"  fetched    {_fetch(f)}" for f in link["fetches"]] or ["  fetched    from a file that was imported"]
        lines += _decided(link["decisions"], conflict=link["conflict"])
    for word in chain["set_aside"]:
        lines.append(f"set aside: {word['value']:g}  [{word['extraction_id']}]  {_word(word, word['corrected'])}")
    for word in chain["screening"]:
        lines.append(f"screened {'in' if word['included'] else 'out'} {_by(word)}")
    return lines


def _rejected(gone: dict[str, Any] | None) -> list[str]:
    """Say of an effect that it was rejected, by whom, and how that is taken back."""
    if gone is None:
        return []
    n = f", n = {gone['n']:,}" if gone["n"] else ""
    what = "its estimate" if gone["kind"] == "performance" else f"its {gone['kind'].replace('_', ' ')}"
    return [
        f"effect {gone['effect_id']}: {gone['name'] or gone['metric']} {gone['estimate']:g}{n}; is no effect any more: {what} was rejected {_by(gone)}",
        f"to take that back: {program()} review decide {gone['extraction_id']} accept --reviewer {quote(gone['reviewer'])}",
    ]


def _decided(decisions: list[dict[str, Any]], *, conflict: bool) -> list[str]:
    """Tell each decision, whose word counts, and that reviewers differ where they do."""
    lines = [f"  decision   {_word(d, d['value'])}" for d in decisions]
    if conflict:
        last = {d["reviewer"]: d for d in decisions}
        differ = ", ".join(f"{who} {_action(d, d['value'])}" for who, d in last.items())
        lines.append(
            f"  conflict   reviewers differ: {differ}; the last word, {decisions[-1]['reviewer']}'s, counts ({program()} review conflicts)"
        )
    return lines


def _word(decision: dict[str, Any], value: float | None) -> str:
    return f"{_action(decision, value)} {_by(decision)}"


def _action(decision: dict[str, Any], value: float | None) -> str:
    return str(decision["action"]) + (f" to {value:g}" if decision["action"] == "correct" and value is not None else "")


def _by(decision: dict[str, Any]) -> str:
    note = f': "{decision["note"]}"' if decision["note"] else ""
    return f"by {decision['reviewer']}, {decision['decided_at'][:16].replace('T', ' ')}{note}"


_SHOWN = 20


def _choice(effect: dict[str, Any], candidates: list[dict[str, Any]]) -> list[str]:
    """Say where n comes from, and among which estimates the effect was chosen."""
    lines = [f"n: {effect['n_why']}"] if effect["n_why"] else []
    if effect["consistent"] is not None:
        fits = "can be" if effect["consistent"] else "cannot be"
        lines.append(f"count: {effect['estimate']:g} of {effect['n']:,} {fits} a whole number; the nearest is {effect['nearest_count']:,}")
    if len(candidates) > 1:
        lines.append(f"chosen among {len(candidates)}:")
        for c in candidates[:_SHOWN]:
            words = ", ".join([*([c["part"]] if c["part"] else []), *([f"n = {c['n']:,}"] if c["n"] else []), f"score {c['score']:.2f}"])
            lines.append(f"  {'*' if c['chosen'] else ' '} {c['estimate']:g}  [{c['extraction_id']}]  {words}: {c['why']}")
        if len(candidates) > _SHOWN:
            lines.append(f"    and {len(candidates) - _SHOWN} more: --json lists them all, as v_effect_candidate does")
    return lines


def _file(document: dict[str, Any]) -> str:
    parts = [document["url"] or document["file"] or "in the raw store", f"sha256 {document['raw_sha256'][:12]}"]
    if document["pages"]:
        parts.append(counted(document["pages"], "page"))
    if document["license"]:
        parts.append(f"licence {document['license']}")
    return ", ".join(parts)


def _fetch(fetch: dict[str, Any]) -> str:
    return f"{fetch['request']} at {fetch['fetched_at']}, job {fetch['job']} (sha256 {fetch['sha256'][:12]})"
