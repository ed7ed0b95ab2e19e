"""Key terms: one form a concept, none a part of another, no LaTeX, no measures, given words first."""

import pytest

from miner.describe.acronyms import acronyms
from miner.describe.terms import MOST, key_terms

ABSTRACT = (
    "Background: The Liverpool Lung Project (LLP) follows smokers. Early detection of lung cancers matters. "
    r"We trained a \textbf{Convolutional Neural Network} ($\mathcal{O}(n^2)$) on chest CTs, with an area under the receiver operating characteristic curve of 0.91. "
    "Lung-cancer risk in the LLP was modelled; convolutional neural networks reached an accuracy of 88.3 %. Funded by the Wellcome Trust of Slumberland."
)


def terms(title: str = "Lung cancer risk in the Liverpool Lung Project", abstract: str = ABSTRACT, **given: object) -> list[str]:
    return [t.term for t in key_terms(title, abstract, **given)]  # type: ignore[arg-type]


def test_an_acronym_is_its_long_form_and_plural_and_hyphen_make_no_concept() -> None:
    found = terms()
    assert "Liverpool lung project" in found or "Liverpool Lung Project" in found
    assert "LLP" not in found
    assert "convolutional neural network" in found
    low = [t.lower() for t in found]
    assert len({t.replace("-", " ").rstrip("s") for t in low}) == len(low)
    words = [frozenset(t.replace("-", " ").split()) for t in low]
    assert not any(a < b for a in words for b in words)


def test_no_latex_no_formula_no_measure_no_funder() -> None:
    said = " ".join(terms()).lower()
    for word in ("textbf", "mathcal", "area under", "accuracy", "wellcome", "slumberland", "funded", "\\", "$"):
        assert word not in said


def test_weights_fall_from_one_and_have_two_digits() -> None:
    found = key_terms("Lung cancer risk in the Liverpool Lung Project", ABSTRACT)
    weights = [t.weight for t in found]
    assert weights[0] == 1.0
    assert weights == sorted(weights, reverse=True)
    assert weights == [round(w, 2) for w in weights]
    assert len(found) <= MOST


def test_authors_keywords_come_first_and_headings_need_the_text() -> None:
    found = key_terms(
        "Sleep", "Adults sleep badly after shift work.", ["Shift work", "melatonin"], ["Humans", "Sleep Wake Disorders", "Aviation"]
    )
    assert {t.term for t in found[:2]} == {"shift work", "melatonin"}
    assert {t.source for t in found[:2]} == {"author"}
    assert not {"human", "humans", "aviation"} & {t.term.lower() for t in found}
    assert "sleep wake disorder" in {t.term for t in found if t.source == "mesh"}


def test_an_inverted_heading_is_turned() -> None:
    (found,) = (
        t.term
        for t in key_terms("Type 2 diabetes", "Diabetes mellitus is common.", (), ["Diabetes Mellitus, Type 2"])
        if t.source == "mesh"
    )
    assert found == "type 2 diabetes mellitus"


@pytest.mark.parametrize("text", ["", "a", "$x$", "\\", "((((", "\n\n", "ⅷ" * 50, "(A) (AB) (ABC)", "<script>alert(1)</script>"])
def test_odd_texts_are_read(text: str) -> None:
    assert all(t.term and 0 < t.weight <= 1 for t in key_terms(text, text))


def test_work_grows_with_the_text_alone() -> None:
    assert key_terms("a " * 2_000, "(" * 5_000 + "word-" * 2_000) is not None


def test_long_forms_with_marks_and_digits() -> None:
    text = "Of coronavirus disease 2019 (COVID-19) and fine particulate matter (FPM2.5)"
    assert {k: text[a:b] for k, (a, b) in acronyms(text).items()}["COVID-19"] == "coronavirus disease 2019"
    assert (
        len(
            [
                t
                for t in terms("COVID-19 in towns", "We saw coronavirus disease 2019 (COVID-19). COVID-19 spread in towns.")
                if "corona" in t or "COVID" in t
            ]
        )
        == 1
    )
