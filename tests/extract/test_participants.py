"""Counts of participants in whole papers against those that people labelled: recall, and how many we give for each of theirs."""

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from miner.extract.api import Extractor, extract_lines, load_rules

# The measured figures on 153 papers, less a margin of one paper's counts; the project's own bounds are 0.85 and 4.
RECALL_BY_SPAN, RECALL_BY_VALUE, LABELS_A_COUNT = 0.93, 0.95, 3.6


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(load_rules().only("sample_size"))


def own_participants(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [x for x in labels if x["kind"] == "sample_size" and x["unit"] == "participant" and x["own"]]


def test_counts_that_people_labelled_are_found(extractor: Extractor, shared: Path) -> None:
    with gzip.open(shared / "gold" / "participants_fulltext.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = file.readlines()
    spans = values = human = ours = 0
    for line, output in zip(lines, extract_lines(lines, extractor), strict=True):
        found = own_participants(json.loads(output)["labels"])
        ours += len(found)
        for count in json.loads(line)["counts"]:
            human += 1
            spans += any(x["start"] < count["end"] and count["start"] < x["end"] for x in found)
            values += any(x["value"] == count["value"] for x in found)
    assert human == 477
    assert spans / human >= RECALL_BY_SPAN
    assert values / human >= RECALL_BY_VALUE
    assert ours / human <= LABELS_A_COUNT


PAPER = """# Abstract

We scanned 24 adults with migraine.

# Introduction

Headache affects 40 million people. Doe et al. (2011) tested 31 patients.

# Methods

Twenty-six right-handed adults (14 F/12 M) took part; two participants were excluded.
The sample size calculation gave 22 participants. Each did 120 trials of 400 ms.

# Results

The remaining 24 participants answered well.

# Discussion

An earlier study of 18 patients found less.

# References

Roe, R. 90 patients with migraine. 2012.
""" + "The reader may look at how the words run on. " * 200  # fmt: skip


def test_whose_a_count_is_follows_from_its_section(extractor: Extractor) -> None:
    [line] = extract_lines([json.dumps({"id": 1, "text": PAPER})], extractor)
    labels = json.loads(line)["labels"]
    assert [x["value"] for x in own_participants(labels)] == [24, 26, 14, 12, 2, 24]
    assert {31, 18, 40_000_000} & {x["value"] for x in labels if x["own"]} == set()
    assert 90 not in {x["value"] for x in labels}
    assert all(PAPER[x["start"] : x["end"]] == x["quote"] for x in labels)


@pytest.mark.parametrize(
    "text",
    ["9" * 1_000_000, "12 patients, " * 20_000, "# Methods\n# Results\n" + "n = 3; (4 F/" * 20_000, "# Methods\n\n# Results\n\n" * 20_000, "one " * 200_000],
    ids=["digits", "patients", "forms", "headings", "words"],
)  # fmt: skip
def test_whole_papers_take_linear_time(extractor: Extractor, text: str) -> None:
    times = []
    for part in (text[: len(text) // 8], text):
        begin = time.process_time()
        list(extract_lines([json.dumps({"id": 1, "text": part})], extractor))
        times.append(time.process_time() - begin)
    assert times[1] < 16 * times[0] + 0.5
