"""The labels lie here without a word of the texts, and get their quotes back from the very texts that were labelled, and from no others."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.gate.labels import quotes

MODERATORS = Path(__file__).with_name("moderators.jsonl")
TEXT = "Shingles told from eczema.\nOn 40 photographs the accuracy was 90 % (naïve Bayes)."
LABELLED = {
    "id": "invented:1",
    "labels": [
        {"kind": "task", "start": 0, "end": 25, "quote": "Shingles told from eczema", "value": "differential: shingles vs eczema"},
        {"kind": "method", "start": 68, "end": 79, "quote": "naïve Bayes", "value": "naive Bayes"},
    ],
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    labels, texts = tmp_path / "labels.jsonl", tmp_path / "texts.jsonl"
    labels.write_text(json.dumps(quotes.standoff(LABELLED, TEXT)) + "\n", encoding="utf-8")
    texts.write_text(json.dumps({"id": "invented:1", "text": TEXT}) + "\n", encoding="utf-8")
    return labels, texts


def test_quotes_come_back_as_they_were(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    stored = files[0].read_text(encoding="utf-8")
    assert not any(x["quote"] in stored for x in LABELLED["labels"])  # type: ignore[index]
    assert quotes.main([str(f) for f in files]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"] == TEXT
    assert found["labels"] == LABELLED["labels"]


@pytest.mark.parametrize(("text", "said"), [(TEXT.replace("90", "91"), "not the one that was labelled"), (None, "no text of it")])
def test_another_text_or_none_gives_no_quotes(
    files: tuple[Path, Path], text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, texts = files
    texts.write_text(json.dumps({"id": "invented:1", "text": text}) if text else "", encoding="utf-8")
    assert quotes.main([str(labels), str(texts)]) == 1
    printed = capsys.readouterr()
    assert not printed.out
    assert said in printed.err


def test_a_quote_that_stands_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="'Shingles told from eczema' does not stand at 0"):
        quotes.standoff(LABELLED, "A" + TEXT)


def questions_of_the_codebook() -> set[str]:
    page = (ROOT / "docs" / "reference" / "moderators.md").read_text(encoding="utf-8")
    table = page.split("## Task")[1].split("### Which question")[0]
    names = [row.split("|")[1] for row in table.splitlines() if row.startswith("| ")][1:]
    return {name.strip() for cell in names for name in cell.split(",") if re.fullmatch(r"[a-z ]+", name.strip())}


def test_the_labels_are_those_of_the_codebook() -> None:
    records = list(quotes.read(MODERATORS))
    assert len({r["id"] for r in records}) == len(records) == 210
    questions = questions_of_the_codebook()
    for record in records:
        assert set(record) == {"id", "sha256", "labels"}
        seen = [(x["kind"], x["value"].lower()) for x in record["labels"]]
        assert len(set(seen)) == len(seen), record["id"]
        for label in record["labels"]:
            assert set(label) == {"kind", "start", "end", "value"}  # a quote would be text
            assert label["kind"] in {"condition", "modality", "dataset", "task", "validation", "method"}
            assert 0 <= label["start"] < label["end"]
            assert label["kind"] != "task" or label["value"].split(":")[0] in questions, label["value"]


def test_one_name_for_one_value() -> None:
    values = {(x["kind"], x["value"]) for r in quotes.read(MODERATORS) for x in r["labels"]}
    folded = {(kind, re.sub(r"[\W_]+|s\b", "", value.lower())) for kind, value in values}
    assert len(folded) == len(values)


def test_every_text_of_the_test_input_is_the_one_that_was_labelled(shared: Path) -> None:
    texts = {r["id"]: r["text"] for r in quotes.read(shared / "gold" / "dev2.jsonl")}
    restored = list(quotes.restore(quotes.read(MODERATORS), texts))
    assert [r for r in restored if isinstance(r, str)] == []
    for record in restored:
        assert all(x["quote"] == x["quote"].strip() for x in record["labels"])  # type: ignore[index]


@pytest.mark.parametrize(("name", "batches"), [("measured.jsonl", range(12)), ("measured_unread.jsonl", range(12, 14))])
def test_what_performances_were_measured_on_leads_to_sizes_of_the_same_abstract_without_a_word_of_it(name: str, batches: range) -> None:
    records = [json.loads(line) for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()]
    assert Counter(r["batch"] for r in records) == dict.fromkeys(batches, 60)
    assert len({r["id"] for r in records}) == len(records)
    for record in records:
        assert record.keys() == {"id", "sha256", "batch", "labels"}
        assert re.fullmatch("[0-9a-f]{64}", record["sha256"])
        sizes = {(x["start"], x["value"]) for x in record["labels"] if x["kind"] == "sample_size"}
        for x in record["labels"]:
            named = {k: v for k, v in x.items() if isinstance(v, str)}
            assert named.keys() <= {"kind", "unit", "role", "metric", "claim"}
            assert all(re.fullmatch("[a-z0-9_]+", v) for v in named.values())
            assert {(start, value) for start, value in x.get("on") or ()} <= sizes
