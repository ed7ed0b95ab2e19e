"""Definitions: those that ship are right, a workspace's own go before them, and mistakes are told with their line."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from miner.errors import ConfigError, QueryError, UsageError
from miner.report.build import build_report, render_report
from miner.report.definitions import definitions, load_definition
from tests.report.conftest import make_workspace
from tests.report.example import JOB, TINY, example_workspace

GOOD = 'title = "T {metric}"\nquestion = "Q?"\npanels = [\n  "accuracy-by-size",\n  "studies",\n]\n'
IN_SECTIONS = 'title = "T"\nquestion = "Q?"\n[[sections]]\ntitle = "Pictures"\npanels = ["flow"]\n[[sections]]\npanels = ["forest"]\n'


def write(folder: Path, text: str, name: str = "own") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory):
    return example_workspace(tmp_path_factory.mktemp("definitions"))


def test_the_definitions_that_ship_are_right() -> None:
    shipped = definitions()
    assert set(shipped) == {"accuracy-vs-sample-size", "literature", "publication-bias", "varoquaux2022"}
    for path in shipped.values():
        assert load_definition(path).parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + 'qurey = "effects"\n', r"own.toml, line 7: unknown key 'qurey' \(did you mean 'query'\?\)"),
        (GOOD + '[texts]\nlimit = "x"\n', r"line 8: unknown key 'limit' \(did you mean 'limits'\?\)"),
        (GOOD.replace('"studies"', '"study"'), r"line 5: there is no panel 'study' \(did you mean 'studies'\?\)"),
        (GOOD.replace('"studies"', '"accuracy-by-size"'), "line 3: panels: the panel 'accuracy-by-size' stands there twice"),
        (GOOD + "[options.forest]\npages = 3\n", r"line 8: the panel 'forest' has no option 'pages' \(did you mean 'page'\?\)"),
        (GOOD + '[options.forest]\npage = "many"\n', "line 8: page of 'forest' is 'many'"),
        (GOOD + "[options.forrest]\npage = 3\n", r"line 7: there is no panel 'forrest' \(did you mean 'forest'\?\)"),
        (GOOD + '[texts.panels]\nfunel = "x"\n', r"line 8: there is no panel 'funel' \(did you mean 'funnel'\?\)"),
        (GOOD.replace('title = "T {metric}"\n', ""), "the key 'title' is missing"),
        (GOOD.replace('"Q?"', "3"), "line 2: question: Input should be a valid string"),
        (GOOD + "panels = 3\n", "is not TOML"),
        ('title = "T"\nquestion = "Q?"\n', "panels stand in the key panels or in sections"),
        (GOOD + '[[sections]]\npanels = ["flow"]\n', "line 7: sections: panels stand in the key panels or in sections"),
        (IN_SECTIONS.replace('"flow"', '"flaw"'), r"line 5: there is no panel 'flaw' \(did you mean 'flaws'\?\)"),
        (IN_SECTIONS.replace('"flow"', '"forest"'), "the panel 'forest' stands there twice"),
        (GOOD + '[publication]\ncitation = "X"\ncompared = "varoqaux2022"\n', r"line 9: there is no publication 'varoqaux2022' to compare with \(did you mean 'varoquaux2022'\?\)"),
        (IN_SECTIONS + '[texts.publication]\nfunel = "x"\n', r"there is no panel 'funel' \(did you mean 'funnel'\?\)"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_definition(write(tmp_path, text))


def test_a_workspaces_own_goes_before_those_that_ship(tmp_path: Path) -> None:
    place = make_workspace(tmp_path, 12)
    assert place.report_definitions.is_dir()
    write(place.report_definitions, GOOD)
    write(place.report_definitions, GOOD.replace("T {metric}", "Ours"), "publication-bias")
    assert b"<h1>T accuracy</h1>" in render_report(place, "own")
    assert b"<h1>Ours</h1>" in render_report(place, "publication-bias")


def test_groups_moderators_texts_and_options_are_honoured(example) -> None:
    text = (
        'title = "T"\nquestion = "Q?"\ngroups = ["source", "task"]\nmoderators = ["log10_n", "source", "nothing", "n_unit"]\n'
        'panels = ["forest", "subgroups", "regression"]\n'
        '[texts]\nintroduction = "Read <this> first."\n[texts.panels]\nforest = "Above."\n[options.forest]\npage = 10\nsort = "n"\n'
    )
    write(example.report_definitions, text)
    tree = html.fromstring(render_report(example, "own", job=JOB).decode())
    assert tree.xpath("//p[@class='introduction']")[0].text == "Read <this> first."
    assert tree.xpath("//section[@id='panel-accuracy-forest']/p[@class='lead']")[0].text == "Above."
    assert len(tree.xpath("//section[@id='panel-accuracy-forest']//figure")) == 4
    classes = [[c.text for c in r.xpath("./*")][:3] for r in tree.xpath("//table[@id='table-accuracy-subgroups']/tbody/tr")]
    assert classes[:2] == [["source", "pubmed", "24"], ["source", "arxiv", "12"]]
    assert len(classes) == 5
    reading = tree.xpath("//section[@id='panel-accuracy-regression']/p[@class='reading']")[0].text
    assert "Left out: nothing (no such column), n_unit (one class)." in reading
    names = [r[0].text for r in tree.xpath("//table[@id='table-accuracy-regression']/tbody/tr")]
    assert names == ["log10_n", "sourcepubmed"]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("SELECT estimate, n, year, paper_id FROM v_effect WHERE n > 100", None),
        ("WITH x AS (SELECT value / 100 AS estimate, 50 AS n FROM v_performance) SELECT * FROM x", 0),
    ],
)
def test_any_query_with_estimate_and_n_makes_a_report(example, query: str, values: int | None) -> None:
    write(example.report_definitions, GOOD.replace('question = "Q?"\n', f'question = "Q?"\nquery = "{query}"\n'))
    tree = html.fromstring(render_report(example, "own").decode())
    rows = tree.xpath("//table[@id='study-table']/tbody/tr")
    assert len(rows) == values if values is not None else 5 < len(rows) < 36


def test_rows_that_cannot_be_used_are_counted(example) -> None:
    query = "SELECT CASE WHEN n > 100 THEN estimate ELSE 100 * estimate END AS estimate, n FROM v_effect WHERE $job = 'example'"
    write(example.report_definitions, GOOD.replace('question = "Q?"\n', f'question = "Q?"\nquery = "{query}"\n'))
    summary = html.fromstring(render_report(example, "own", job=JOB).decode()).xpath("//section[@id='summary']")[0].text_content()
    assert "rows of the report's query are left out" in summary


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("SELECT n FROM v_effect", QueryError, "returns no column estimate"),
        ("nothing-like-it", UsageError, "there is no query 'nothing-like-it'"),
        ("SELECT * FROM nowhere", QueryError, "nowhere"),
        ("WITH x AS (SELECT 1) INSERT INTO effect SELECT * FROM x", QueryError, "only statements that read"),
    ],
)  # fmt: skip
def test_a_bad_query_is_refused(example, query: str, error: type[Exception], message: str) -> None:
    write(example.report_definitions, GOOD.replace('question = "Q?"\n', f'question = "Q?"\nquery = "{query}"\n'))
    with pytest.raises(error, match=message):
        render_report(example, "own")


def test_a_job_learns_before_it_crawls_that_its_report_is_not_there(example) -> None:
    from miner.jobs.definition import Job
    from miner.jobs.run import run_job

    job = Job(name="j", question="q", report={"name": "publication-bais"})
    with pytest.raises(UsageError, match=r"no report 'publication-bais' \(did you mean 'publication-bias'\?\)"):
        run_job(example, job, print)


def test_groups_must_be_columns(example) -> None:
    write(example.report_definitions, GOOD + 'groups = ["tsk"]\n')
    with pytest.raises(UsageError, match=r"groups by 'tsk', which its query does not return \(did you mean 'task'\?\)"):
        render_report(example, "own")


def test_names_from_papers_cannot_break_figures(example) -> None:
    query = "SELECT estimate, n, year, '_$x^2$ <b>' || (n % 2) || chr(8238) || chr(7) AS task, chr(8238) || 'title $a$ &' AS title FROM v_effect"
    write(
        example.report_definitions,
        GOOD.replace('"studies"', '"forest", "leave-one-out"').replace('question = "Q?"\n', f'question = "Q?"\nquery = "{query}"\n'),
    )
    tree = html.fromstring(render_report(example, "own").decode())
    labels = tree.xpath("//section[@id='panel-accuracy-size']//*[local-name()='text']/text()")
    assert any(t.startswith("$x^2$ <b>0 (") for t in labels)


def test_reports_of_a_job_do_not_overwrite_each_other(example, tmp_path: Path) -> None:
    write(example.report_definitions, TINY)
    assert build_report(example, JOB, output=tmp_path).name == "example.html"
    assert build_report(example, "own", job=JOB, output=tmp_path).name == "example-own.html"
    assert build_report(example, "own", output=tmp_path).name == "own.html"


@pytest.mark.parametrize(("known", "told"), [("", []), ('compared = "varoquaux2022"\n', ["These data"])])
def test_data_are_compared_with_the_publication_that_is_named(example, known: str, told: list[str]) -> None:
    """Words of another publication stand alone: its figures are not those of the one that miner knows."""
    text = 'title = "T"\nquestion = "Q?"\npanels = ["sizes-by-year"]\n[publication]\ncitation = "Nobody (2024)"\n'
    write(example.report_definitions, text + known + '[texts.publication]\nsizes-by-year = "Sizes grew."\n')
    tree = html.fromstring(render_report(example, "own").decode())
    columns = tree.xpath("//section[@id='panel-sizes']//div[@class='beside']/div/*[1]")
    assert [c.text_content().split(":")[0] for c in columns] == ["The paper", *told]


def test_sections_have_headings_and_a_publications_words_stand_beside_its_panels(example) -> None:
    text = IN_SECTIONS + (
        '[publication]\ncitation = "Nobody (2024)"\n[texts.publication]\nforest = "All values agree."\nflow = "A hundred records."\n'
    )
    write(example.report_definitions, text)
    tree = html.fromstring(render_report(example, "own", job=JOB).decode())
    assert [h.text for h in tree.xpath("//section[@id='section']/h2")] == ["Pictures"]
    assert [s.get("id") for s in tree.xpath("//section[@id='section']//section")] == ["panel-flow"]
    beside = tree.xpath("//section[@id='panel-flow']//div[@class='beside']/div")
    assert [d.text_content().split("\n")[0] for d in beside] == ["The paperA hundred records."]
    assert "All values agree." in tree.xpath("//div[@class='beside']")[1].text_content()
    assert "Nobody (2024)" in tree.xpath("//p[@class='source']")[0].text_content()
