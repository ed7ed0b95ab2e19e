"""The report ``varoquaux2022``: the paper's analyses made again beside what it says, and what its authors left open.

The same panels are drawn from a job's own extracted effects, so that the two literatures can be laid side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from miner.report import asymmetry, boards, flaws, limits, noise_panels, over_time, published, regressions, topics, verdicts
from miner.report.formats.parts import Table, counted, interval, p_text, percent, signed
from miner.report.literature import REGRESSED, Literature, from_effects, from_reviews, variants
from miner.report.panels import Panel
from miner.report.slopes import OLS, PRIMARY, THREE_LEVEL

if TYPE_CHECKING:
    import duckdb

    from miner.report.data import ReportData
    from miner.report.verdicts import Verdict

PAPER = "Varoquaux & Cheplygina (2022), Machine learning for medical imaging: methodological failures and recommendations for the future, npj Digital Medicine 5:48"
DOI = "https://doi.org/10.1038/s41746-022-00592-y"


@dataclass(frozen=True, slots=True)
class Analysed:
    """A literature with all that was computed of it."""

    literature: Literature
    fits: regressions.Fits
    quantiles: dict[str, Any]
    asymmetry: dict[str, asymmetry.Asymmetry]
    envelopes: dict[str, Any]
    records: dict[str, Any]
    curves: dict[str, Any]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks in the order of their colours."""
        return self.literature.tasks


def analyse(literature: Literature) -> Analysed:
    """Compute everything that the panels of a literature show."""
    tasks = literature.tasks
    main = tuple(t for t in REGRESSED if t in tasks) or tasks[:2]
    return Analysed(
        literature,
        regressions.fit_all(literature, main, variants(literature)),
        regressions.quantile_fits(literature, main),
        asymmetry.run_tests(literature, main),
        noise_panels.envelopes(literature, tasks),
        noise_panels.all_records(literature, tasks),
        limits.fit_curves(literature, tasks),
    )


def context(con: duckdb.DuckDBPyConnection, job: str | None = None) -> dict[str, Any]:
    """Return all that the template shows: of the reviews' tables, or of a job's extracted effects beside them."""
    if job is None:
        literature, data = from_reviews(con), None
    else:
        from miner.report.data import load

        data = load(con, job)
        literature = from_effects(data.effects, f"the papers of the job {job}")
    done = analyse(literature)
    made = published.reproduce(literature) if data is None else None
    contests, lacking = boards.contests(con)
    series = topics.all_series(con)
    reproduced = _reproduced(done, made, contests, lacking, series)
    further = _further(done)
    judged = _judge(done, reproduced)
    return {
        "template": "varoquaux2022.html",
        "title": "Methodological failures in medical imaging, reproduced and extended"
        if data is None
        else "The paper's questions, asked of the literature itself",
        "question": data.question
        if data and data.question
        else "Do larger samples, later years and competitions bring better results? The evidence of Varoquaux & Cheplygina (2022), made again from its sources.",
        "paper": PAPER,
        "doi": DOI,
        "label": literature.label,
        "counts": _counts(literature),
        "verdicts": judged,
        "fragile_title": "Where the paper is fragile." if data is None else "Where the paper's method is fragile.",
        "sure_words": verdicts.SURE_WORDS,
        "reproduction": made,
        "groups": [("paper", "The paper's panels", reproduced), ("further", "Further: what the paper left open", further)],
        "flaws": flaws.find_flaws(con, literature, done.fits, contests, lacking) if data is None else [],
        "beside": _side_by_side(con, done) if data else None,
        "studies": _studies(data) if data else None,
        "facts": _facts(con, literature, data),
    }


def _reproduced(
    done: Analysed,
    made: published.Reproduction | None,
    contests: list[boards.Contest],
    lacking: list[tuple[str, str]],
    series: list[topics.Series],
) -> list[Panel]:
    literature, fits, tasks = done.literature, done.fits, done.tasks
    sizes = over_time.sizes_by_year(literature, "sizes")
    first = series[0] if series else None
    panels = [
        replace(sizes, beside=published.on_sizes(sizes, literature)),
        replace(over_time.accuracy_by_year(literature, "years"), beside=published.on_years()),
        replace(over_time.accuracy_by_size(literature, "accuracy"), beside=published.on_accuracy(fits)),
        replace(over_time.by_period(literature, "periods"), beside=published.on_periods(fits)),
        replace(regressions.by_model(fits, tasks, "models"), beside=published.on_regressions(fits, made)),
        replace(boards.panel(contests, lacking, "boards"), beside=published.on_boards(contests)),
        replace(topics.panel(first, "topics"), beside=published.on_topics(first)),
    ]
    return panels + [topics.panel(s, f"topics-{i}") for i, s in enumerate(series[1:], 2)]


