"""``miner rules``: what rule authors need: list, new, test, explain, score, vocabulary."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from miner.cli.called import program
from miner.cli.common import DONE, FAILED, JsonOption, WorkspaceOption, counted, say, tell, workspace, write, write_json
from miner.cli.explain import explain
from miner.cli.extract import RulesOption, own_rules

if TYPE_CHECKING:
    from miner.rules import Entry, RuleSet


def register(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(help="Write, test and explain extraction rules.\n\nExample: miner rules test", no_args_is_help=True)
    group.command("list")(list_rules)
    group.command("new")(new)
    group.command("test")(run_examples)
    group.command("explain")(explain)
    group.command("score")(score)
    group.command("vocabulary")(show_vocabulary)
    app.add_typer(group, name="rules")


def _load(folders: list[Path] | None, where: Path | None) -> RuleSet:
    """Load the built-in rules, those of the workspace if there is one, and those in the folders named."""
    from miner.rules import load_rules

    return load_rules(folders or (), also=own_rules(where))


def list_rules(rules: RulesOption = None, as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """List the rules: id, version, kind, hash, number of examples.

    Example: miner rules list --rules my-rules
    """
    rows = [
        {
            "id": r.id,
            "version": r.version,
            "kind": r.kind,
            "sha256": r.sha256,
            "examples": len(r.examples),
            "folder": str(r.folder),
            "about": r.spec.about,
        }
        for r in _load(rules, where)
    ]
    if as_json:
        write_json(rows)
        return
    tell(
        "\n".join(
            f"{r['id']:<16} {r['version']:<8} {r['kind']:<14} {str(r['sha256'])[:12]}  {r['examples']:>3} examples  {r['about']}"
            for r in rows
        )
    )


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The rule's id: small letters, digits and underscores.")],
    rules: Annotated[Path | None, typer.Option("--rules", metavar="DIR", help="Where; by default the workspace's rules/.")] = None,
    where: WorkspaceOption = None,
) -> None:
    """Write a working rule with one example that fails, to start from.

    Example: miner rules new scanner
    """
    from miner.rules import write_template

    folder = (rules if rules is not None else workspace(where).settings.rules) / name
    path = write_template(folder, name)
    write(str(path))
    say(f"now run: {program()} rules test {quote(name)}" + (f" --rules {quote(str(rules))}" if rules is not None else ""))


def run_examples(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these rules.")] = None,
    rules: RulesOption = None,
    as_json: JsonOption = False,
    where: WorkspaceOption = None,
) -> None:
    """Run the annotated examples of every rule.

    Example: miner rules test sample_size
    """
    from miner.rules import run_examples as run

    results = run(_load(rules, where), *(ids or ()))
    failed = [r for r in results if r["problems"]]
    if as_json:
        write_json({"examples": len(results), "failed": failed})
    else:
        for r in failed:
            tell(f"{r['rule']}: {r['text']}\n" + "\n".join(f"    {p}" for p in r["problems"]))
        tell(f"{len(results) - len(failed)} of {counted(len(results), 'example')} pass")
    raise typer.Exit(FAILED if failed else DONE)


def score(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help='Lines of {"id", "text", "labels"}.')],
    rules: RulesOption = None,
    where: WorkspaceOption = None,
) -> None:
    """Score the rules against a gold set; prints JSON.

    Example: miner rules score gold.jsonl
    """
    from miner.rules import score as compute

    write_json(compute(gold, _load(rules, where)))


def show_vocabulary(rules: RulesOption = None, as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """Check the vocabulary and list it: how metrics are called, what they are a share of, and which way they are better.

    Each name must mean its metric in sentences and in tables alike, and each example must hold.

    A folder of rules adds to it by DIR/vocabulary/metrics.toml.

    Example: miner rules vocabulary --rules my-rules
    """
    from miner.rules import check_names, load_vocabulary

    words = load_vocabulary(rules or (), also=own_rules(where))
    problems = check_names(words)
    if as_json:
        entries = {"metrics": [m.to_dict() for m in words.metrics], "quantities": [q.to_dict() for q in words.quantities]}
        write_json({"sha256": words.sha256, "problems": problems, **entries})
    else:
        tell("\n".join(f"{m.name:<24} {m.label:<36} {_described(m)}" for m in words.metrics))
        for problem in problems:
            say(problem)
    raise typer.Exit(FAILED if problems else DONE)


_SHOWN = 12


def _described(metric: Entry) -> str:
    said = [
        f"filed under {metric.metric}" if metric.metric != metric.name else "",
        f"{metric.low:g} to {metric.high:g}" if (metric.low, metric.high) != (0, 1) else "",
        f"share of {metric.share_of}" if metric.share_of != "none" else "",
        "lower is better" if metric.lower_is_better else "",
        ", ".join(metric.written()[:_SHOWN]) + (f" and {len(metric.written()) - _SHOWN} more" if len(metric.written()) > _SHOWN else ""),
    ]
    return "; ".join(s for s in said if s)
