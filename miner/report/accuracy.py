"""The report ``accuracy-vs-sample-size``: what its page shows, from data to the template's context."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from miner.report import panels
from miner.report.analysis import FEW, Analysis, analyse, analyse_by_task
from miner.report.data import ReportData, load
from miner.text.cells import to_csv

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

COLUMNS = (
    ("Paper", False), ("Year", True), ("Task", False), ("Metric", False), ("Value", True), ("n", True), ("Which n", False), ("Sentences", False),
)  # fmt: skip
_STAGES = {
    "identified": "Records identified",
    "removed": "Removed before screening",
    "excluded": "Excluded by automation",
    "included": "Included in the analyses",
}
_CSV = ("effect_id", "study_id", "paper_id", "title", "year", "task", "metric", "estimate", "n", "n_unit", "n_role", "decided")


def context(con: duckdb.DuckDBPyConnection, job: str | None) -> dict[str, Any]:
    """Return all that the template shows."""
    data = load(con, job)
    analyses = {metric: analyse(_of(data.effects, metric), panels.METRIC_NAMES[metric]) for metric in data.metrics}
    return {
        "title": "Reported performance against sample size" if len(data.metrics) > 1 else "Reported accuracy against sample size",
        "question": data.question,
        "invented": bool(data.definition.get("invented")),
        "summary": _summary(analyses),
        "flow": flow_boxes(data),
        "metrics": [_metric(metric, analyses[metric]) for metric in data.metrics],
        "imported": _imported(data.imported),
        "columns": COLUMNS,
        "rows": study_rows(data),
        "csv": csv_link(data.effects),
        "facts": provenance_facts(data),
    }


def _of(effects: pd.DataFrame, metric: str) -> pd.DataFrame:
    return effects[effects["metric"] == metric]


def _metric(metric: str, analysis: Analysis) -> dict[str, Any]:
    name, frame = panels.METRIC_NAMES[metric], analysis.frame
    primary = analysis.rows[0]
    made = [
        panels.against_size(frame, f"{metric}-size", name, primary.words, analysis.warnings),
        panels.by_year(frame, f"{metric}-year", name),
        panels.funnel(frame, f"{metric}-funnel", name, analysis.pooled, analysis.tau2, ()),
    ]
    table = {
        "title": f"Models and tests of {name}",
        "rows": analysis.rows if len(frame) else (),
        "empty": "Nothing can be computed without studies.",
    }
    return {
        "name": metric,
        "title": f"{name.capitalize()} ({len(frame)} value{'s' if len(frame) != 1 else ''})",
        "panels": made,
        "models": table,
    }


def _imported(frame: pd.DataFrame) -> dict[str, Any] | None:
    if frame.empty:
        return None
    tasks = frame["task"].value_counts()
    names = [t for t in tasks.index if tasks[t] >= FEW]
    counts = ", ".join(f"{t} {tasks[t]}" for t in names)
    analysis = analyse_by_task(frame, "accuracy")
    made = [
        panels.against_size(analysis.frame, "imported-size", "accuracy", "Each point is an accuracy that a review took from a paper."),
        panels.by_year(analysis.frame, "imported-year", "accuracy"),
    ]
    table = {"title": "Trend with sample size within each task", "rows": analysis.rows, "empty": f"No task has {FEW} values."}
    reviews = sorted(frame["origin"].unique())
    words = f"{len(frame)} accuracies that {len(reviews)} review{'s' if len(reviews) > 1 else ''} collected by hand ({'; '.join(reviews)}): {counts}."
    return {"words": words, "panels": made, "models": table}


def _summary(analyses: dict[str, Analysis]) -> list[str]:
    sentences = []
    for metric, analysis in analyses.items():
        name = panels.METRIC_NAMES[metric]
        k = len(analysis.frame)
        if k == 0:
            sentences.append(
                f"No paper reports both a value of {name} of its own and the sample size it was measured on, so the question cannot be answered from these records."
            )
            continue
        papers = analysis.frame["paper_id"].nunique()
        sentences.append(
            f"{k} value{'s' if k > 1 else ''} of {name} from {papers} paper{'s' if papers > 1 else ''}. {analysis.rows[0].words}"
        )
        pooled = analysis.row("Pooled value, random effects")
        if pooled and pooled.numbers:
            sentences.append(pooled.words)
        sentences += analysis.warnings
    sentences.append(
        "A trend with sample size can come from publication bias, from overfitting that small samples hide, or from harder questions being asked of"
        " larger samples; these data cannot tell which."
    )
    return sentences


def flow_boxes(data: ReportData) -> list[dict[str, Any]]:
    """Return the boxes of the PRISMA flow, each with its count and its parts."""
    boxes = []
    for stage, title in _STAGES.items():
        rows = [(source, reason, count) for s, source, reason, count in data.flow if stage in {s, "identified"}]
        parts: dict[str, int] = {}
        for source, reason, count in rows:
            key = {"arxiv": "arXiv", "pubmed": "PubMed"}[source] if stage in {"identified", "included"} else reason
            parts[key] = parts.get(key, 0) + count
        boxes.append({"title": title, "count": sum(parts.values()), "parts": sorted(parts.items(), key=lambda p: (-p[1], p[0]))})
    return boxes


def _link(row: Any) -> str | None:
    from urllib.parse import quote

    if isinstance(row.doi, str) and row.doi:
        return "https://doi.org/" + quote(row.doi, safe="/.;()-_:")
    if isinstance(row.arxiv_id, str) and row.arxiv_id:
        return "https://arxiv.org/abs/" + quote(row.arxiv_id, safe="/.")
    if isinstance(row.pmid, str) and row.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{quote(row.pmid)}/"
    return None


def study_rows(data: ReportData) -> list[dict[str, Any]]:
    """Return the rows of the study table, each with its link and quoted sentences."""
    import pandas as pd

    rows = []
    row: Any  # pandas' types say that a cell may be anything
    for row in data.effects.itertuples():
        ids = (row.performance_extraction_id, row.sample_size_extraction_id)
        rows.append(
            {
                "effect_id": row.effect_id,
                "title": row.title,
                "paper_id": row.paper_id,
                "link": _link(row),
                "year": None if pd.isna(row.year) else int(row.year),
                "task": _text(row.task),
                "metric": panels.METRIC_NAMES[row.metric],
                "estimate": float(row.estimate),
                "n": int(row.n),
                "n_unit": _text(row.n_unit),
                "n_role": _text(row.n_role),
                "decided": _text(row.decided),
                "quotes": [data.quotes[i] for i in ids if isinstance(i, str) and i in data.quotes],
            }
        )
    return rows


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def csv_link(effects: pd.DataFrame) -> str:
    """Return the effects as CSV inside a link."""
    import pyarrow as pa

    table = pa.Table.from_pandas(effects[list(_CSV)], preserve_index=False)
    rows = [list(r.values()) for r in table.to_pylist()]
    return "data:text/csv;base64," + base64.b64encode(to_csv(_CSV, rows)).decode()


def provenance_facts(data: ReportData) -> list[tuple[str, str]]:
    """Return what the footer says of a job's records: queries, counts, rules and parsers."""
    queries = "; ".join(
        f"{h['source']}: {h['query']}"
        + (f" (from {h['since']})" if h.get("since") else "")
        + (f" (to {h['until']})" if h.get("until") else "")
        for h in data.definition.get("harvest", [])
    )
    facts = [("Queries", queries or "none: the records were imported from files")]
    facts += [("Counts", ", ".join(f"{count:,} {name}" for name, count in data.counts.items()))]
    facts += [("Rules", ", ".join(f"{rule} {version} ({sha256[:8]})" for rule, version, sha256 in data.rules))]
    if data.parsers:
        facts += [("Parsers", ", ".join(f"{name} {version}" for name, version in data.parsers))]
    return facts
