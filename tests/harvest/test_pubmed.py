"""PubMed XML: all that the DTD holds and users need. Every record here is invented."""

from __future__ import annotations

import io

import pytest

from miner.errors import ParseError
from miner.harvest.pubmed_xml import read_pubmed
from miner.harvest.records import Deleted, Problem
from miner.types import AbstractSection, Author, Correction, Paper


def article(
    pmid: str = "1", *, inside: str = "", citation: str = "", data: str = "", date: str = "<Year>2021</Year>", version: str = "1"
) -> str:
    return f"""<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID>
<DateRevised><Year>2022</Year><Month>01</Month><Day>09</Day></DateRevised>
<Article><Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue><Title>Invented  Journal</Title><ISOAbbreviation>Inv J</ISOAbbreviation></Journal>
<ArticleTitle>A title.</ArticleTitle>{inside}</Article>{citation}</MedlineCitation><PubmedData>{data}</PubmedData></PubmedArticle>"""


def read(*articles: str, head: str = '<?xml version="1.0" encoding="utf-8"?>', tail: str = "") -> list:
    return list(read_pubmed(io.BytesIO(f"{head}<PubmedArticleSet>{''.join(articles)}{tail}</PubmedArticleSet>".encode())))


def one(**parts: str) -> Paper:
    (paper,) = read(article(**parts))
    assert isinstance(paper, Paper)
    return paper


def abstract(inner: str) -> Paper:
    return one(inside=f"<Abstract>{inner}</Abstract>")


def test_a_structured_abstract_keeps_labels_and_categories():
    paper = abstract(
        """<AbstractText Label="AIMS" NlmCategory="OBJECTIVE">To count.</AbstractText>
        <AbstractText Label="FINDINGS" NlmCategory="RESULTS">We counted
        12.</AbstractText><AbstractText>No label.</AbstractText><AbstractText Label="EMPTY"/>"""
    )
    assert paper.sections == (
        AbstractSection("AIMS", "OBJECTIVE", "To count."),
        AbstractSection("FINDINGS", "RESULTS", "We counted 12."),
        AbstractSection(None, None, "No label."),
    )
    assert paper.abstract == "AIMS: To count.\nFINDINGS: We counted 12.\nNo label."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>3</sup> cells", "10^3 cells"),
        ("5 × 10<sup>-4</sup>", "5 × 10^-4"),
        ("<sup>18</sup>F-FDG", "18F-FDG"),
        ("the 1<sup>st</sup> day", "the 1st day"),
        ("R<sup>2</sup>=0.8, SpO<sub>2</sub>, log<sub>10</sub>", "R^2=0.8, SpO2, log10"),
        ("AUC<sub>0-24</sub>", "AUC_0-24"),
        ("<b>bold</b> <i>E. <u>coli</u></i>", "bold E. coli"),
        ("p<sup>a b</sup>", "p^(a b)"),
        ("a &lt; 5 &amp; b", "a < 5 & b"),
        ("n\u2009=\u2009120", "n\u2009=\u2009120"),
    ],
)
def test_inline_markup_keeps_its_meaning(markup, text):
    assert abstract(f"<AbstractText>{markup}</AbstractText>").abstract == text


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup>", "x^2"),
        ("<mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mi>b</mml:mi></mml:mrow><mml:mi>c</mml:mi></mml:mfrac>", "(a+b)/c"),
        ("<mml:msqrt><mml:mi>n</mml:mi></mml:msqrt><mml:mo>=</mml:mo><mml:mn>4</mml:mn>", "sqrt(n)=4"),
        ("<mml:msubsup><mml:mi>v</mml:mi><mml:mn>1</mml:mn><mml:mn>2</mml:mn></mml:msubsup>", "v_1^2"),
    ],
)
def test_mathml_becomes_one_line(inner, text):
    namespace = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'
    assert abstract(f"<AbstractText>so <mml:math {namespace}>{inner}</mml:math> holds</AbstractText>").abstract == f"so {text} holds"


