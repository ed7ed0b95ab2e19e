"""Easy studies are small and hard ones large, without a trend inside: every panel says the same, and says where it does not look within tasks."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lxml import html

from miner import meta
from miner.meta.analysis.rows import TOGETHER
from miner.meta.effects.odds import expit
from miner.report.build import render_report
from miner.report.tasks.slopes import PRIMARY, slopes
from tests.report.simpson import EASY, HARD, simpson_frame, simpson_workspace


@pytest.fixture(scope="module", params=["accuracy-vs-sample-size", "publication-bias"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = simpson_workspace(tmp_path_factory.mktemp("simpson"))
    return html.fromstring(render_report(place, request.param).decode())


@pytest.fixture(scope="module")
def data(tree: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tree.xpath("//script[@id='report-data']")[0].text)["panels"]
    return found


@pytest.fixture(scope="module")
def text(tree: Any) -> str:
    tree = copy.deepcopy(tree)
    for drawing in tree.xpath("//*[local-name()='svg' or local-name()='script']"):
        drawing.drop_tree()
    return " ".join(tree.xpath("//main")[0].text_content().replace("\u00a0", " ").split())


def panel(tree: Any, name: str) -> str:
    return " ".join(tree.xpath(f"//section[@id='panel-accuracy-{name}']")[0].text_content().replace("\u00a0", " ").split())


def test_no_sentence_says_that_larger_studies_report_less(text: str) -> None:
    assert text.count("The data do not tell a trend from chance (p = 0.26); this is no proof that there is none.") >= 2
    assert "arger studies report lower" not in text
    assert "small studies report" not in text
    assert "Small studies differ" not in text
    assert "Not all analyses agree" not in text


def test_one_sentence_says_what_is_between_the_tasks(text: str) -> None:
    said = re.search(
        r"Without regard to task, larger studies would seem to report lower accuracy \(−(\d+\.\d) percentage points .*?\): (.*?)\.", text
    )
    assert said
    assert float(said[1]) > 10
    assert said[2].endswith("within them no trend is told from chance")


def test_the_figure_has_the_primary_models_line_for_each_task(data: dict[str, Any], tree: Any) -> None:
    primary = data["accuracy-size"]["primary"]
    assert set(primary["lines"]) == {EASY, HARD}
    for task, low, high, mean in ((EASY, 25, 100, 0.94), (HARD, 160, 1600, 0.71)):
        ends = [expit(primary["lines"][task] + primary["beta"] * np.log10(n)) for n in (low, high)]
        assert ends == pytest.approx([mean, mean], abs=0.02)
        assert abs(ends[1] - ends[0]) < 0.04
    drawn = tree.xpath("//section[@id='panel-accuracy-size']//figure")
    assert len(drawn) == 1


def test_what_is_drawn_is_flat(data: dict[str, Any], tree: Any) -> None:
    curve = np.array(data["accuracy-size"]["lowess"]["fit"])
    assert np.ptp(curve) < 0.03
    slopes = data["accuracy-quantiles"]
    assert abs(slopes["slopes"]["0.5"]) < 6
    assert slopes["p"]["0.5"] > 0.05
    assert "each task has an intercept of its own" in panel(tree, "quantiles")
    asymmetry = data["accuracy-funnel"]["asymmetry"]
    assert asymmetry["p"] > 0.05
    assert "no clear asymmetry" in panel(tree, "funnel")
    assert "brought to one level" in panel(tree, "funnel")
    if "accuracy-trim" in data:
        pooled, filled = (100 * expit(data["accuracy-trim"][name]) for name in ("pooled", "estimate"))
        assert abs(filled - pooled) < 1
        assert "The tasks were brought to one level first." in panel(tree, "trim")


def test_what_takes_all_tasks_together_says_so_loudly(data: dict[str, Any], tree: Any) -> None:
    for name in ("selection", "leave"):
        if f"accuracy-{name}" in data:
            assert f"Caution. {TOGETHER}" in panel(tree, name)
    assert "all tasks together" in panel(tree, "forest")


def test_the_pull_within_tasks_is_not_called_one_on_the_pooled_value(data: dict[str, Any], tree: Any) -> None:
    """Leave one out names another paper: it asks of all tasks together, the plot of Baujat of tasks at one level."""
    if "accuracy-baujat" in data:
        assert "The strongest pull on the level of accuracy to which tasks are brought is that of" in panel(tree, "baujat")


def test_there_is_one_pooled_value(text: str) -> None:
    places = r"pooled accuracy of (\d+\.\d) %|from the pooled (\d+\.\d) %|in place of (\d+\.\d) %|\((\d+\.\d) % with all\)|all tasks together, is (\d+\.\d) %"
    found = {value for match in re.finditer(places, text) for value in match.groups() if value}
    assert len(found) == 1, found
    assert len(re.findall(places, text)) >= 4


FIGURES = {
    "pooled accuracy": r"all tasks together, is (\d+\.\d %)|pooled accuracy of (\d+\.\d %)|from the pooled (\d+\.\d %)",
    "its interval": r"all tasks together, is \d+\.\d % \(95 % interval (\d+\.\d to \d+\.\d %)\)",
    "a new study": r"expected between (\d+\.\d % and \d+\.\d %)",
    "I²": r"(\d+ % of the variance is more than sampling error)",
    "primary slope": r"([−+]\d+\.\d) percentage points for each tenfold n, from the pooled|pooled accuracy of \d+\.\d % that is ([−+]\d+\.\d) percentage points",
    "primary p": r"(?:primary analysis, within tasks\)|\([−+]\d+\.\d to [−+]\d+\.\d\))\. The data do not tell a trend from chance \((p [=<] \d\.\d+)\)",
    "power": r"(a true fall of [^.]*\.\d percentage points for each tenfold n in \d+ %)",
    "values": r"(?:\()?\b(80) values",
}


def test_what_stands_twice_is_the_same_in_reports_and_commands(text: str) -> None:
    """One quantity, one name, one number: in this report and in what ``miner meta analyse`` prints of the same values."""
    analysis = meta.analyse_table(simpson_frame())
    printed = " ".join(str(analysis).split())
    for name, pattern in FIGURES.items():
        found = [{v for m in re.finditer(pattern, where) for v in m.groups() if v} for where in (text, printed)]
        assert len(found[0]) == 1, (name, found)
        assert name == "values" or found[0] == found[1], (name, found)


def test_the_report_by_task_counts_the_same_points_of_the_same_model() -> None:
    """Of one task, with papers that have several values, both reports give the primary model's slope, interval and p-value alike."""
    rng = np.random.default_rng(3)
    n = np.round(10 ** rng.uniform(1.6, 3, 24))
    x = rng.binomial(n.astype(int), expit(2.2 - 0.3 * np.log10(n / 150) + rng.normal(0, 0.4, 24)))
    papers = [f"p{i}" for i in [*range(20), 0, 0, 1, 2]]
    frame = pd.DataFrame({"estimate": x / n, "n": n, "year": 2010 + np.arange(24) % 9, "cluster": papers})
    theirs, ours = slopes(frame, (PRIMARY,)).get(PRIMARY), meta.analyse_table(frame).primary.numbers
    assert theirs is not None
    assert (theirs.estimate, theirs.p, theirs.beta) == pytest.approx((ours["points"], ours["p"], ours["beta"]), rel=1e-6)
    assert (theirs.low, theirs.high) == pytest.approx(ours["points_ci"], rel=1e-5)
    assert theirs.power == ours["power"]


