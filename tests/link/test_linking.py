"""Records of one study become one, and nothing else does: on real records and what happens to them between a preprint and a journal."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace

import pytest

from miner.store.connect import open_writer
from miner.store.linking import decide_link, link_all_records
from miner.store.write import upsert_papers
from miner.types import Author, Correction, Paper

TITLE = "Convolutional networks tell early dementia from healthy ageing on structural scans"
AUTHORS = (Author("Ada Lund", "Lund", "Ada"), Author("Bo Roth", "Roth", "Bo"), Author("Cy Marsh", "Marsh", "Cy"))
WORDS = (
    "we trained networks on scans of people with dementia and healthy controls from four memory clinics and tested them elsewhere with care"
)
PREPRINT = Paper("arxiv:2101.00001", "arxiv", TITLE, WORDS, 2021, arxiv_id="2101.00001", authors=AUTHORS)
ARTICLE = Paper("pmid:1", "pubmed", TITLE.upper() + ".", WORDS, 2022, doi="10.1000/a", pmid="1", authors=AUTHORS)


@pytest.fixture
def con(tmp_path):
    with open_writer(tmp_path / "corpus.duckdb") as connection:
        yield connection


def studies(con, *papers):
    upsert_papers(con, papers, "j")
    link_all_records(con)
    groups = {}
    for study, paper in con.execute("SELECT study_id, paper_id FROM study ORDER BY ALL").fetchall():
        groups.setdefault(study, []).append(paper)
    return sorted(groups.values())


def reason(con, paper="pmid:1"):
    return con.execute("SELECT reason FROM v_study WHERE paper_id = ?", [paper]).fetchall()[0][0]


def test_a_preprint_that_names_its_articles_doi(con):
    other = replace(ARTICLE, title="Another title altogether", authors=(), abstract="")
    assert studies(con, replace(PREPRINT, doi="https://doi.org/10.1000/A"), other) == [["arxiv:2101.00001", "pmid:1"]]
    assert reason(con) == "same DOI"


def test_an_arxiv_doi_is_an_arxiv_identifier(con):
    article = replace(ARTICLE, title="Another title altogether", doi="10.48550/arXiv.2101.00001v2", authors=())
    assert studies(con, PREPRINT, article) == [["arxiv:2101.00001", "pmid:1"]]
    assert reason(con) == "same arXiv identifier"


def test_pubmed_links_a_preprint_to_its_article(con):
    preprint = Paper(
        "pmid:2", "pubmed", "A preprint", "", 2020, doi="10.1101/2020.01.01.1", pmid="2", corrections=(Correction("UpdateIn", "1"),)
    )
    assert studies(con, preprint, ARTICLE) == [["pmid:1", "pmid:2"]]


def test_title_year_and_authors_link_where_no_identifier_does(con):
    assert studies(con, PREPRINT, ARTICLE) == [["arxiv:2101.00001", "pmid:1"]]
    assert reason(con) == "title, year and authors alike"
    assert con.execute("SELECT score FROM study_link").fetchall()[0][0] > 0.8


@pytest.mark.parametrize(
    "change",
    [
        {"year": 2030},
        {"authors": (Author("Di Holm", "Holm"), Author("Ed Fox", "Fox"))},
        {"title": TITLE + " II"},
        {"title": "Correction to: " + TITLE},
    ],
    ids=["nine years later", "other authors", "part two", "a correction"],
)
def test_what_is_not_the_same_study(con, change):
    assert len(studies(con, PREPRINT, replace(ARTICLE, **change))) == 2


def test_two_dois_of_one_kind_never_meet_whatever_links_them(con):
    second = replace(ARTICLE, paper_id="pmid:3", pmid="3", doi="10.1000/b")
    assert len(studies(con, ARTICLE, second)) == 2
    # The preprint is alike to both; it joins one of them and does not bring the other along.
    assert sorted(map(len, studies(con, PREPRINT))) == [1, 2]


def test_a_split_is_kept_and_a_merge_stands_above_it(con):
    studies(con, PREPRINT, ARTICLE)
    decide_link(con, "split", "pmid:1", None, "ada", "another cohort")
    assert studies(con) == [["arxiv:2101.00001"], ["pmid:1"]]
    assert reason(con) == "split off by a reviewer"
    decide_link(con, "merge", "pmid:1", "arxiv:2101.00001", "bo")
    assert len(studies(con)) == 1
    decide_link(con, "free", "pmid:1", None, "bo")
    assert reason(con) == "merged by a reviewer"
    assert len(studies(con)) == 1
    assert reason(con) == "title, year and authors alike"
    assert con.execute("SELECT count(*) FROM link_decision").fetchall() == [(3,)]


# What happens to a record between two services, each documented by its name.
def _typing(text, rng):
    letters = list(text)
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(letters))
        letters[i] = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def _changed_word(text, rng):
    words = text.split()
    words[rng.randrange(len(words))] = rng.choice(["novel", "robust", "approach", "system", "based"])
    return " ".join(words)


TITLES = {
    "as it is": lambda t, _: t,
    "capitals and punctuation": lambda t, _: t.upper().replace("-", " ") + ".",
    "LaTeX and markup": lambda t, _: "<i>" + t.replace(" and ", r" \textbf{and} ") + "</i> $",
    "typing errors": _typing,
    "a subtitle dropped": lambda t, _: re.split(r"[:.?] ", t)[0] if len(re.split(r"[:.?] ", t)[0]) > 25 else t,
    "a word changed": _changed_word,
    "words added": lambda t, rng: t + rng.choice([": a multicentre study", " in practice", ", revisited"]),
}


def _abstract(text, rng):
    return " ".join(w for w in text.split() if rng.random() > 0.15) + " " + rng.choice(["Code is public.", "Registered trial.", ""])


def _authors(authors, rng):
    kept = list(authors)
    if len(kept) > 3 and rng.random() < 0.4:
        kept.pop(rng.randrange(1, len(kept)))
    if rng.random() < 0.3:
        kept.append(Author("Zed Newcomer", "Newcomer", "Zed"))
    return tuple(replace(a, given=(a.given or "X")[:1], name=f"{a.family} {(a.given or 'X')[:1]}") if a.family else a for a in kept)


def _real(shared):
    rows = [json.loads(line) for name in ("pubmed", "arxiv") for line in (shared / "corpus" / f"{name}.jsonl").open(encoding="utf-8")]
    rng = random.Random(7)
    families = [f"Family{i}" for i in range(700)]
    for row in rows:
        if not isinstance(row["abstract"], str):
            row["abstract"] = " ".join(text for _, text in row["abstract"])
        names = row.get("authors") or [f"{rng.choice('ABC')} {rng.choice(families)}" for _ in range(rng.randint(2, 7))]
        names = [n if isinstance(n, str) else n.get("name") or f"{n.get('given', '')} {n.get('family', '')}" for n in names]
        authors = tuple(Author(n, n.split()[-1], n.split()[0]) for n in names if n.split())
        yield row, authors, rng


def test_precision_and_recall_on_real_records_and_documented_changes(con, shared):
    """At least 300 labelled pairs: 700 records with a changed twin, 300 with a near neighbour that is another study."""
    papers, wanted, kinds = [], set(), {}
    for i, (row, authors, rng) in enumerate(_real(shared)):
        year = int(str(row.get("year") or row.get("published") or "2024")[:4])
        base = Paper(f"pmid:{i}", "pubmed", row["title"], row["abstract"], year, pmid=str(i), doi=f"10.1000/{i}", authors=authors)
        papers.append(base)
        kind = list(TITLES)[i % len(TITLES)]
        twin = f"arxiv:2000.{i:05d}"
        if i % 4 == 0:
            title, abstract = TITLES[kind](row["title"], rng), _abstract(row["abstract"], rng) if rng.random() < 0.9 else ""
            made = _authors(authors, rng)
            papers.append(Paper(twin, "arxiv", title, abstract, year - rng.randint(0, 1), arxiv_id=twin[6:], authors=made))
            wanted.add((twin, base.paper_id))
            kinds[twin] = f"{kind}, {'no abstract' if not abstract else 'abstract'}"
        elif i % 9 == 1:
            # The same group, a title that differs in a word or two, and another text.
            words = row["title"].split()
            words[len(words) // 2] = "thermography"
            other = (
                "We report on a second cohort with another device, other readers and another end point, and discuss how it differs. " * 3
            )
            papers.append(Paper(twin, "arxiv", " ".join(words), other, year, arxiv_id=twin[6:], authors=authors))
    upsert_papers(con, papers, "j")
    link_all_records(con)
    found = {
        tuple(sorted(pair))
        for pair in con.execute(
            "SELECT a.paper_id, b.paper_id FROM study a JOIN study b ON a.study_id = b.study_id AND a.paper_id < b.paper_id"
        ).fetchall()
    }
    wanted = {tuple(sorted(p)) for p in wanted}
    right = len(found & wanted)
    assert len(wanted) >= 300
    precision, recall = right / len(found), right / len(wanted)
    print(f"{len(wanted)} pairs, precision {precision:.4f}, recall {recall:.4f}")
    assert precision >= 0.99, sorted(found - wanted)[:10]
    assert recall >= 0.95, [(kinds[p[0]], p) for p in sorted(wanted - found)]