def test_other_abstracts_stand_apart():
    other = '<OtherAbstract Type="Publisher" Language="fre"><AbstractText>Un résumé.</AbstractText></OtherAbstract>'
    paper = one(inside="<Abstract><AbstractText>Mine.</AbstractText></Abstract>", citation=other)
    assert paper.abstract == "Mine."
    assert paper.sections[1] == AbstractSection(None, None, "Un résumé.", "Publisher fre")


def test_authors_people_and_collectives_with_orcid_and_affiliations():
    paper = one(
        inside="""<AuthorList><Author ValidYN="Y"><LastName>Uno</LastName><ForeName>Ada B</ForeName><Initials>AB</Initials><Suffix>Jr</Suffix>
        <Identifier Source="ORCID">http://orcid.org/0000-0001-2345-678x</Identifier>
        <AffiliationInfo><Affiliation>First  Institute, X.</Affiliation></AffiliationInfo><AffiliationInfo><Affiliation>Second.</Affiliation></AffiliationInfo></Author>
        <Author><CollectiveName>The Invented <i>Study</i> Group</CollectiveName></Author>
        <Author ValidYN="N"><LastName>Wrong</LastName></Author></AuthorList>"""
    )
    assert paper.authors == (
        Author("Ada B Uno Jr", "Uno", "Ada B", "AB", "Jr", None, "0000-0001-2345-678X", ("First Institute, X.", "Second.")),
        Author("The Invented Study Group", collective="The Invented Study Group"),
    )


def test_identifiers_are_kept_apart_and_those_of_references_out():
    paper = one(
        inside='<ELocationID EIdType="pii" ValidYN="Y">S01-2</ELocationID><ELocationID EIdType="doi" ValidYN="N">10.1/wrong</ELocationID>'
        '<ELocationID EIdType="doi" ValidYN="Y">10.1234/RIGHT.5</ELocationID>',
        data="""<ArticleIdList><ArticleId IdType="pubmed">1</ArticleId><ArticleId IdType="pmc">PMC77</ArticleId>
        <ArticleId IdType="pii">other</ArticleId></ArticleIdList><ReferenceList><Reference><Citation>A ref</Citation>
        <ArticleIdList><ArticleId IdType="doi">10.9999/reference</ArticleId><ArticleId IdType="pmc">PMC99</ArticleId></ArticleIdList></Reference></ReferenceList>""",
    )
    assert (paper.doi, paper.pmcid, paper.pii, paper.pmid) == ("10.1234/right.5", "PMC77", "S01-2", "1")
    reference_only = one(
        data='<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9/x</ArticleId></ArticleIdList></Reference></ReferenceList>'
    )
    assert reference_only.doi is None


@pytest.mark.parametrize(
    ("date", "published", "year", "raw"),
    [
        ("<Year>2021</Year><Month>Jun</Month><Day>7</Day>", "2021-06-07", 2021, None),
        ("<Year>2021</Year><Month>06</Month>", "2021-06", 2021, None),
        ("<Year>2019</Year><Season>Winter</Season>", "2019", 2019, "2019 Winter"),
        ("<MedlineDate>2020 Dec-2021 Jan</MedlineDate>", "2020-12", 2020, "2020 Dec-2021 Jan"),
        ("<MedlineDate>Fall 1998</MedlineDate>", "1998", 1998, "Fall 1998"),
        ("<MedlineDate>in press</MedlineDate>", None, None, "in press"),
        ("<Year>2021</Year><Month>Feb</Month><Day>31</Day>", None, 2021, None),
    ],
)
def test_dates_of_publication(date, published, year, raw):
    paper = one(date=date)
    assert paper.year == year
    assert raw is None or paper.publication_date_raw == raw
    assert published is None or paper.published == published


