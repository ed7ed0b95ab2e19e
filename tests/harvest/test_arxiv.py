"""arXiv's records by search API and OAI-PMH. Every record here is invented."""

from __future__ import annotations

import pytest

from miner.errors import ParseError
from miner.harvest.atom import FeedError, parse_feed
from miner.harvest.oai import OaiError, parse_oai
from miner.harvest.records import Deleted, Problem
from miner.types import Author

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">
<title>arXiv Query</title><o:totalResults>{total}</o:totalResults><o:startIndex>0</o:startIndex>{entries}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/{id}</id><title>An invented
  title</title><summary>  Some text.
</summary><published>2021-01-02T10:00:00Z</published><updated>2021-05-06T10:00:00Z</updated>
<author><name>Ada Uno</name><arxiv:affiliation>Somewhere</arxiv:affiliation></author><author><name>Bea Duo</name></author>{more}
<arxiv:primary_category term="eess.IV"/><category term="cs.CV"/><category term="eess.IV"/></entry>"""


def entry(identifier: str = "2101.00001v3", more: str = ""):
    return parse_feed(ATOM.format(total=1, entries=ENTRY.format(id=identifier, more=more)).encode()).records[0]


def test_all_fields_of_an_entry():
    more = (
        "<arxiv:comment>12 pages</arxiv:comment><arxiv:journal_ref>Inv. J. 1 (2022)</arxiv:journal_ref><arxiv:doi>10.1234/ABC</arxiv:doi>"
    )
    paper = entry(more=more)
    assert (paper.arxiv_id, paper.version, paper.published, paper.updated, paper.year) == (
        "2101.00001",
        3,
        "2021-01-02",
        "2021-05-06",
        2021,
    )
    assert (paper.title, paper.abstract) == ("An invented title", "Some text.")
    assert paper.categories == ("eess.IV", "cs.CV")
    assert (paper.comment, paper.journal_ref, paper.venue, paper.doi) == ("12 pages", "Inv. J. 1 (2022)", "Inv. J. 1 (2022)", "10.1234/abc")
    assert paper.authors == (Author("Ada Uno", affiliations=("Somewhere",)), Author("Bea Duo"))
    assert not paper.withdrawn


@pytest.mark.parametrize(
    ("comment", "withdrawn"),
    [
        ("This paper has been withdrawn by the author due to an error in Section 2", True),
        ("Withdrawn", True),
        ("The manuscript was withdrawn", True),
        ("arXiv admin note: withdrawn for overlap", True),
        ("Replaces an earlier draft that was withdrawn from a workshop", False),
        ("10 pages; code is available", False),
    ],
)
def test_withdrawals_in_the_comment(comment, withdrawn):
    assert entry(more=f"<arxiv:comment>{comment}</arxiv:comment>").withdrawn is withdrawn


def test_old_identifiers_and_entries_that_cannot_be_read():
    assert entry("math.GT/0309136v1").paper_id == "arxiv:math.GT/0309136"
    assert isinstance(entry("nonsense"), Problem)


def test_an_error_in_the_form_of_an_entry_is_an_error():
    error = "<entry><id>http://arxiv.org/api/errors#incorrect_id</id><title>Error</title><summary>incorrect id</summary></entry>"
    with pytest.raises(FeedError, match="incorrect id"):
        parse_feed(ATOM.format(total=1, entries=error).encode())


@pytest.mark.parametrize("content", [b"", b"<html><body>Rate exceeded.</body></html>", b"Rate exceeded.", b"<feed/>"])
def test_what_is_no_feed_is_an_error(content):
    with pytest.raises(ParseError):
        parse_feed(content)


OAI = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2021-06-07T00:00:00Z</responseDate><ListRecords>{records}
<resumptionToken/></ListRecords></OAI-PMH>"""
RECORD = """<record><header{status}><identifier>oai:arXiv.org:2101.00001</identifier><datestamp>2021-05-07</datestamp></header>{metadata}</record>"""
RAW = """<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2101.00001</id><version version="v1"><date>Sat, 02 Jan 2021 10:00:00 GMT</date>
<size>1kb</size><source_type>D</source_type></version><version version="v10"><date>Thu, 06 May 2021 10:00:00 GMT</date><source_type>{kind}</source_type></version>
<version version="v2"><date>Sun, 03 Jan 2021 10:00:00 GMT</date></version><title>An invented title</title><authors>Ada Uno (1, 2), Bea Duo (1) and C. Tre ((1)
Here, (2) There)</authors><categories>eess.IV cs.CV</categories><comments>12 pages</comments><journal-ref>Inv. J. 1</journal-ref><doi>10.1234/ABC 10.5/second</doi>
<license>http://creativecommons.org/licenses/by/4.0/</license><abstract> Some text.</abstract></arXivRaw></metadata>"""
PLAIN = """<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2101.00001</id><created>2021-01-02</created><updated>2021-05-06</updated><authors>
<author><keyname>Uno</keyname><forenames>Ada</forenames><suffix>Jr</suffix><affiliation>Somewhere</affiliation></author>
<author><keyname>Duo</keyname><forenames>Bea</forenames></author></authors><title>An invented title</title>
<categories>eess.IV cs.CV</categories><doi>10.1234/ABC</doi><license>L</license><abstract>Some text.</abstract></arXiv></metadata>"""


