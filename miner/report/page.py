"""From a definition and the snapshot to all that a report's page shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.meta.analysis.analyse import analyse
from miner.meta.effects.scores import metric_of
from miner.report.data import load
from miner.report.figures import linked
from miner.report.formats.parts import Comparison, counted, percent
from miner.report.formats.provenance import facts_of
from miner.report.gallery.registry import panels
from miner.report.gallery.scatter import trend_words
from miner.report.gallery.subject import Subject, study_name
from miner.report.publication import publication_of
from miner.report.studies import embedded, places_of, study_table
from miner.report.tasks.evidence import Evidence
from miner.say import headed
from miner.settings import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb
    import pandas as pd

    from miner.report.data import ReportData
    from miner.report.definition import Definition, Section
    from miner.report.panels import Panel
    from miner.vocabulary import Vocabulary


_NAMED = 3  # values that the summary names, of those that no whole number gives


@dataclass(frozen=True, slots=True)
class Block:
    """Panels under one heading; without a title, each panel's own is the heading. ``missing`` are those that could not be drawn."""

    id: str
    title: str | None
    panels: list[Panel] = field(repr=False)
    missing: list[Panel] = field(default_factory=list, repr=False)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A report that was computed and drawn: all that its page shows, wherever its points and rows lead."""

    data: ReportData = field(repr=False)
    blocks: list[Block] = field(repr=False)
    shown: dict[str, Any] = field(repr=False)

    def context(self, pages: Callable[[str], str | None] | None = None) -> dict[str, Any]:
        """Return what the template shows.

        Parameters
        ----------
        pages : callable, optional
            Where a paper has a page of its own, by its identifier; else rows lead to where it was published, and points to rows.
        """
        table = study_table(self.data, pages)
        links = places_of(table, own=pages is None)
        blocks = [replace(b, panels=[_led(p, links) for p in b.panels], missing=[_led(p, links) for p in b.missing]) for b in self.blocks]
        drawn = [p for b in blocks for p in (*b.panels, *b.missing)]
        return {
            **self.shown,
            "facts": list(self.shown["facts"]),
            "first": next(((p.title, f"panel-{p.name}", p.first) for p in drawn if p.first), None),
            "blocks": blocks,
            "table": table,
            "explore": None,
            "payload": embedded({"studies": table.packed(), "panels": {p.name: p.data for p in drawn if p.data}}),
        }


def _led(panel: Panel, links: Mapping[str, tuple[str, str]]) -> Panel:
    """Return a panel whose points lead to addresses."""
    svg, narrow, first = (each and linked(each, links) for each in (panel.svg, panel.narrow, panel.first))
    return replace(
        panel,
        svg=svg,
        narrow=narrow,
        first=first,
        more=tuple((title, linked(page, links), linked(small, links)) for title, page, small in panel.more),
    )


def draw(con: duckdb.DuckDBPyConnection, definition: Definition, job: str | None = None, words: Vocabulary | None = None) -> Drawing:
    """Read, compute and draw a report.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A reader of the snapshot.
    definition : Definition
    job : str, optional
        The job whose records the report is on.
    words : Vocabulary, optional
        How metrics are called; the one that ships with miner by default.
    """
    data = load(con, job, definition.query, words)
    _check_groups(definition, data.effects)
    by_metric = any(panels()[name].scope == "metric" for part in definition.parts for name in part.panels)
    subjects = [_subject(metric, data, definition, analysed=by_metric) for metric in data.metrics]
    blocks = _numbered([b for part in definition.parts if job or not part.only_on_job for b in _blocks(part, subjects)])
    drawn = [p for b in blocks for p in (*b.panels, *b.missing)]
    several = len(data.metrics) > 1
    what = "performance" if several else data.words.label(data.metrics[0])
    shown = {
        "title": (definition.title_on_job if job and definition.title_on_job else definition.title).replace("{metric}", what),
        "question": data.question or definition.question,
        "invented": bool(data.definition.get("invented")),
        "introduction": definition.texts.introduction,
        "limits": definition.texts.limits,
        "publication": definition.publication,
        "numbers": _numbers(data.effects, data.words) if by_metric else [],
        "summary": [*(summary(subjects) + grim_words(data.effects) if by_metric else []), *([data.left_out] if data.left_out else [])],
        "facts": [*facts_of(data), *_facts(definition, drawn)],
    }
    return Drawing(data, blocks, shown)


def _check_groups(definition: Definition, effects: pd.DataFrame) -> None:
    """Refuse groups that the query does not return."""
    for column in definition.groups:
        if column not in effects:
            raise UsageError(
                f"the report groups by {column!r}, which its query does not return", hint=suggest(column, list(effects.columns))
            )


def _facts(definition: Definition, drawn: list[Panel]) -> list[tuple[str, str]]:
    facts = [fact for panel in drawn for fact in panel.facts]
    known = definition.publication
    return [*facts, ("The publication", f"{known.citation}. {known.url or ''}".strip())] if known else facts


def _subject(metric: str, data: ReportData, definition: Definition, *, analysed: bool) -> Subject:
    """Return a metric's values with their analyses; with none of them where no panel is by metric."""
    known = metric_of(metric, data.words)
    effects = data.effects[data.effects["metric"] == metric] if analysed else data.effects.iloc[:0]
    return Subject(metric, known.label, analyse(effects, known), definition, data)