def test_the_electronic_date_counts_where_it_is_earlier_and_the_issue_keeps_the_year():
    electronic = '<ArticleDate DateType="Electronic"><Year>2020</Year><Month>12</Month><Day>20</Day></ArticleDate>'
    paper = one(date="<Year>2021</Year><Month>Mar</Month>", inside=electronic)
    assert (paper.published, paper.year, paper.updated) == ("2020-12-20", 2021, "2022-01-09")


def test_mesh_types_language_and_corrections():
    paper = one(
        inside="<Language>eng</Language><Language>ger</Language><PublicationTypeList><PublicationType>Journal Article</PublicationType>"
        "<PublicationType>Clinical Trial</PublicationType></PublicationTypeList>",
        citation="""<CommentsCorrectionsList><CommentsCorrections RefType="ErratumIn"><RefSource>Inv J. 2022</RefSource><PMID>9</PMID>
        </CommentsCorrections><CommentsCorrections RefType="CommentIn"><RefSource>X</RefSource><Note>see there</Note></CommentsCorrections>
        </CommentsCorrectionsList><MeshHeadingList><MeshHeading><DescriptorName UI="D1">Brain</DescriptorName><QualifierName>x</QualifierName>
        </MeshHeading><MeshHeading><DescriptorName>Humans</DescriptorName></MeshHeading></MeshHeadingList>""",
    )
    assert paper.language == "eng,ger"
    assert paper.publication_types == ("Journal Article", "Clinical Trial")
    assert paper.mesh == ("Brain", "Humans")
    assert paper.corrections == (Correction("ErratumIn", "9", "Inv J. 2022", None), Correction("CommentIn", None, "X", "see there"))
    assert not paper.retracted


@pytest.mark.parametrize(
    ("inside", "citation", "retracted"),
    [
        ("<PublicationTypeList><PublicationType>Retracted Publication</PublicationType></PublicationTypeList>", "", True),
        (
            "",
            '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>x</RefSource></CommentsCorrections></CommentsCorrectionsList>',
            True,
        ),
        ("<PublicationTypeList><PublicationType>Retraction of Publication</PublicationType></PublicationTypeList>", "", False),
        (
            "",
            '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionOf"><RefSource>x</RefSource></CommentsCorrections></CommentsCorrectionsList>',
            False,
        ),
    ],
)
def test_what_is_retracted_and_what_only_speaks_of_it(inside, citation, retracted):
    assert one(inside=inside, citation=citation).retracted is retracted


def test_a_vernacular_title_stands_where_there_is_no_other():
    text = article(inside="<VernacularTitle>Ein Titel.</VernacularTitle>").replace("<ArticleTitle>A title.</ArticleTitle>", "")
    assert read(text)[0].title == "Ein Titel."


def test_versions_and_deletions():
    found = read(
        article("7", version="2"),
        article("7", version="3"),
        tail="<DeleteCitation><PMID Version='1'>8</PMID><PMID>9</PMID></DeleteCitation>",
    )
    assert [(p.paper_id, p.version) for p in found[:2]] == [("pmid:7", 2), ("pmid:7", 3)]
    assert found[2:] == [Deleted("pmid:8"), Deleted("pmid:9")]


def test_a_chapter_of_a_book():
    (paper,) = read(
        """<PubmedBookArticle><BookDocument><PMID Version="1">5</PMID><ArticleIdList><ArticleId IdType="doi">10.5555/book</ArticleId></ArticleIdList>
        <Book><BookTitle>Invented Reviews</BookTitle><PubDate><Year>2010</Year></PubDate></Book><ArticleTitle>A chapter</ArticleTitle>
        <Language>eng</Language><Abstract><AbstractText>Text.</AbstractText></Abstract></BookDocument></PubmedBookArticle>"""
    )
    assert (paper.title, paper.venue, paper.year, paper.doi, paper.abstract) == (
        "A chapter",
        "Invented Reviews",
        2010,
        "10.5555/book",
        "Text.",
    )


