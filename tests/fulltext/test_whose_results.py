"""Whose results a full text reports: invented articles in JATS, each with the values of its own that must be found, and no others."""

from __future__ import annotations

import pytest

from miner.extract.engine import Extractor
from miner.extract.fulltext import extract_full_text
from miner.extract.rule import load_rules
from miner.fulltext.jats import read_jats

PEOPLE = "We studied 90 patients and 60 controls."
TABLE_XREF = '<xref ref-type="table" rid="t1">Table 1</xref>'


def bibr(label, *, raised=False):
    mark = f'<xref ref-type="bibr" rid="B{label}">{label}</xref>'
    return f"<sup>{mark}</sup>" if raised else mark


def table(heads, *rows, caption="Performance", foot="", wide=""):
    head = "".join(f"<th>{h}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    notes = f"<table-wrap-foot>{foot}</table-wrap-foot>" if foot else ""
    return (
        f'<table-wrap id="t1"{wide}><label>Table 1</label><caption><p>{caption}</p></caption>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}</table-wrap>"
    )


def sec(title, *content):
    return f"<sec><title>{title}</title>{''.join(c if c.startswith('<') else f'<p>{c}</p>' for c in content)}</sec>"


def article(*body, after=""):
    return (
        '<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><title-group><article-title>An invented study</article-title>'
        f"</title-group></article-meta></front><body>{''.join(body)}</body>{after}</article>"
    )


def in_results(*content):
    return article(sec("Methods", PEOPLE), sec("Results", *content))


ACC = ("Method", "Accuracy (%)")
# name: (article, the paper's own values by metric or a score's own name)
CASES = {
    # rows of the literature, however they are marked
    "several raised references": (in_results(table(ACC, (f"Forest{bibr(3, raised=True)}<sup>,</sup>{bibr(4, raised=True)}", "97.0"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "a raised number inside the reference": (in_results(table(ACC, ('Forest <xref ref-type="bibr" rid="B3"><sup>3</sup></xref>', "97.0"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "a number in round brackets": (in_results(table(ACC, (f"Forest ({bibr(3)})", "97.0"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "plain text in square brackets": (in_results(table(ACC, ("Forest [3, 4]", "97.0"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "authors and a year": (in_results(table(ACC, ("Rossi et al., 2018", "97.0"), ("Miller and Rossi (2019)", "96.0"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "a column Ref.": (in_results(table(("Method", "Ref.", "Accuracy (%)"), ("Forest", bibr(3), "97.0"), ("FooNet", "–", "88.0"))), {("accuracy", 0.88)}),
    "a column Source, and this study": (in_results(table(("Source", "Accuracy (%)"), ("Rossi", "97.0"), ("This study", "88.0"))), {("accuracy", 0.88)}),
    "a study beside its year": (in_results(table(("Study", "Year", "Accuracy (%)"), ("Rossi", "2018", "97.0"), ("Miller", "2019", "96.0")), "Our accuracy was 88%."), {("accuracy", 0.88)}),
    "a year of the data": (in_results(table(("Season", "Year", "Accuracy (%)"), ("First", "2018", "87.0"), ("Second", "2019", "88.0"))), {("accuracy", 0.87), ("accuracy", 0.88)}),
    "a citation in the cell of the value": (in_results(table(ACC, ("Forest", "97.0 [12]"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "an interval in square brackets is no citation": (in_results(table(ACC, ("FooNet", "88 [82–93]"))), {("accuracy", 0.88)}),
    "a raised citation in the cell of the value": (in_results(table(ACC, ("Forest", f"97.0{bibr(12, raised=True)}"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "methods as columns": (in_results(table(("Metric", f"Forest {bibr(3)}", "FooNet"), ("Accuracy (%)", "97.0", "88.0"))), {("accuracy", 0.88)}),
    "data sets with references are the paper's own": (in_results(table(("Data set", "Accuracy (%)"), (f"ADNI {bibr(3)}", "88.0"), (f"OASIS {bibr(4)}", "86.0"))), {("accuracy", 0.88), ("accuracy", 0.86)}),
    # captions, notes, sections
    "a caption of earlier work": (in_results(table(ACC, ("Forest", "97.0"), caption="Overview of earlier work on this question"), "Our accuracy was 88%."), {("accuracy", 0.88)}),
    "a caption of reported values": (in_results(table(ACC, ("Forest", "97.0"), caption="Previously reported classifiers"), "Our accuracy was 88%."), {("accuracy", 0.88)}),
    "a comparison with our own row": (in_results(table(ACC, ("Forest", "97.0"), ("Proposed", "88.0"), caption="Comparison with state-of-the-art methods")), {("accuracy", 0.88)}),
    "a note as reported by, with a letter": (
        in_results(table(ACC, ('Forest<xref ref-type="table-fn" rid="n1"><sup>a</sup></xref>', "97.0"), ("FooNet", "88.0"), foot='<fn id="n1"><label>a</label><p>As reported by the original authors.</p></fn>')),
        {("accuracy", 0.88)},
    ),
    "a note with a sign in the text": (in_results(table(ACC, ("Forest*", "97.0"), ("FooNet", "88.0"), foot="<p>* Values taken from the respective paper.</p>")), {("accuracy", 0.88)}),
    "a note on significance": (in_results(table(ACC, ("Forest*", "87.0"), ("FooNet", "88.0"), foot="<p>* p &lt; 0.05 against chance.</p>")), {("accuracy", 0.87), ("accuracy", 0.88)}),
    "a table in the section on related work": (article(sec("Related work", table(ACC, ("Forest", "97.0"))), sec("Methods", PEOPLE), sec("Results", "The accuracy was 88%.")), {("accuracy", 0.88)}),
    "a floating table that the introduction refers to": (
        article(sec("Introduction", f"Others did it before ({TABLE_XREF})."), sec("Results", "Our accuracy was 88%."), after=f"<floats-group>{table(ACC, ('Forest', '97.0'))}</floats-group>"),
        {("accuracy", 0.88)},
    ),
    "a floating table that the results refer to": (
        article(sec("Introduction", "Others did it before."), sec("Results", f"See {TABLE_XREF}."), after=f"<floats-wrap>{table(ACC, ('Forest', '88.0'))}</floats-wrap>"),
        {("accuracy", 0.88)},
    ),
    # what is no method of the paper's
    "people, and chance": (in_results(table(ACC, ("Radiologist 1", "97.0"), ("Chance", "50.0"), ("Permuted labels", "51.0"), ("FooNet", "88.0"))), {("accuracy", 0.88)}),
    "what people did in their task": (in_results(table(("Group", "Accuracy (%)", "Reaction time (ms)"), ("Patients", "95.0", "612"), ("Controls", "97.0", "540"), caption="Behavioural results")), set()),
    "recall of words": (in_results(table(("Group", "Delayed recall", "AUC"), ("Patients", "0.42", "0.81"))), {("auc", 0.81)}),
    # how cells are written
    "decimal commas with an interval": (in_results(table(("Model", "AUC"), ("FooNet", "0,91 (0,85–0,95)"))), {("auc", 0.91)}),
    "three places behind a decimal comma": (in_results(table(("Model", "AUC"), ("FooNet", "0,915"))), {("auc", 0.915)}),
    "a comma of thousands is none": (in_results(table(("Model", "Accuracy", "Images"), ("FooNet", "88,5", "1,234"))), {("accuracy", 0.885)}),
    "plus or minus in letters": (in_results(table(ACC, ("FooNet", "88.0 +/- 1.2"))), {("accuracy", 0.88)}),
    "names that both readers share": (in_results(table(("Model", "UAR", "AUPR", "Brier score"), ("FooNet", "0.81", "0.77", "0.12"))), {("balanced_accuracy", 0.81), ("auprc", 0.77), ("brier", 0.12)}),
    # sentences
    "a raised citation behind a value": (in_results(f"The accuracy was 88%. The best accuracy so far is 97.5%{bibr(8, raised=True)}."), {("accuracy", 0.88)}),
    "a raised citation behind the authors": (in_results(f"The accuracy was 88%. Miller and colleagues{bibr(8, raised=True)} found an accuracy of 97.5%."), {("accuracy", 0.88)}),
    "it has been reported": (in_results(f"The accuracy was 88%. An accuracy of 97.5% has been reported for this question{bibr(8, raised=True)}."), {("accuracy", 0.88)}),
    "another group's accuracy beside ours": (in_results("Our network had an accuracy of 88%, compared with 97.5% reported by Rossi et al. [9]."), {("accuracy", 0.88)}),
    "a cited tool is a tool": (in_results(f"Using the toolbox of Miller {bibr(3)}, we reached an accuracy of 88%. In the ADNI data {bibr(4)} the AUC was 0.91."), {("accuracy", 0.88), ("auc", 0.91)}),
    "they, in a review": (
        article(sec("Forests", f"Rossi et al.{bibr(5, raised=True)} obtained an accuracy of 97%. They also reported an AUC of 0.95. Their sensitivity was 91%."), sec("Networks", "Miller (2016) reached an accuracy of 92%.")),
        set(),
    ),
    "a parameter": (in_results("The soft-margin parameter C = 0.5 and a learning rate of 0.9 gave the best accuracy, which was 88%."), {("accuracy", 0.88)}),
    "test statistics": (in_results("Accuracy differed between groups (F(1, 22) = 0.81, t22 = 0.45, χ2(1) = 0.64). Accuracy was 88%."), {("accuracy", 0.88)}),
    "a region of prediction": (in_results("Sensitivity was 84%, and the 95% prediction region was wide."), {("sensitivity", 0.84)}),
    "the AUC of a hormone": (in_results("The AUC of cortisol was 0.82 higher in patients, glucose AUC was 0.91, and AUC0-24 was 0.77. The classifier had an AUC of 0.71."), {("auc", 0.71)}),
    "the sensitivity of an assay": (article(sec("Methods", PEOPLE, "The ELISA kit had a sensitivity of 0.9 and an intra-assay precision of 3%."), sec("Results", "The classifier had a sensitivity of 84%.")), {("sensitivity", 0.84)}),
    "what people got right": (in_results("Participants responded to the catch trials with an accuracy of 97%. Behavioural accuracy was 95% in both groups. The decoder had an accuracy of 62%."), {("accuracy", 0.62)}),
}  # fmt: skip


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(load_rules())


@pytest.mark.parametrize("name", CASES)
def test_the_paper_s_own_values_and_no_others_are_its_own(extractor, tmp_path, name):
    text, own = CASES[name]
    path = tmp_path / "article.xml"
    path.write_text(text, encoding="utf-8")
    read = read_jats(path)
    found = extract_full_text(extractor, read.text, read.sections, read.tables, cited=read.cited)
    values = {
        (x.fields.get("name", x.fields["metric"]), round(float(x.value), 6))
        for x in found
        if x.kind == "performance" and x.fields["claim"] == "own"
    }
    assert values == own


def test_citations_stand_where_they_were_printed(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(in_results(f"It was 97.5%{bibr(8, raised=True)} in all {bibr(9)}. It was 3."), encoding="utf-8")
    read = read_jats(path)
    assert [read.text[at - 5 : at] for at in read.cited] == ["97.5%", "all 9"]
    assert "\uf8ff" not in read.text


def test_a_table_knows_its_section_its_notes_and_what_its_cells_refer_to(tmp_path):
    path = tmp_path / "a.xml"
    foot = '<fn id="n1"><label>a</label><p>A note.</p></fn>'
    rows = (f"Forest{bibr(3, raised=True)}", "97.0"), ('FooNet<xref ref-type="table-fn" rid="n1"><sup>a</sup></xref>', "88.0")
    path.write_text(article(sec("Introduction", "Words."), sec("Results", table(ACC, *rows, foot=foot))), encoding="utf-8")
    [read] = read_jats(path).tables
    assert (read.section, read.foot) == ("results", (("a", "A note."),))
    assert [(c.text, c.cited, c.marks) for c in read.cells if c.column == 0 and not c.header] == [
        ("Forest", True, ()),
        ("FooNet", False, ("a",)),
    ]


FILL = "The scanner was warm and the room was dark. " * 260


def read_text(extractor, text):
    found = extract_full_text(extractor, text)
    return {(x.fields["metric"], round(float(x.value), 6)) for x in found if x.kind == "performance" and x.fields["claim"] == "own"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Accuracy was 91% in the left field and 93% in the right field.",
        "Contrasts were corrected by the false discovery rate at 0.05.",
        "There was an effect on memory (F = 37.72; p < 0.001; = 0.44) and accuracy.",
        "The mean score was 7.18 of 10, and performance reached 0.53.",
        "We saw more activation in the anterior cingulate cortex (ACC). In the ACC = 0.11 was the change.",
    ],
)
def test_a_paper_that_predicts_nothing_has_no_performance(extractor, sentence):
    assert read_text(extractor, f"# Methods\n{FILL}\n# Results\n{sentence}\n# Discussion\nIt was so.\n") == set()


def test_a_paper_that_predicts_has_them(extractor):
    said = (
        "A support vector machine was trained with leave-one-out cross-validation. The classifier told the groups apart. Accuracy was 91%."
    )
    assert read_text(extractor, f"# Methods\n{FILL}\n# Results\n{said}\n# Discussion\nIt was so.\n") == {("accuracy", 0.91)}
