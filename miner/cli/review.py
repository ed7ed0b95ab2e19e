"""``miner review`` and ``miner link``: what people decide about values, records and studies."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from miner.cli.common import DONE, PARTIAL, JsonOption, WorkspaceOption, check_suffix, counted, say, tell, workspace, write_json
from miner.cli.sql import AsJson, FormatOption, OutputOption, emit_rows, form_asked
from miner.errors import UsageError

ReviewerOption = Annotated[str | None, typer.Option("--reviewer", metavar="NAME", help="Who decides; your user name by default.")]
NoteOption = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Why.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Accept, correct or reject what was extracted; screen records; compare reviewers.", no_args_is_help=True)
    group.command("decide")(decide)
    group.command("screen")(screen)
    group.command("export")(export)
    group.command("import")(import_)
    group.command("list")(list_)
    group.command("conflicts")(conflicts)
    group.command("agreement")(agreement)
    app.add_typer(group, name="review")
    app.command("link")(link)


_MADE = ("decided_at", "reviewer", "action", "corrected", "value", "what", "paper_id", "note", "quote", "extraction_id", "counts")


def _who(reviewer: str | None) -> str:
    name = (reviewer or getpass.getuser()).strip()
    if not name:
        raise UsageError("a decision needs a reviewer", hint="--reviewer NAME")
    return name


def decide(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="An extraction_id, or an effect_id for the estimate it rests on.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="accept, correct or reject.")],
    value: Annotated[float | None, typer.Option("--value", help="The right value, with correct: performances as fractions.")] = None,
    reviewer: ReviewerOption = None,
    note: NoteOption = None,
    where: WorkspaceOption = None,
) -> None:
    """Record a decision on an extracted value; effects honour it from now on, the extraction stays as it is.

    Example: miner review decide x0123456789abcdef0123 correct --value 0.87 --note "the table says 87 %"
    """
    done = workspace(where).review(identifier, action, reviewer=_who(reviewer), value=value, note=note)
    say(f"{counted(done.new, 'decision')} recorded, {counted(done.effects, 'effect')}" if done.new else "that was the decision already")


def screen(
    paper_id: Annotated[str, typer.Argument(metavar="PAPER_ID", help="A record.")],
    word: Annotated[str, typer.Argument(metavar="WORD", help="include or exclude.")],
    reviewer: ReviewerOption = None,
    note: NoteOption = None,
    where: WorkspaceOption = None,
) -> None:
    """Say whether a record belongs to the review; excluded records leave the analyses, not the database.

    Example: miner review screen pmid:33108351 exclude --note "a protocol"
    """
    done = workspace(where).reviews.screen(paper_id, word, reviewer=_who(reviewer), note=note)
    say("recorded" if done.new else "that was the word already")


def export(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The CSV to fill in: columns action, corrected, reviewer, note.")
    ],
    where: WorkspaceOption = None,
) -> None:
    """Write what the effects rest on as a CSV to fill in; give it back with miner review import.

    Example: miner review export -o sheet.csv
    """
    check_suffix(output, (".csv",), "the sheet is CSV")
    from miner.library import guarded

    told = f"{counted(workspace(where).reviews.write_sheet(output), 'line')} written to {output}"
    say(guarded(told, output.read_bytes()))


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A filled-in sheet, or a CSV or RIS file of ASReview with labels.")],
    reviewer: ReviewerOption = None,
    where: WorkspaceOption = None,
) -> None:
    """Read decisions from a filled-in sheet, or screening labels from ASReview; what was said before is not said again.

    Example: miner review import sheet.csv
    """
    done = workspace(where).reviews.read_sheet(file, reviewer=_who(reviewer))
    say(f"{done.new} new, {done.unchanged} known already, {len(done.unknown)} not found")
    for line in done.unknown[:20]:
        say(f"not found: {line}")
    raise typer.Exit(PARTIAL if done.unknown else DONE)


def list_(
    paper: Annotated[str | None, typer.Option("--paper", metavar="PAPER_ID", help="Only those on this record and its values.")] = None,
    reviewer: Annotated[str | None, typer.Option("--reviewer", metavar="NAME", help="Only those of this person.")] = None,
    form: FormatOption = None,
    output: OutputOption = None,
    as_json: AsJson = False,
    where: WorkspaceOption = None,
) -> None:
    """List the decisions that were made on values and records, in the order of time.

    Example: miner review list --reviewer ada -f csv
    """
    import pyarrow as pa

    chosen = form_asked(form, output, json=as_json)
    rows = workspace(where).reviews.decisions(paper=paper, reviewer=reviewer)
    if not rows:
        say("no decision was made" + (f" by {reviewer}" if reviewer else "") + (f" on {paper}" if paper else ""))
    emit_rows(pa.table({name: [row[name] for row in rows] for name in _MADE}), chosen, output)


def conflicts(as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """List the values on which reviewers differ.

    Example: miner review conflicts
    """
    rows = workspace(where).reviews.conflicts()
    if as_json:
        write_json(rows)
        return
    for row in rows:
        corrected = "" if row["corrected"] is None else f" to {row['corrected']:g}"
        tell(f'{row["extraction_id"]}  {row["reviewer"]}: {row["action"]}{corrected}  "{row["quote"]}" ({row["kind"]}, {row["paper_id"]})')
    say(f"{counted(len({r['extraction_id'] for r in rows}), 'value')} with different words")


def agreement(as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """Say how far each two reviewers agree: the share of equal words, and Cohen's kappa with its interval.

    Example: miner review agreement --json
    """
    found = workspace(where).reviews.agreement()
    if as_json:
        write_json(found)
        return
    for pair in found:
        kappa = "not estimable" if pair["kappa"] is None else f"{pair['kappa']:.3f} ({pair['ci_lb']:.3f} to {pair['ci_ub']:.3f})"
        tell(f"{pair['reviewer']} and {pair['other']}: {counted(pair['n'], 'value')}, {100 * pair['agreement']:.0f} % equal, kappa {kappa}")
    if not found:
        say("no value has been decided on by two reviewers")


def link(
    split: Annotated[list[str] | None, typer.Option("--split", metavar="PAPER_ID", help="Make this record a study of its own.")] = None,
    merge: Annotated[
        tuple[str, str] | None, typer.Option("--merge", metavar="PAPER_ID PAPER_ID", help="Make these records one study.")
    ] = None,
    free: Annotated[list[str] | None, typer.Option("--free", metavar="PAPER_ID", help="Forget what was said of this record.")] = None,
    reviewer: ReviewerOption = None,
    note: NoteOption = None,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Link the records of one study (preprint, versions, article), or say otherwise; v_study has each with its reason.

    Example: miner link --split arxiv:2103.10292
    """
    found = workspace(where).reviews.link(split=split or (), merge=merge, free=free or (), reviewer=_who(reviewer), note=note)
    if as_json:
        write_json(found)
    else:
        tell(
            f"{counted(found['studies'], 'study', 'studies')} from {counted(found['papers'], 'record')}; {counted(found['links'], 'link')}, "
            f"{counted(found['effects'], 'effect')}"
        )