BOMB = (
    "<!DOCTYPE x ["
    '<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {c} "{f"&{b};" * 10}">' for b, c in zip("abcdefg", "bcdefgh", strict=True)) + "]>"
)


def test_an_entity_bomb_expands_to_nothing():
    found = read(article("1", inside="<Abstract><AbstractText>&h;</AbstractText></Abstract>"), article("2"), head=BOMB)
    assert isinstance(found[0], Problem)
    assert "pmid:1" in found[0].record
    assert isinstance(found[1], Paper)


def test_an_external_entity_is_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("do not read me")
    head = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    found = read(article("1", inside="<Abstract><AbstractText>&e;</AbstractText></Abstract>"), article("2"), head=head)
    assert "do not read me" not in repr(found)
    assert found[1].paper_id == "pmid:2"


class Endless(io.RawIOBase):
    """Megabytes that are made as they are read."""

    def __init__(self, head: bytes, size: int, tail: bytes) -> None:
        self.parts, self.size, self.head, self.tail = 0, size, head, tail

    def read(self, _: int = -1) -> bytes:
        self.parts += 1
        if self.parts == 1:
            return self.head
        if self.parts <= self.size + 1:
            return b"x" * (1 << 20)
        return self.tail if self.parts == self.size + 2 else b""


def test_a_hundred_megabytes_of_one_element_cost_one_record():
    import tracemalloc

    head = b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>"
    tail = f"</ArticleTitle></Article></MedlineCitation></PubmedArticle>{article('2')}</PubmedArticleSet>".encode()
    tracemalloc.start()
    found = list(read_pubmed(Endless(head, 100, tail)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(x) for x in found] == [Problem, Paper]
    assert "longer than" in found[0].reason
    assert peak < 110 << 20


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig", "windows-1252"])
def test_other_encodings_are_read(encoding):
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{name}"?><PubmedArticleSet>{article(inside="<VernacularTitle>é</VernacularTitle>")}</PubmedArticleSet>'
    (paper,) = read_pubmed(io.BytesIO(text.encode(encoding)))
    assert paper.title == "A title."


def test_a_wrong_encoding_is_a_problem_and_what_came_before_is_kept():
    text = (
        b'<?xml version="1.0" encoding="utf-8"?><PubmedArticleSet>'
        + article("1").encode()
        + article("2").encode().replace(b"A title", b"\xff\xfe title")
    )
    found = list(read_pubmed(io.BytesIO(text + article("3").encode() + b"</PubmedArticleSet>")))
    assert [getattr(x, "paper_id", getattr(x, "record", None)) for x in found] == ["pmid:1", "pmid:2", "pmid:3"]
    assert isinstance(found[1], Problem)
    with pytest.raises(ParseError, match="unknown encoding"):
        list(read_pubmed(io.BytesIO(b'<?xml version="1.0" encoding="klingon"?><PubmedArticleSet/>')))


def test_a_record_that_is_never_closed_costs_only_itself():
    broken = article("2").replace("</PubmedArticle>", "")
    found = read(article("1"), broken, article("3"), article("4"))
    assert [x.paper_id for x in found if isinstance(x, Paper)] == ["pmid:1", "pmid:3", "pmid:4"]
    assert [x.record for x in found if isinstance(x, Problem)] == ["pmid:2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no element"), (b"<html><body>Down</body></html>", "its root is <html>"), (b"<r><ERROR>Search backend failed</ERROR></r>", "Search backend failed"), (b"\x00\x01binary", "no element")],
)  # fmt: skip
def test_what_is_no_pubmed_xml_is_said(content, said):
    with pytest.raises(ParseError, match=said):
        list(read_pubmed(io.BytesIO(content)))


def test_a_file_that_is_cut_short_says_so_and_keeps_what_is_whole():
    found = list(read_pubmed(io.BytesIO(f"<PubmedArticleSet>{article('1')}{article('2')[:200]}".encode())))
    assert found[0].paper_id == "pmid:1"
    assert found[1].cut_short