def test_the_methods_name_what_the_models_held() -> None:
    methods = meta.report_text(meta.analyse_table(simpson_frame())).methods
    assert "correct answers on log10 sample size and year, with an intercept for each task, with random effects of rows" in methods
    assert "the slope on 1/√n within tasks" in methods
    one = simpson_frame().assign(task="one")
    assert "intercept for each task" not in meta.report_text(meta.analyse_table(one)).methods
    dateless = meta.report_text(meta.analyse_table(one.drop(columns="year"))).methods
    assert "correct answers on log10 sample size, with random effects of rows" in dateless


def test_within_tasks_asymmetry_keeps_its_level() -> None:
    """Of forty such literatures without any trend inside, few show one; without regard to task all do."""
    within, without = 0, 0
    for seed in range(40):
        frame = simpson_frame(seed)
        x = np.round(frame["estimate"] * frame["n"]) + 0.5
        yi, vi = np.log(x / (frame["n"] - x + 1)), 1 / x + 1 / (frame["n"] - x + 1)
        options: dict[str, Any] = {"ni": frame["n"], "predictor": "sqrtninv", "test": "knha"}
        within += meta.regtest(yi, vi, mods={"task": frame["task"].to_numpy(object)}, **options).pval < 0.05
        without += meta.regtest(yi, vi, **options).pval < 0.05
    assert without == 40
    assert within <= 8
