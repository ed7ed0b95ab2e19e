"""The report ``varoquaux2022``: the paper's figures come out, each panel says whether they do, and the same code serves extracted effects."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lxml import html

from miner import meta
from miner.config import Workspace
from miner.report.build import render_report
from miner.report.publications import varoquaux2022 as published
from miner.report.tasks import asymmetry, boards, flaws, limits, over_time, regressions, topics, verdicts
from miner.report.tasks import literature as chosen
from miner.report.tasks import slopes as slopes_module
from miner.report.tasks.literature import REGRESSED, TASKS, Literature, Variant, from_reviews, variants
from miner.report.tasks.slopes import KEY, OLS, OLS_CR2, PRIMARY, THREE_LEVEL, Slope, Slopes, slopes
from miner.store.connect import open_reader
from miner.studies.counts import Count, shares
from tests.report.paper import JOB, counts, job_workspace, paper_workspace

PANELS = (
    "sizes",
    "years",
    "accuracy",
    "periods",
    "models",
    "boards",
    "topics",
    "variants",
    "quantiles",
    "asymmetry",
    "envelope",
    "records",
    "limits",
)
SUFFIX = {
    chosen.AS_PAPER: "", chosen.TWO_GROUPS: "_ntask", chosen.WITH_LOST: "_all87", chosen.ONCE: "_nodup", chosen.BELOW_ONE: "_below1",
    chosen.BEST: "_best",
}  # fmt: skip
IN_SENSITIVITY = {
    chosen.TWO_GROUPS: "n of the two groups", chosen.WITH_LOST: "with the lost row", chosen.ONCE: "no duplicates", chosen.BELOW_ONE: "acc < 1",
    chosen.BEST: "best accuracy per paper",
}  # fmt: skip


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return paper_workspace(tmp_path_factory.mktemp("paper"))


@pytest.fixture(scope="session")
def literature(paper: Workspace) -> Literature:
    with open_reader(paper.current) as con:
        return from_reviews(con)


@pytest.fixture(scope="session")
def choices(literature: Literature) -> list[Variant]:
    return variants(literature)


@pytest.fixture(scope="session")
def fits(literature: Literature, choices: list[Variant]) -> regressions.Fits:
    return regressions.fit_all(literature, REGRESSED, choices)


@pytest.fixture(scope="session")
def page(paper: Workspace) -> Any:
    return html.fromstring(render_report(paper, "varoquaux2022").decode())


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return job_workspace(tmp_path_factory.mktemp("job"), 44)


@pytest.fixture(scope="session")
def job_bytes(job: Workspace) -> bytes:
    return render_report(job, JOB)


def _wald(frame: pd.DataFrame) -> float:
    whole = np.round(frame["n"].to_numpy(float))
    year = frame["year"].to_numpy(float)
    counts = np.round(frame["estimate"].to_numpy(float) * whole)
    return float(
        meta.glmm(counts, whole, {"log10_n": np.log10(whole), "year": year - year.mean()}, cluster=frame["cluster"].astype(str)).pval[1]
    )


def _text(node: Any) -> str:
    return " ".join(node.text_content().split())


# --- the paper's figures -----------------------------------------------------------------------------------------------------------


def test_the_printout_comes_out_with_the_papers_jitter(literature: Literature) -> None:
    made = published.reproduce(literature)
    assert made is not None
    assert (made.same, made.total) == (28, 28)


def test_the_coefficients_without_jitter(fits: regressions.Fits) -> None:
    size, year = (fits.tasks["pMCI vs sMCI"].get(OLS, what) for what in ("size", "year"))
    other = fits.tasks["AD vs HC"].get(OLS)
    assert size is not None
    assert year is not None
    assert other is not None
    assert (fits.tasks["pMCI vs sMCI"].k, fits.tasks["AD vs HC"].k) == (166, 86)
    assert (size.beta, year.beta, other.beta) == pytest.approx((-0.03511141, 0.00732431, -0.01877876), abs=1e-8)
    assert size.estimate == pytest.approx(100 * np.log(10) * size.beta)


def test_what_is_not_the_papers_data_is_not_called_a_reproduction(literature: Literature) -> None:
    assert published.reproduce(replace(literature, rows=literature.rows.iloc[:-1])) is None
    changed = literature.rows.assign(estimate=literature.rows["estimate"].where(literature.rows["task"] != "AD vs HC", 0.9))
    made = published.reproduce(replace(literature, rows=changed))
    assert made is not None
    assert made.same < made.total
    assert published.on_regressions(regressions.Fits({}), made).agreement == "differs"


def test_rows_and_sizes_by_year_are_the_references(literature: Literature, shared: Path) -> None:
    studies = pd.read_csv(shared / "reference" / "paper_studies.csv").query("in_original")
    assert len(literature.rows) == len(studies) == 588
    assert literature.rows["estimate"].to_numpy() == pytest.approx(studies["acc"].to_numpy(), nan_ok=True)
    by_year = json.loads((shared / "reference" / "paper_python.json").read_text())["subjects_by_year"]
    known = literature.rows.dropna(subset=["n"]).groupby("year")["n"]
    assert {f"{y:.0f}": (len(v), v.median(), v.quantile(0.25)) for y, v in known} == {
        y: (e["n"], e["median"], e["q25"]) for y, e in by_year.items()
    }


def test_the_choices_of_the_data_are_the_references(choices: list[Variant], shared: Path) -> None:
    compared = 0
    for v in choices:
        path = shared / "reference" / "paper_rows" / f"paper_{v.task.replace(' ', '_')}{SUFFIX[v.id]}.csv"
        if path.exists():
            rows = pd.read_csv(path)
            mine = sorted(zip(v.frame["estimate"].round(9), v.frame["n"], v.frame["year"], strict=True))
            assert mine == sorted(zip(rows["acc"].round(9), rows["n"], rows["year"], strict=True)), v.name
            compared += 1
    assert compared == 8


def test_every_slope_of_every_choice_is_the_references(fits: regressions.Fits, shared: Path) -> None:
    folder = shared / "reference"
    paper, sensitivity = (json.loads((folder / f).read_text()) for f in ("paper.json", "paper_sensitivity.json"))
    compared = 0
    for v, fit in fits.variants:
        block = paper[v.task] if v.id == chosen.AS_PAPER else sensitivity.get(f"{v.task}, {IN_SENSITIVITY[v.id]}")
        if block is None:
            continue
        ols, cr2 = fit.get(OLS), fit.get(OLS_CR2)
        assert ols is not None
        assert cr2 is not None
        classical = block["ols"]["classical"]
        assert (ols.beta, ols.p) == pytest.approx((classical["coef"][1], classical["p"][1]), rel=1e-6)
        assert (cr2.p, cr2.df) == pytest.approx((block["ols"]["cluster_CR2"]["p"][1], block["ols"]["cluster_CR2"]["df_satt"][1]), rel=1e-6)
        primary = fit.get(PRIMARY)
        assert primary is not None
        exact = block["glmm"].get("exact_AGQ61_lg_yc")
        if exact is not None and primary.note:  # rows only
            assert primary.beta == pytest.approx(exact["beta"][1], rel=2e-4)
        nested = next((b for name, b in block["glmm"].items() if name.startswith("glmer") and "coef" in b), None)
        if nested is not None and not primary.note:
            assert primary.beta == pytest.approx(nested["coef"][1], rel=2e-3)
            # The reference has Wald's z.
            assert _wald(v.frame) == pytest.approx(nested["p"][1], rel=2e-3)
        three, robust = fit.get(THREE_LEVEL), block["PLO"].get("ml3_metareg_robust")
        if robust is not None:
            assert three is not None
            club = robust["clubSandwich_CR2"]
            assert (three.p, three.df) == pytest.approx((club["p_satt"][1], club["df_satt"][1]), rel=1e-4)
        compared += 1
    assert compared == 8


# --- the panels ----------------------------------------------------------------------------------------------------------------------


def test_every_panel_is_there_with_a_described_figure(page: Any) -> None:
    for name in PANELS:
        for kind in ("figure", "narrow"):
            (figure,) = page.xpath(f"//section[@id='panel-{name}']//div[@class='{kind}']/*[local-name()='svg']")
            words = {child.tag.split("}")[-1]: child.text for child in figure[:2]}
            assert words["title"]
            assert len(words["desc"]) > 60
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_each_panel_of_the_paper_says_what_the_paper_says(page: Any) -> None:
    told = {p: _text(page.xpath(f"//section[@id='panel-{p}']//div[@class='beside']")[0]) for p in PANELS[:7]}
    assert "These data: agrees" in told["sizes"]
    assert "28 of 28 printed figures" in told["models"]
    assert "These data: agrees in part" in told["accuracy"]
    assert "p = 0.069" in told["accuracy"]
    assert _text(page).count("the test would find a true fall of") >= 2


def test_the_page_is_self_contained(job_bytes: bytes, page: Any) -> None:
    for text in (job_bytes.decode(), html.tostring(page, encoding="unicode")):
        bare = re.sub(r'href="https://(doi\.org|arxiv\.org|pubmed\.ncbi\.nlm\.nih\.gov)/[^"]*"', "", text)
        bare = re.sub(r'xmlns(:\w+)?="[^"]*"', "", bare)
        assert not re.search(r'(src|href|action)="(?!#|data:)', bare)
        assert not re.search(r"url\((?!#)", bare)


def test_a_point_for_each_accuracy(literature: Literature) -> None:
    panel = over_time.accuracy_by_size(literature, "x")
    assert [(f["task"], f["k"]) for f in panel.rows] == [("pMCI vs sMCI", 166), ("AD vs HC", 86), ("MCI vs AD", 58), ("MCI vs HC", 31)]
    root = html.fromstring(panel.svg)
    drawn = [len(c.xpath(".//*[local-name()='use']")) for c in root.xpath("//*[contains(@id, 'PathCollection')]")]
    assert [d for d in drawn if d > 20] == [166, 86, 58, 31]
    assert over_time.accuracy_by_size(literature, "x") == panel


def test_lowess_is_the_papers(literature: Literature, shared: Path) -> None:
    reference = json.loads((shared / "reference" / "paper_python.json").read_text())["lowess_acc_on_subjects_frac0.8"]
    for told in over_time.accuracy_by_size(literature, "x").rows:
        assert told["y"] == pytest.approx(reference[told["task"]]["y"], rel=1e-8)


def shown(paper: Workspace, literature: Literature, fits: regressions.Fits) -> str:
    """Return the words of all that is looked up by a model, a test, a choice of the data or a contest's verdict."""
    tasks = tuple(fits.tasks)
    tests = asymmetry.run_tests(literature, REGRESSED[:1])
    with open_reader(paper.current) as con:
        found, lacking = boards.contests(con)
        listed = flaws.find_flaws(con, literature, fits, found, lacking)
    panels = [
        regressions.by_model(fits, tasks, "m"),
        regressions.by_variant(fits, tasks, "v"),
        asymmetry.panel(literature, tests, tasks, "a"),
        boards.panel(found, lacking, "b"),
    ]
    judged = [*verdicts.on_trends(fits), *verdicts.on_asymmetry(tests), *verdicts.on_contests(found)]
    compared = [published.on_accuracy(fits), published.on_periods(fits), published.on_regressions(fits, None), published.on_boards(found)]
    return "\n".join(map(str, [*[(p.reading, p.table, p.warnings) for p in panels], *listed, *judged, *compared]))


