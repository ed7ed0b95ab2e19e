"""An invented literature small enough to know, with all that the page of a paper can show; read by the real rules."""

from __future__ import annotations

from pathlib import Path

from miner.config import Workspace, init_workspace
from miner.jobs.extracting.extract import extract_pending
from miner.jobs.link import link_all
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.jobs.review import ReviewerDecision, apply_words
from miner.store.write import upsert_papers
from miner.types import AbstractSection, Author, Correction, Grant, Keyword, Paper

HOSTILE = '</script><script>alert(1)</script> <img src=x onerror=alert(2)> =cmd|x \u202eback\u202c " onmouseover="alert(3)'
FULL = "pmid:500"
SECTIONS = (
    ("BACKGROUND", r"Hippocampal shape may tell Alzheimer's disease from healthy ageing ($\alpha = 0.05$)."),
    ("METHODS", "We scanned 82 patients with Alzheimer's disease and 82 healthy controls from ADNI."),
    (
        "RESULTS",
        r"The accuracy of AD vs HC classification was \textbf{88.3}\% (95% CI 84.1 to 92.0), sensitivity 86.0% and specificity 90.2%.",
    ),
    ("CONCLUSIONS", "Shape <i>may</i> serve as a marker."),
)


def _plain(i: int) -> Paper:
    n, accuracy = 40 + 30 * i, 95.0 - 0.8 * i
    text = f"We studied {n} participants ({n // 2} patients with Alzheimer's disease and {n - n // 2} healthy controls). The accuracy for AD vs HC was {accuracy:.1f}%."
    author = Author(f"Ada {'ABCDEFGHIJKLMNOP'[i]}und", f"{'ABCDEFGHIJKLMNOP'[i]}und", "Ada")
    return Paper(
        f"pmid:{i}",
        "pubmed",
        f"[Invented] Study {i} of atrophy",
        text,
        2010 + i,
        f"{2010 + i}-05",
        venue="J Invented",
        pmid=str(i),
        authors=(author,),
    )


def _full() -> Paper:
    sections = tuple(AbstractSection(label, None, text) for label, text in SECTIONS)
    people = tuple(Author(f"Ada B{i} Lund", "Lund", f"Ada B{i}", orcid="0000-0002-1825-0097" if i == 0 else None) for i in range(11))
    return Paper(
        FULL, "pubmed", "[Invented] Hippocampal shape in AD vs HC", "\n".join(f"{s.label}: {s.text}" for s in sections), 2020, "2020-03-02", "2021-01-05",
        venue="Journal of Invented Results", doi="10.5555/a(b)<c>", pmid="500", pmcid="PMC500", license="CC BY 4.0", publication_types=("Journal Article",),
        authors=people, sections=sections, mesh=("Hippocampus",), keywords=(Keyword("shape"),), grants=(Grant("Invented Fund", "7"),),
        corrections=(Correction("ErratumIn", "501", "J Invented 2020;3:7"), Correction("CommentIn", "502", "J Invented 2020;3:9")),
    )  # fmt: skip


def _odd() -> list[Paper]:
    text = "In 30 patients and 30 healthy controls the accuracy for AD vs HC was 99.0%."
    return [
        Paper("pmid:600", "pubmed", "[Invented] Retracted", text, 2018, pmid="600", retracted=True),
        Paper(
            "arxiv:2001.00001",
            "arxiv",
            "[Invented] Hippocampal shape in AD vs HC",
            "An earlier text.",
            2020,
            "2020-01-01",
            doi="10.5555/a(b)<c>",
            arxiv_id="2001.00001",
            categories=("eess.IV",),
        ),
        Paper(
            'doi:10.5555/"><script>alert(4)</script>',
            "file",
            HOSTILE,
            f"{HOSTILE}\nThe accuracy was 77.7%.",
            None,
            doi='10.5555/"><script>alert(4)</script>',
            venue=HOSTILE,
            license="javascript:alert(5)",
            authors=(Author(HOSTILE, orcid="javascript:alert(6)"),),
            keywords=(Keyword(HOSTILE),),
        ),
        Paper("pmid:601", "pubmed", "[Invented] Withdrawn", "", 2019, pmid="601", withdrawn=True, venue="J \x1b[31mred\x07 \x00"),
    ]


def studied(folder: Path) -> Workspace:
    """Make and publish it."""
    place = init_workspace(folder)
    papers = [*(_plain(i) for i in range(14)), _full(), *_odd()]
    with writing(place) as con:
        upsert_papers(con, papers, "studied")
        extract_pending(con, place, lambda _: None)
        link_all(con, [place.rules])
        con.execute(
            "INSERT INTO citation_count SELECT paper_id, 'openalex', 'W' || row_number() OVER (ORDER BY paper_id), 7 * row_number() OVER (ORDER BY paper_id), 'raw' FROM paper"
        )
        con.execute(
            """INSERT INTO citation_reference SELECT $full, 'openalex', row_number() OVER (ORDER BY work_id), work_id
               FROM (SELECT work_id FROM citation_count WHERE paper_id LIKE 'pmid:_' UNION ALL SELECT 'W9' || i FROM range(100, 170) t(i))""",
            {"full": FULL},
        )
        con.execute(
            "INSERT INTO citation_reference SELECT 'pmid:12', 'openalex', 0, work_id FROM citation_count WHERE paper_id = ?", [FULL]
        )
        con.execute(
            "INSERT INTO response VALUES ('studied', 'openalex', 'citations', 'works', 'raw', 1, 'records', '2024-05-06T07:08:09+00:00')"
        )
        values = dict(
            con.execute("SELECT quote, extraction_id FROM v_extraction WHERE paper_id = ? AND kind = 'performance'", [FULL]).fetchall()
        )
        publish(con, place)
    apply_words(place, [ReviewerDecision(values["88.3"], "accept", "AB", None, "read twice"), ReviewerDecision(values["88.3"], "correct", "CD", 0.78, None), ReviewerDecision(values["86.0"], "reject", "AB", None, "of the other group")])  # fmt: skip
    return place