def _further(done: Analysed) -> list[Panel]:
    literature, tasks = done.literature, done.tasks
    return [
        regressions.by_variant(done.fits, tasks, "variants"),
        regressions.by_quantile(done.quantiles, done.fits, tasks, "quantiles"),
        asymmetry.panel(literature, done.asymmetry, tasks, "asymmetry"),
        noise_panels.envelope_panel(literature, done.envelopes, tasks, "envelope"),
        noise_panels.records_panel(literature, done.records, tasks, "records"),
        limits.panel(literature, done.curves, tasks, "limits"),
    ]


def _judge(done: Analysed, reproduced: list[Panel]) -> list[Verdict]:
    by_name = {p.name: p for p in reproduced}
    field = by_name["topics"].beside
    return [
        *verdicts.on_growth(by_name["sizes"]),
        *verdicts.on_trends(done.fits),
        *verdicts.on_tail(done.quantiles),
        *verdicts.on_asymmetry(done.asymmetry),
        *verdicts.on_noise(done.envelopes, done.records),
        *verdicts.on_limits(done.curves),
        *verdicts.on_contests(_contests_of(by_name["boards"])),
        *(verdicts.on_field(field.agreement, field.figures) if field else []),
    ]


def _contests_of(panel: Panel) -> list[boards.Contest]:
    return [c for c in panel.rows[0] if isinstance(c, boards.Contest)] if panel.rows else []


def _counts(literature: Literature) -> list[tuple[str, str]]:
    rows = literature.rows
    complete = rows.dropna(subset=["estimate", "n", "year"])
    return [
        (f"{len(rows):,}", "rows in use"),
        (f"{int(rows['estimate'].notna().sum()):,}", "accuracies"),
        (f"{len(complete):,}", "with sample size and year"),
        (f"{literature.papers:,}", "papers"),
    ]


def _side_by_side(con: duckdb.DuckDBPyConnection, done: Analysed) -> Table | None:
    """Lay the job's literature beside the reviews', figure by figure."""
    reviews = from_reviews(con)
    if reviews.rows.empty:
        return None
    other = Analysed(reviews, regressions.fit_all(reviews, REGRESSED, []), {}, {}, noise_panels.envelopes(reviews, reviews.tasks), {}, {})
    rows: list[tuple[str, ...]] = []
    for task in dict.fromkeys((*other.tasks, *done.tasks)):
        pair = [_figures(a, task) for a in (other, done)]
        rows += [(task, label, a, b) for label, a, b in zip(pair[0], pair[0].values(), pair[1].values(), strict=True)]
    columns = (
        ("Task", False),
        ("Figure", False),
        ("The paper's reviews", True),
        (done.literature.label[0].upper() + done.literature.label[1:], True),
    )
    return Table("Side by side", columns, tuple(rows), "Slopes in percentage points, with 95 % intervals. A dash: too few accuracies.")


def _figures(a: Analysed, task: str) -> dict[str, str]:
    frame = a.literature.of_task(task)
    out = {
        "Accuracies with size and year": str(len(frame)),
        "Median sample size": f"{frame['n'].median():,.0f}" if len(frame) else "–",
        "Median accuracy": percent(float(frame["estimate"].median())) if len(frame) else "–",
    }
    if task in REGRESSED:
        for model in (PRIMARY, THREE_LEVEL, OLS):
            for what, digits in (("size", 1), ("year", 2)):
                s = a.fits.tasks[task].get(model, what) if task in a.fits.tasks else None
                name = f"Per {'tenfold n' if what == 'size' else 'year'}, {model[0].lower()}{model[1:]}"
                out[name] = (
                    f"{signed(s.estimate, digits)} ({interval(s.low, s.high, digits)}), p {'' if s.p < 0.001 else '= '}{p_text(s.p)}"
                    if s
                    else "–"
                )
    e = a.envelopes.get(task)
    out["Outside the noise envelope"] = percent(e.frac_outside_95, 0) if e else "–"
    return out


def _studies(data: ReportData) -> dict[str, Any]:
    from miner.report.gallery.flow import flow_of
    from miner.report.studies import embedded, study_table

    table = study_table(data)
    return {"flow": flow_of(data), "table": table, "payload": embedded({"studies": table.packed(), "panels": {}})}


def _facts(con: duckdb.DuckDBPyConnection, literature: Literature, data: ReportData | None) -> list[tuple[str, str]]:
    if data is not None:
        from miner.report.formats.provenance import facts_of

        return facts_of(data)
    files = con.execute("SELECT DISTINCT file FROM study_table_row ORDER BY ALL").fetchall()
    boards_there = con.execute("SELECT count(DISTINCT competition) FROM leaderboard").fetchall()[0][0]
    counted_there = con.execute("SELECT count(*) FROM publication_count").fetchall()[0][0]
    return [
        ("Sources", ", ".join(f for (f,) in files) or "none"),
        (
            "Counts",
            f"{counted(len(literature.rows), 'row')} in use, {counted(boards_there, 'competition')}, {counted(counted_there, 'publication count')}",
        ),
        ("The paper", f"{PAPER}. {DOI}"),
    ]