def records(metadata: str = "", status: str = ""):
    return parse_oai(OAI.format(records=RECORD.format(metadata=metadata, status=status)).encode()).records


def test_arxivraw_tells_versions_dates_and_withdrawals():
    (paper,) = records(RAW.format(kind="D"))
    assert (paper.version, paper.published, paper.updated, paper.withdrawn) == (10, "2021-01-02", "2021-05-06", False)
    assert [a.name for a in paper.authors] == ["Ada Uno", "Bea Duo", "C. Tre"]
    assert (paper.doi, paper.license, paper.journal_ref) == ("10.1234/abc", "http://creativecommons.org/licenses/by/4.0/", "Inv. J. 1")
    assert records(RAW.format(kind="I"))[0].withdrawn


def test_the_arxiv_format():
    (paper,) = records(PLAIN)
    assert paper.authors == (Author("Ada Uno Jr", "Uno", "Ada", None, "Jr", affiliations=("Somewhere",)), Author("Bea Duo", "Duo", "Bea"))
    assert (paper.categories, paper.published, paper.updated, paper.doi) == (
        ("eess.IV", "cs.CV"),
        "2021-01-02",
        "2021-05-06",
        "10.1234/abc",
    )


def test_a_deleted_record():
    assert records(status=' status="deleted"') == (Deleted("arxiv:2101.00001"),)


def test_errors_of_the_protocol():
    with pytest.raises(OaiError, match="badArgument: no such set"):
        parse_oai(b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badArgument">no such set</error></OAI-PMH>')
    none = parse_oai(b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="noRecordsMatch">none</error></OAI-PMH>')
    assert none.records == ()


def test_the_arxiv_package_reads_the_same_from_a_feed(httpserver):
    """Two readers that were written apart agree on what a feed says."""
    import arxiv

    content = ATOM.format(total=1, entries=ENTRY.format(id="2101.00001v3", more="")).encode()
    httpserver.expect_request("/api/query").respond_with_data(content)
    client = arxiv.Client(page_size=1, delay_seconds=0, num_retries=0)
    client.query_url_format = httpserver.url_for("/api/query") + "?{}"
    (theirs,) = client.results(arxiv.Search("all:x", max_results=1))
    (ours,) = parse_feed(content).records
    assert f"{ours.arxiv_id}v{ours.version}" == theirs.get_short_id()
    assert (ours.title, ours.abstract) == (theirs.title, theirs.summary.strip())
    assert (ours.published, ours.updated) == (theirs.published.date().isoformat(), theirs.updated.date().isoformat())
    assert [a.name for a in ours.authors] == [a.name for a in theirs.authors]
    assert set(ours.categories) == set(theirs.categories)
