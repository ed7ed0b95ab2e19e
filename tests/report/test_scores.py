"""A report on a score that is no share of n units: nothing counts right answers, and what lacks an interval is left out where it matters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import html

from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.report.build import render_report
from tests.report.conftest import make_workspace

OWN = """title = "Scores"
question = "Q?"
query = "select * from v_effect_main"
panels = ["accuracy-by-size", "by-year", "subgroups", "forest", "quantiles", "funnel", "trim-and-fill", "selection", "leave-one-out", "baujat", "interaction",
  "regression", "records", "tests"]
"""


def report(folder: Any, metric: str) -> Any:
    place = make_workspace(folder, 45)
    with writing(place) as con:
        con.execute("UPDATE effect SET metric = ?", [metric])
        con.execute(
            """INSERT INTO document (document_id, paper_id, kind, sha256, parser, parser_version, state)
               SELECT paper_id || '/a', paper_id, 'abstract', 'd', 'abstract', '1', 'read' FROM paper"""
        )
        con.execute(
            """INSERT INTO extraction (extraction_id, document_id, document_sha256, paper_id, kind, metric, value, ci_low, ci_high, "start", "end", quote,
                   sentence, rule_id, rule_version, rule_sha256, score)
               SELECT 'x' || effect_id, paper_id || '/a', 'd', paper_id, 'performance', metric, estimate, greatest(0.1, estimate - 0.5 / sqrt(n)),
                   least(0.999, estimate + 0.4 / sqrt(n)), 0, 1, 'q', 's', 'invented', '1', '0', 1
               FROM effect WHERE effect_id >= 'e0015'"""
        )
        con.execute("UPDATE effect SET performance_extraction_id = 'x' || effect_id WHERE effect_id >= 'e0015'")
        publish(con, place)
    (place.report_definitions / "own.toml").write_text(OWN, encoding="utf-8")
    return html.fromstring(render_report(place, "own").decode())


@pytest.fixture(scope="module")
def area(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return report(tmp_path_factory.mktemp("area"), "auc")


def said(tree: Any, name: str) -> str:
    return " ".join(tree.xpath(f"//*[@id='{name}']")[0].text_content().replace("\u00a0", " ").split())


def test_an_area_is_no_count_of_right_answers(area: Any) -> None:
    summary = said(area, "summary")
    assert "least squares, the primary analysis" in summary
    assert "odds" not in summary
    assert "15 values of 45 are left out where precision counts" in summary
    missing = said(area, "metric-auc-missing")
    assert missing.count("is no share of n units") == 3
    data = json.loads(area.xpath("//script[@id='report-data']")[0].text)["panels"]
    assert data["auc-forest"]["pooled"]["k"] == 30
    assert set(data["auc-tests"]) >= {"trend-scores", "trend-year", "quantiles", "asymmetry", "pooled-scores"} - {"quantiles"}
    assert not {"trend", "noise", "records", "pooled"} & set(data["auc-tests"])


def test_each_panel_that_needs_precision_counts_what_it_leaves_out(area: Any) -> None:
    for name in ("funnel", "trim", "selection", "leave", "baujat"):
        assert "15 values of 45 are left out where precision counts" in said(area, f"panel-auc-{name}")
    assert "Area under the ROC curve" in said(area, "panel-auc-size")


def test_a_score_that_may_be_below_zero_has_no_logit(tmp_path: Any) -> None:
    kappa = report(tmp_path, "kappa")
    assert said(kappa, "metric-kappa-missing").count("may be below 0") == 5
    assert "%" not in kappa.xpath("//*[@id='models-kappa-tests']//tr[last()]/td[2]")[0].text_content()