def _blocks(part: Section, subjects: list[Subject]) -> list[Block]:
    """Draw the panels of a section in order; those of metrics that follow each other are drawn metric by metric."""
    blocks: list[Block] = []
    run: list[str] = []
    for name in [*part.panels, None]:
        if name is not None and panels()[name].scope == "metric":
            run.append(name)
            continue
        if run:
            blocks += [_metric_block(subject, run) for subject in subjects]
            run = []
        drawn = _draw(name, subjects[0]) if name is not None else []
        if part.title and drawn:
            if not blocks or blocks[-1].title != part.title:
                blocks.append(Block("section", part.title, []))
            blocks[-1].panels.extend(drawn)
        else:
            blocks += [Block(f"panel-{p.name}", None, [p]) for p in drawn]
    return blocks


def _numbered(blocks: list[Block]) -> list[Block]:
    """Return the blocks with identifiers that are unique on the page."""
    counts: dict[str, int] = {}
    out: list[Block] = []
    for block in blocks:
        counts[block.id] = counts.get(block.id, 0) + 1
        out.append(replace(block, id=f"{block.id}-{counts[block.id]}") if counts[block.id] > 1 else block)
    return out


def _draw(name: str, subject: Subject) -> list[Panel]:
    texts = subject.definition.texts
    lead, says = texts.panels.get(name), texts.publication.get(name)
    made = panels()[name].draw(subject, subject.definition.options.get(name, {}))
    made = [replace(p, lead=lead) for p in made] if lead else made
    if not says or not made:
        return made
    compared = made[0].comparison or _compared(name, subject)
    return [replace(made[0], comparison=replace(compared, says=says)), *made[1:]]


def _compared(name: str, subject: Subject) -> Comparison:
    """Return how the data compare with the publication's figures, where those are known."""
    known = publication_of(subject.definition)
    compare = known.comparisons.get(name) if known else None
    return compare(Evidence.of(subject.data)) if compare else Comparison()


def _metric_block(subject: Subject, names: list[str]) -> Block:
    title = f"{headed(subject.what)} ({counted(subject.k, 'value')})"
    id_ = f"metric-{subject.metric}"
    if subject.k == 0:
        drawn = ", ".join(panels()[n].summary for n in names)
        note = (
            f"{_nothing(subject)}. With values there would"
            f" be here: {drawn}. What was lost on the way stands in the flow of records; miner status and miner query papers-without-a-test-set say more."
        )
        return Block(id_, title, [], [], note)
    made = [p for name in names for p in _draw(name, subject)]
    empty = [p for p in made if p.svg is None and not p.rows and p.table is None]
    return Block(id_, title, [p for p in made if p not in empty], empty)


def _nothing(subject: Subject) -> str:
    """Say why there is no value: nothing was found, or the job's tasks took all."""
    taken = subject.data.taken.get(subject.metric, 0)
    if taken:
        values, none = ("The one value", "none") if taken == 1 else (f"None of the {taken:,} values", "one")
        return f"{values} of {subject.what} with a sample size answers {none} of the job's tasks"
    return f"No paper reports both a value of {subject.what} of its own and the sample size it was measured on"


def _numbers(effects: pd.DataFrame, words: Vocabulary) -> list[tuple[str, str]]:
    """Return the figures under the title."""
    if effects.empty:
        return [("0", "values with a sample size")]
    k, papers = len(effects), int(effects["paper_id"].fillna(effects["effect_id"]).nunique())
    numbers = [(f"{k:,}", "value" if k == 1 else "values"), (f"{papers:,}", "paper" if papers == 1 else "papers")]
    numbers.append((f"{effects['n'].median():,.0f}", "median sample size"))
    if effects["metric"].nunique() == 1:
        numbers.append((percent(float(effects["estimate"].median())), f"median {words.label(effects['metric'].iloc[0])}"))
    years = effects["year"].dropna()
    if len(years):
        span = f"{years.min():.0f}" if years.min() == years.max() else f"{years.min():.0f}–{years.max():.0f}"
        numbers.append((span, "year" if years.min() == years.max() else "years"))
    return numbers


def grim_words(effects: pd.DataFrame) -> list[str]:
    """Say how many of the shares can be a whole number of their units (GRIM), and name those that can't; nothing where none can be tested."""
    testable = effects[effects["consistent"].notna()]
    if testable.empty:
        return []
    odd = testable[~testable["consistent"].astype(bool)]
    first = odd.head(_NAMED)
    named = "; ".join(f"{percent(float(row['estimate']))} of {int(row['n']):,} ({study_name(row, 40)})" for row in first.to_dict("records"))
    rest = f" and {len(odd) - len(first):,} more (miner query inconsistent-counts)" if len(odd) > len(first) else ""
    said = f" No whole number gives {named}{rest}: then the value, the n, or what it was measured on is another." if len(odd) else ""
    fit = f"{len(testable) - len(odd):,} of {counted(len(testable), 'share')} that can be checked"
    return [f"A share of n units is a whole number of them: {fit} can be one (GRIM test).{said}"]


def summary(subjects: list[Subject]) -> list[str]:
    """Say what was found, metric by metric: the trend, the pooled value, and what few values forbid to say."""
    sentences = []
    for subject in subjects:
        if subject.k == 0:
            sentences.append(f"{_nothing(subject)}, so the question cannot be answered from these records.")
            continue
        row = subject.analysis.primary
        sentences.append(trend_words(subject, row, ", the primary analysis"))
        sentences += subject.analysis.notes
        pooled = subject.analysis.row("pooled") or subject.analysis.row("pooled-scores")
        if pooled is not None and pooled.numbers:
            sentences.append(pooled.words)
        sentences += subject.analysis.warnings
    return sentences
