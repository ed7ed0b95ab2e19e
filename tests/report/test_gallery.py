"""The panels' numbers are those of ``miner.meta`` and ``miner meta analyse``, read back from the page's data and its figures."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest
from lxml import html

from miner import meta
from miner.config import Workspace
from miner.meta.analysis import registry
from miner.meta.analysis.analyse import prepare
from miner.meta.analysis.sample import Sample
from miner.report import figures
from miner.report.build import render_report
from miner.report.data import load
from miner.report.gallery import flow, forest, selection
from miner.store.connect import open_reader
from tests.report.example import JOB, example_workspace

EVERY = """title = "All"
question = "Q?"
panels = ["accuracy-by-size", "by-year", "interaction", "quantiles", "forest", "subgroups", "regression", "funnel", "trim-and-fill", "selection", "baujat",
  "leave-one-out", "records", "tests", "flow", "studies-by-year", "reviews", "studies"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = example_workspace(tmp_path_factory.mktemp("gallery"), 48)
    (made.report_definitions / "all.toml").write_text(EVERY, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def tree(place: Workspace) -> Any:
    return html.fromstring(render_report(place, "all", job=JOB).decode())


@pytest.fixture(scope="module")
def data(tree: Any) -> dict[str, Any]:
    return json.loads(tree.xpath("//script[@id='report-data']")[0].text)["panels"]


@pytest.fixture(scope="module")
def frame(place: Workspace) -> pd.DataFrame:
    with open_reader(place.current) as con:
        return prepare(load(con, JOB).effects).frame


NAMED = """title = "Named"
question = "Q?"
panels = ["accuracy-by-size", "quantiles", "records", "trim-and-fill", "selection", "tests"]
"""


def test_new_titles_of_analyses_change_the_titles_and_nothing_else(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.report_definitions / "named.toml").write_text(NAMED, encoding="utf-8")
    before = render_report(place, "named", job=JOB).decode()
    known = registry.records()
    renamed = {name: replace(one, title=f"nan Another name of {name}.") for name, one in known.items()}
    monkeypatch.setattr(registry, "records", lambda: renamed)
    after = render_report(place, "named", job=JOB).decode()
    shown = [name for name in known if f"nan Another name of {name}." in after]
    assert len(shown) >= 15
    for name in shown:
        after = after.replace(f"nan Another name of {name}.", known[name].title)
    assert html.fromstring(after).text_content() == html.fromstring(before).text_content()


def test_all_panels_are_drawn(tree: Any) -> None:
    assert len(tree.xpath("//section[starts-with(@id, 'panel-')]")) == 16  # no review is imported; the studies have a section of their own
    assert not tree.xpath("//section[@class='missing']")


def test_a_task_s_points_and_line_are_one_entry_of_the_legend(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour and mark are those of the task; values without one have a line of their colour, too; labels are whole."""
    seen: list[Any] = []
    monkeypatch.setattr(figures, "legend_of_points", seen.append)
    from miner.report.definitions import load_definition
    from miner.report.page import draw

    with open_reader(place.current) as con:
        draw(con, load_definition(place.report_definitions / "all.toml"), JOB)
    top = seen[0]
    points = {c.get_label(): matplotlib.colors.to_hex(c.get_facecolor()[0]) for c in top.collections}
    lines = {line.get_label(): matplotlib.colors.to_hex(line.get_color()) for line in top.lines}
    assert len(lines) == 3
    assert lines.items() <= points.items()
    assert not any("…" in label for label in points)


def test_the_numbers_are_those_of_meta_analyse(place: Workspace, data: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from miner.cli.main import app

    sql = f"SELECT e.*, e.study_id AS cluster FROM v_effect e JOIN paper_job j USING (paper_id) WHERE j.job = '{JOB}' ORDER BY e.origin, e.year, e.reference, e.paper_id"
    done = CliRunner().invoke(app, ["--workspace", str(place.root), "meta", "analyse", "--from", sql, "--egger", "--json"])
    assert done.exit_code == 0, done.output
    told = {r["id"]: r for r in json.loads(done.stdout)["rows"]}
    primary = told["trend"]
    assert data["accuracy-size"]["primary"]["points"] == pytest.approx(primary["numbers"]["points"], abs=1e-9)
    assert data["accuracy-size"]["primary"]["ci"] == pytest.approx(primary["numbers"]["ci"], abs=1e-9)
    shown = data["accuracy-tests"]
    for row_id, row in told.items():
        if row_id in shown:
            assert (shown[row_id]["estimate"], shown[row_id]["interval"], shown[row_id]["p"]) == (
                row["estimate"],
                row["interval"],
                row["p"],
            )
    assert sum(i in shown for i in told) >= 8
    quantiles = told["quantiles"]["numbers"]["slopes"]
    assert data["accuracy-quantiles"]["slopes"] == pytest.approx(quantiles, abs=1e-9)
    asymmetry = told["asymmetry"]["numbers"]
    assert data["accuracy-funnel"]["asymmetry"] == pytest.approx(asymmetry)
    pooled = told["pooled"]["numbers"]
    assert data["accuracy-forest"]["pooled"]["estimate"] == pytest.approx(pooled["estimate"])
    assert data["accuracy-forest"]["pooled"]["ci"] == pytest.approx(pooled["ci"])


def test_the_numbers_are_those_of_miner_meta(data: dict[str, Any], frame: pd.DataFrame) -> None:
    """Three tasks: what looks at size and scatter does so from the level of each task, by a binomial model; the pooled value is over all."""
    pooled = meta.glmm(frame["x"], frame["n"], test="t")
    own = meta.glmm(frame["x"], frame["n"], mods={"task": frame["task"].to_numpy(object)})
    shift = dict(zip((name.removeprefix("task") for name in own.names), own.beta, strict=True))
    level = own.beta[0] + frame["task"].map(shift).fillna(0.0).to_numpy()
    center = float(pooled.beta[0])
    expit = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    assert data["accuracy-forest"]["pooled"]["estimate"] == pytest.approx(expit(center))
    assert data["accuracy-forest"]["pooled"]["ci"] == pytest.approx([expit(pooled.ci_lb[0]), expit(pooled.ci_ub[0])])
    noise = meta.noise_envelope(frame["estimate"], frame["n"], expit(level))
    assert data["accuracy-size"]["envelope"]["frac_outside_95"] == pytest.approx(noise.frac_outside_95)
    band = meta.lowess_band(frame["log10_n"], frame["estimate"] - expit(level), cluster=frame["cluster"])
    _, first = np.unique(band.x, return_index=True)
    assert data["accuracy-size"]["lowess"]["fit"] == pytest.approx(band.y[first], rel=1e-5, abs=1e-8)
    assert data["accuracy-size"]["lowess"]["upper"] == pytest.approx(band.upper[first], rel=1e-5, abs=1e-8)
    moved = frame["yi"] - level + center
    trim = meta.trimfill(moved, frame["vi"])
    assert (data["accuracy-trim"]["k0"], data["accuracy-trim"]["estimate"]) == (
        trim.k0,
        pytest.approx(center + trim.estimate - trim.observed),
    )
    points = meta.baujat(moved, frame["vi"])
    assert data["accuracy-baujat"]["x"] == pytest.approx(points.x, rel=1e-5)
    assert len(data["accuracy-baujat"]["influential"]) == int(np.sum(meta.influence(moved, frame["vi"]).is_infl))
    leave, whole = (
        meta.leave_one_out(frame["yi"], frame["vi"], cluster=frame["cluster"]),
        float(meta.pool(frame["yi"], frame["vi"]).beta[0]),
    )
    assert data["accuracy-leave"]["estimate"] == pytest.approx(center + leave.estimate - whole, rel=1e-5)
    best = [meta.records_below_noise(part["estimate"], part["n"], part["year"]) for _, part in frame.groupby("task")]
    found = data["accuracy-records"]
    assert (found["n_records"], found["n_below_noise"]) == (sum(b.n_records for b in best), sum(b.n_below_noise for b in best))
    se = meta.funnel(frame["yi"], frame["vi"], frame["n"])
    assert data["accuracy-funnel"]["reference"] == pytest.approx(center)
    assert data["accuracy-funnel"]["zone"] == [int(np.sum(se.zone >= z)) for z in (1, 2, 3)]


def test_the_weights_of_selection_are_those_of_the_model(frame: pd.DataFrame, tree: Any) -> None:
    # Against 80 % the values lie on both sides of significance, so that the weights can be estimated.
    yi, vi = frame["yi"].to_numpy() - np.log(4), frame["vi"].to_numpy()
    estimated, why = selection._estimated(yi, vi)
    assert estimated is not None, why
    again = meta.selection_model(yi, vi, "stepfun", steps=(0.025, 0.5), alternative="greater")
    assert estimated.delta == pytest.approx(again.delta)
    assert estimated.beta[0] == pytest.approx(again.beta[0])
    moderate = selection._assumed(yi, vi)["moderate one-tailed"]
    assert moderate.beta[0] != moderate.unadjusted[0]
    del tree


def test_points_of_the_funnel_stand_where_the_numbers_say(tree: Any, frame: pd.DataFrame) -> None:
    """The SVG's coordinates are an affine map of the standard errors: a fit of one to the other leaves nothing over."""
    group = tree.xpath("//*[@id='accuracy-funnel-axes_1']")[0]
    marks = [
        u for u in group.xpath(".//*[local-name()='use']") if u.xpath("ancestor::*[starts-with(@id, 'accuracy-funnel-PathCollection')]")
    ]
    points = np.array([(float(u.get("x")), float(u.get("y"))) for u in marks])
    assert len(points) == len(frame)
    for column, truth in ((0, frame["yi"].to_numpy()), (1, np.sqrt(frame["vi"].to_numpy()))):
        slope, shift = np.polyfit(truth, points[:, column], 1)
        assert np.abs(slope * truth + shift - points[:, column]).max() < 0.01


def test_the_flow_adds_up_and_the_apps_csv_holds_it(place: Workspace, tree: Any, data: dict[str, Any]) -> None:
    with open_reader(place.current) as con:
        made_from = load(con, JOB)
        total = con.execute("SELECT count(*) FROM paper").fetchone()
        told = dict(con.execute("SELECT stage, sum(count) FROM v_prisma GROUP BY stage").fetchall())
    counts = flow.count_flow(made_from)
    assert total == (counts.identified,)
    assert counts.identified == told["identified"]
    assert counts.screened == told["screened"]
    assert counts.included == told["included"] == counts.assessed - sum(c for _, c in counts.rejected)
    assert data["flow"]["identified"] == {"PubMed": counts.identified - 16, "arXiv": 16}
    rows = {r["data"]: r for r in csv.DictReader(io.StringIO(flow.prisma_csv(counts).decode())) if r["data"] != "NA"}
    assert int(rows["database_results"]["n"]) == counts.identified
    assert int(rows["new_studies"]["n"]) == counts.studies
    assert rows["dbr_excluded"]["n"] == "no performance of its own found, 5"
    assert int(rows["dbr_notretrieved_reports"]["n"]) == 1
    assert [r.get("download") for r in tree.xpath("//section[@id='panel-flow']//a[@download]")] == ["prisma.csv"]
    text = " ".join(tree.xpath("//section[@id='panel-flow']//*[local-name()='svg']//text()"))
    assert f"Records screened (n = {counts.screened})" in text


def test_forest_pages_hold_every_value_once(place: Workspace, tree: Any) -> None:
    assert len(tree.xpath("//section[@id='panel-accuracy-forest']//figure")) == 1
    own = EVERY + "[options.forest]\npage = 20\nmost = 45\n"
    (place.report_definitions / "paged.toml").write_text(own, encoding="utf-8")
    paged = html.fromstring(render_report(place, "paged", job=JOB).decode())
    section = paged.xpath("//section[@id='panel-accuracy-forest']")[0]
    assert [s.text for s in section.xpath(".//summary")] == ["Page 2 of 3", "Page 3 of 3"]
    assert "Drawn are the 45 largest studies" in section.xpath(".//figcaption")[0].text_content()
    labels = [t for t in section.xpath(".//*[local-name()='text'][not(ancestor::*[@class='narrow'])]/text()") if t.startswith("[Invented]")]
    assert len(labels) == 45


def test_pooled_groups_are_pooled(frame: pd.DataFrame) -> None:
    part = frame[frame["task"] == "benign or malignant"]
    found = forest.pooled_of(part, Sample(frame))
    fit = meta.glmm(part["x"].to_numpy(), part["n"].to_numpy(), test="t")
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((fit.beta[0], fit.ci_lb[0], fit.ci_ub[0]))
    assert forest.pooled_of(part.head(1), Sample(frame)) is None


def test_very_many_values_are_drawn_as_a_picture_and_paged(tmp_path: Any) -> None:
    from miner.report.definitions import definitions, load_definition
    from miner.report.gallery.registry import panels
    from miner.report.page import _subject
    from tests.report.conftest import make_workspace

    place = make_workspace(tmp_path, 2200)
    with open_reader(place.current) as con:
        loaded = load(con)
    subject = _subject("accuracy", loaded, load_definition(definitions()["publication-bias"]), analysed=True)
    (drawn,) = panels()["accuracy-by-size"].draw(subject, {})
    assert drawn.svg is not None
    assert "<image" in drawn.svg
    assert len(drawn.svg) < 600_000
    assert all(v is None for v in drawn.data["lowess"]["lower"])
    few = replace(subject, analysis=replace(subject.analysis, sample=replace(subject.sample, frame=subject.frame.head(50))))
    (panel,) = panels()["accuracy-by-size"].draw(few, {})
    assert "<image" not in (panel.svg or "")
