"""Real answers of the services, where they are there: each is read whole, or refused with its reason."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter

import pytest

from miner.errors import MinerError
from miner.harvest.atom import FeedError, parse_feed
from miner.harvest.oai import parse_oai
from miner.harvest.pubmed_xml import read_pubmed
from miner.harvest.readahead import open_binary
from miner.harvest.records import Problem
from miner.types import Paper


def read(path):
    with open_binary(path) as handle:
        return list(read_pubmed(handle))


def count(text: str, tag: str) -> int:
    return len(re.findall(rf"<{tag}[\s>]", text))


def test_every_record_of_efetch_is_read_with_all_its_parts(shared):
    files = sorted((shared / "wire" / "pubmed" / "efetch").glob("*.xml"))
    assert len(files) > 100
    for path in files:
        text, records = path.read_text(encoding="utf-8"), read(path)
        assert [type(r) for r in records] == [Paper] * (count(text, "PubmedArticle") + count(text, "PubmedBookArticle")), path.name
        for paper in records:
            assert paper.pmid == path.stem
            assert paper.title
            assert paper.year
        if records:
            assert sum(len(p.mesh) for p in records) == count(text, "MeshHeading"), path.name
            assert sum(len(p.corrections) for p in records) == count(text, "CommentsCorrections"), path.name
            assert not [a for p in records for a in p.authors if not a.name], path.name
            assert len([a for p in records for a in p.authors if a.collective]) == count(text, "CollectiveName"), path.name
            assert not re.search(r"</?\w+>", " ".join(p.abstract for p in records)), path.name


def test_other_answers_are_refused_with_their_reason(shared):
    folder = shared / "wire" / "pubmed"
    for path in sorted([*(folder / "errors").glob("*.*"), *(folder / "entrez").glob("e[a-z]*.xml")]):
        said = refused(path)
        assert said, path.name


def refused(path) -> str:
    try:
        return "; ".join(r.reason for r in read(path) if isinstance(r, Problem))
    except MinerError as error:
        return str(error)


def test_baseline_files_and_special_cases(shared):
    special = shared / "wire" / "pubmed" / "special"
    for path in sorted(special.glob("*.xml.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        assert len([r for r in read(path) if isinstance(r, Paper)]) == count(text, "PubmedArticle")
    assert [type(r).__name__ for r in read(special / "pubmed_sample.xml")] == ["Paper"] * 7 + ["Deleted"] * 3
    assert len([r for r in read(special / "MedlineImporterTestBookArticleSet.xml") if isinstance(r, Paper)]) == 2


def test_feeds_of_arxiv_hold_what_their_index_says(shared):
    folder = shared / "wire" / "arxiv" / "atom"
    index = json.loads((folder / "INDEX.json").read_text(encoding="utf-8"))
    assert len(index) > 15
    for known in index:
        content = (folder / known["file"]).read_bytes()
        if known["status"] != 200:
            with pytest.raises(FeedError):
                parse_feed(content)
            continue
        feed = parse_feed(content)
        assert feed.entries == known["entries"], known["file"]
        assert [type(r) for r in feed.records] == [Paper] * known["entries"], known["file"]
        assert feed.total >= known["entries"]


def test_answers_of_oai(shared):
    folder = shared / "wire" / "arxiv" / "oai"
    seen: Counter[str] = Counter()
    for form in ("arXiv", "arXivRaw"):
        pages = sorted(folder.glob(f"listrecords_{form}_p*.xml"), key=lambda p: int(p.stem.rpartition("p")[2]))
        identifiers = set()
        for path in pages:
            page = parse_oai(path.read_bytes())
            assert [type(r) for r in page.records] == [Paper] * len(page.headers), path.name
            identifiers |= {i for i, _ in page.headers}
            seen[form] += len(page.records)
        assert len(identifiers) == seen[form]
    assert seen["arXiv"] == 503
    live = parse_oai((shared / "wire" / "arxiv" / "arxivraw" / "listrecords_live_arxivraw.xml").read_bytes())
    assert all(p.version >= 1 and p.license and p.published for p in live.records)
    for path in folder.glob("err_*.xml"):
        if path.name != "err_norecordsmatch.xml":
            with pytest.raises(MinerError, match="the service answered"):
                parse_oai(path.read_bytes())


def test_one_paper_is_the_same_by_both_formats(shared):
    folder = shared / "wire" / "arxiv" / "oai"
    both = []
    for form in ("arXiv", "arXivRaw"):
        papers = [r for path in folder.glob(f"listrecords_{form}_p*.xml") for r in parse_oai(path.read_bytes()).records]
        both.append({p.paper_id: (p.categories, p.doi, p.journal_ref, p.license) for p in papers})
    common = both[0].keys() & both[1].keys()
    assert len(common) > 100
    assert [i for i in common if both[0][i] != both[1][i]] == []