def test_new_names_of_models_tests_and_choices_change_the_names_and_nothing_else(
    paper: Workspace, literature: Literature, fits: regressions.Fits, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, back = shown(paper, literature, fits), {}
    for module in (slopes_module, asymmetry, boards):
        for key, title in list(module.TITLES.items()):
            monkeypatch.setitem(module.TITLES, key, f"<{module.__name__[-5:]}:{key}>")
            back[f"<{module.__name__[-5:]}:{key}>"] = title
    back |= {f"<{v.id}>": v.name for v, _ in fits.variants}
    after = shown(paper, literature, replace(fits, variants=tuple((replace(v, name=f"<{v.id}>"), fit) for v, fit in fits.variants)))
    assert sum(name in after for name in back) >= 18
    for name, title in back.items():
        after = after.replace(name, title)
    assert after.casefold() == before.casefold()  # a name that begins a note has a large letter


def test_the_flaws_are_listed(paper: Workspace, literature: Literature, fits: regressions.Fits) -> None:
    with open_reader(paper.current) as con:
        found = flaws.find_flaws(con, literature, fits, *boards.contests(con))
    told = {f.what: (f.how_many, f.where, f.effect) for f in found}
    lost = next(v for k, v in told.items() if k.startswith("A row that"))
    assert (lost[0], "Proitsi" in lost[1], "AD vs HC: least squares −4.3 → −4.5" in lost[2]) == ("1 row", True, True)
    assert any(f.how_many.startswith("26 of ") for f in found)
    duplicates = next(v for k, v in told.items() if k.startswith("Exact duplicates"))
    assert duplicates[0] == "9 rows"
    assert "Likely too" in duplicates[1]
    assert sum(int(f.how_many.split()[0]) for f in found if "two reviews" in f.what) == 7
    assert any("pMCIvs sMCI" in f.where for f in found)


def test_verdicts_say_how_sure_and_where_the_paper_is_fragile(page: Any) -> None:
    told = {_text(li.xpath(".//strong")[0]): (_text(li.xpath(".//span")[0]), _text(li)) for li in page.xpath("//ol[@class='verdicts']/li")}
    sure, words = told["pMCI vs sMCI: larger studies report lower accuracy"]
    assert sure == "suggestive"
    assert "0.004 by the paper's least squares becomes 0.036" in words
    assert told["Sample sizes grew with the years"][0] == "suggestive"
    assert told["AD vs HC: at the same sample size accuracy rose with the years"][0] == "not shown"
    assert told["How far larger samples could lead without over-optimism"][0] == "not shown"


# --- verdicts from known results -------------------------------------------------------------------------------------------------------


def _slopes(*p: float, sign: float = -1.0) -> Slopes:
    made = tuple(Slope(m, sign * 5, sign * 9, sign * 1, value, 40, sign * 0.1) for m, value in zip(KEY, p, strict=True))
    return Slopes(50, 40, made, made)


@pytest.mark.parametrize(
    ("main", "others", "sure"),
    [
        ((0.001, 0.001, 0.001, 0.001), [(0.001,) * 4] * 3, "well supported"),
        ((0.001, 0.001, 0.001, 0.001), [(0.02,) * 4, (0.2,) * 4, (0.02,) * 4], "likely"),
        ((0.06, 0.04, 0.004, 0.03), [(0.06,) * 4], "suggestive"),
        ((0.2, 0.3, 0.1, 0.1), [(0.2,) * 4], "not shown"),
    ],
)
def test_grades(main: tuple[float, ...], others: list[tuple[float, ...]], sure: str) -> None:
    choices = tuple((Variant(str(i), "t", str(i), "", pd.DataFrame()), _slopes(*p)) for i, p in enumerate(others))
    assert verdicts.grade(regressions.Fits({"t": _slopes(*main)}, choices), "t") == sure


def test_a_choice_of_the_data_that_turns_the_sign_is_not_sure() -> None:
    turned = ((Variant("a", "t", "a", "", pd.DataFrame()), _slopes(0.001, 0.001, 0.001, 0.001, sign=1.0)),)
    assert verdicts.grade(regressions.Fits({"t": _slopes(0.001, 0.001, 0.001, 0.001)}, turned), "t") == "not shown"


def test_no_rise_is_claimed_only_where_the_intervals_say_so() -> None:
    def told(high: float) -> str:
        found = tuple(replace(s, p=0.2, high=high) for s in _slopes(0.2, 0.2, 0.2, 0.2).size)
        return published.on_accuracy(regressions.Fits({t: Slopes(50, 40, found, found) for t in REGRESSED})).figures

    assert "leave no room for a rise of two points or more" in told(1.0)
    assert "Neither a fall nor a rise" in told(6.0)


def _frame(k: int, slope: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = np.round(10 ** rng.uniform(1.5, 3, k))
    p = 1 / (1 + np.exp(-(1.5 + slope * (np.log10(n) - 2) + rng.normal(0, 0.4, k))))
    estimate = rng.binomial(n.astype(int), p) / n
    return pd.DataFrame({"estimate": estimate, "n": n, "year": 2010.0 + np.arange(k) % 9, "cluster": np.arange(k) // 2})


def test_a_slope_that_is_there_is_found_by_every_model() -> None:
    found = slopes(_frame(160, -0.8, 3))
    assert not found.failed
    assert all(s.estimate < 0 and s.low < s.estimate < s.high and s.p < 0.01 for s in found.size)
    assert found.papers == 80


def test_where_papers_hardly_repeat_the_primary_says_so() -> None:
    frame = _frame(60, 0.0, 4).assign(cluster=np.arange(60))
    once = slopes(frame, KEY)
    assert "one row a paper" in next(s.note for s in once.size if s.model == PRIMARY)
    twice = slopes(frame.assign(cluster=np.r_[0, np.arange(59)]), KEY)
    assert next(s for s in twice.size if s.model == PRIMARY).p < 1
    assert not once.failed


def test_eggers_test_cries_wolf_on_accuracies_and_the_report_says_so() -> None:
    frame = _frame(120, 0.0, 8)
    found = asymmetry.asymmetry_of(frame, "t")
    assert found.alarms[asymmetry.EGGER] > 0.5
    assert found.p[asymmetry.EGGER] < 0.05
    assert found.egger_misleads
    assert "says nothing here" in asymmetry.egger_words(found)
    assert not found.on_size
    calm = replace(found, alarms=dict.fromkeys(found.alarms, 0.06))
    assert "near its level" in asymmetry.egger_words(calm)


# --- leaderboards and topics -------------------------------------------------------------------------------------------------------------


def test_leaderboards_where_lower_is_better_are_turned(paper: Workspace) -> None:
    with open_reader(paper.current) as con:
        found, lacking = boards.contests(con)
    assert lacking == []
    told = {c.known.title: c for c in found}
    assert (told["Narrow & sure"].verdict, told["Wide"].verdict) == ("more", "noise")
    assert not told["Narrow & sure"].gap.higher_is_better
    assert told["Narrow & sure"].gap.gain == pytest.approx(0.08, abs=0.02)
    panel = boards.panel(found, lacking, "b")
    assert panel.table is not None
    assert [r[0] for r in panel.table.rows] == ["Narrow & sure", "Wide"]
    assert "lower is better" in panel.table.rows[0][1]
    assert "Narrow &amp; sure" in (panel.svg or "")


def test_topics_are_compared_with_the_paper() -> None:
    rising = topics.Series("x", tuple(shares(counts())))
    beside = published.on_topics(rising)
    assert beside.agreement == "agrees"
    assert "Lung in AI 2.0 % in 2016, 5.0 % in 2019 (+3.0 points)" in beside.figures
    flat = topics.Series("x", tuple(shares(Count(c.topic, c.year, 20 if c.topic == "lung_ai" else c.count, "x") for c in counts())))
    assert published.on_topics(flat).agreement == "differs"
    assert published.on_topics(None).agreement == "cannot be told"
    assert "miner counts JOB" in topics.panel(None, "t").reading


# --- extracted effects ----------------------------------------------------------------------------------------------------------------


def test_a_jobs_effects_give_the_same_panels_beside_the_reviews(job_bytes: bytes) -> None:
    tree = html.fromstring(job_bytes.decode())
    drawn = [s.get("id") for s in tree.xpath("//section[starts-with(@id, 'panel-')]")]
    assert drawn == [f"panel-{p}" for p in ("verdicts", "side-by-side", *PANELS, "flow")]
    rows = [[_text(c) for c in r] for r in tree.xpath("//table[@id='table-side-by-side']/tbody/tr")]
    first = next(r for r in rows if r[:2] == ["pMCI vs sMCI", "Accuracies with size and year"])
    assert first[2:] == ["166", "22"]
    assert not tree.xpath("//section[@id='panel-flaws']")
    assert len(tree.xpath("//table[@id='study-table']/tbody/tr")) == 44
    assert len(tree.xpath("//script[not(@type)]")) == 1


def test_the_jobs_falling_accuracies_are_found(job_bytes: bytes) -> None:
    text = _text(html.fromstring(job_bytes.decode()).xpath("//ol[@class='verdicts']")[0])
    assert "pMCI vs sMCI: larger studies report lower accuracy" in text
    assert "Where the paper's method is fragile" in text or "p < 0.001" in text


@pytest.mark.parametrize("number", [0, 1, 3])
def test_few_studies_give_a_page_that_says_so(tmp_path: Path, number: int) -> None:
    tree = html.fromstring(render_report(job_workspace(tmp_path, number, reviews=False), JOB).decode())
    text = _text(tree)
    assert "No task has three accuracies, which a figure needs at least" in text
    assert ("too few studies for any verdict" in text) == (not tree.xpath("//ol[@class='verdicts']"))
    assert "No task has enough accuracies" in text
    assert not tree.xpath("//section[@id='panel-side-by-side']")
    assert len(tree.xpath("//section[starts-with(@id, 'panel-')]")) == len(("verdicts", *PANELS, "flow"))


def test_nothing_imported_says_what_to_do(tmp_path: Path) -> None:
    from miner.config import init_workspace
    from miner.jobs.lock import writing
    from miner.jobs.publishing import publish

    place = init_workspace(tmp_path)
    with writing(place) as con:
        publish(con, place)
    text = _text(html.fromstring(render_report(place, "varoquaux2022").decode()))
    assert "miner import --as sources --mapping varoquaux2022 FOLDER" in text
    assert "nan" not in text.lower().split()


def test_a_few_of_the_papers_tasks_do_not_hide_what_there_is(literature: Literature) -> None:
    rows = literature.rows.copy()
    rows.loc[rows["task"].isin(TASKS) & (np.arange(len(rows)) % 60 > 0), "task"] = "detection"
    few = replace(literature, rows=rows)
    assert max(len(few.of_task(t)) for t in TASKS) < 8
    assert few.tasks[0] == "detection"


def test_other_tasks_than_the_papers_are_drawn_too(literature: Literature) -> None:
    other = replace(literature, rows=literature.rows.assign(task=literature.rows["task"].map({t: f"{t} at home" for t in TASKS})))
    assert len(other.tasks) == 4
    assert other.tasks[0] == "pMCI vs sMCI at home"
    assert over_time.accuracy_by_size(other, "x").svg


def test_the_corrected_curve_is_not_claimed_where_the_data_do_not_tell_it(literature: Literature) -> None:
    found = limits.fit_curves(literature, ("MCI vs HC",))
    assert limits.poorly_known(found["MCI vs HC"])
    panel = limits.panel(literature, found, literature.tasks, "l")
    assert "do not tell the limit" in panel.reading
    assert panel.warnings
