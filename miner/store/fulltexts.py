"""Full texts in the database: what was read or could not be, its sections, and where its words stand on which page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miner.fulltext.identity import Identity, folded
from miner.fulltext.model import PARSER_VERSION, FullText
from miner.fulltext.sandbox import took_too_long
from miner.store.connect import transaction
from miner.store.rows import dicts, scalar

if TYPE_CHECKING:
    import duckdb

_SHORTEST_TITLE = 25  # letters and digits: a shorter one may be that of many papers


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a full text came from: the checksum of its bytes, the name of its file or the address, the record's licence."""

    raw_sha256: str
    file: str | None = None
    url: str | None = None
    license: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A full text that the database has: read or failed, and with which version of the parser."""

    document_id: str
    paper_id: str | None
    state: str
    reason: str | None
    parser_version: str

    @property
    def current(self) -> bool:
        """Whether the present parser made it, so that nothing is gained by reading the file again; one that took too long is tried again."""
        return self.parser_version == PARSER_VERSION and not took_too_long(self.reason)


def known_document(con: duckdb.DuckDBPyConnection, raw_sha256: str) -> Known | None:
    """Return what is known of the file with this checksum."""
    rows = con.execute(
        """SELECT document_id, paper_id, state, reason, parser_version FROM document
           WHERE raw_sha256 = ? AND kind <> 'abstract' ORDER BY document_id LIMIT 1""",
        [raw_sha256],
    ).fetchall()
    return Known(*rows[0]) if rows else None


def write_read(con: duckdb.DuckDBPyConnection, paper_id: str, document: FullText, origin: Origin) -> str:
    """Store a document that was read; return its identifier. A download takes the place of the one of an earlier version."""
    document_id = _identifier(con, paper_id, document.kind, origin, read=True)
    with transaction(con):
        _forget(con, document_id, origin.raw_sha256)
        _insert(
            con,
            document_id,
            paper_id,
            document.kind,
            origin,
            state="read",
            sha256=hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest(),
            text=document.text,
            license=document.license or origin.license,
            pages=document.pages,
            notes="; ".join(document.notes) or None,
        )
        rows = [[document_id, i, s.kind, s.title, s.start, s.end] for i, s in enumerate(document.sections)]
        if rows:
            con.executemany("INSERT INTO document_section VALUES (?, ?, ?, ?, ?, ?)", rows)
        layout = document.to_json()
        del layout["text"], layout["sections"]
        con.execute("INSERT INTO document_layout VALUES (?, ?)", [document_id, json.dumps(layout, separators=(",", ":"))])
    return document_id


def write_failed(con: duckdb.DuckDBPyConnection, paper_id: str | None, kind: str, reason: str, origin: Origin) -> str:
    """Store that a file could not be read, and why; return the document's identifier. Texts that were read before stay."""
    document_id = _identifier(con, paper_id, kind, origin, read=False)
    with transaction(con):
        _forget(con, document_id, origin.raw_sha256)
        _insert(con, document_id, paper_id, kind, origin, state="failed", reason=reason, license=origin.license)
    return document_id


def _identifier(con: duckdb.DuckDBPyConnection, paper_id: str | None, kind: str, origin: Origin, *, read: bool) -> str:
    """Return ``<paper_id>#<kind>``, with the file's checksum behind it where another file of the paper has that name and stays."""
    name = f"{paper_id or 'file:' + origin.raw_sha256[:16]}#{kind}"
    rows = con.execute("SELECT raw_sha256, url, state FROM document WHERE document_id = ?", [name]).fetchall()
    if not rows or rows[0][0] == origin.raw_sha256:
        return name
    replaces = origin.url is not None and rows[0][1] is not None and (read or rows[0][2] == "failed")
    return name if replaces else f"{name}-{origin.raw_sha256[:8]}"


def _forget(con: duckdb.DuckDBPyConnection, document_id: str, raw_sha256: str) -> None:
    for table in ("document_section", "document_layout"):
        con.execute(
            f"""DELETE FROM {table} WHERE document_id IN
                (SELECT document_id FROM document WHERE document_id = ? OR (raw_sha256 = ? AND kind <> 'abstract'))""",  # noqa: S608 -- names of ours
            [document_id, raw_sha256],
        )
    con.execute("DELETE FROM document WHERE document_id = ? OR (raw_sha256 = ? AND kind <> 'abstract')", [document_id, raw_sha256])


def _insert(con: duckdb.DuckDBPyConnection, document_id: str, paper_id: str | None, kind: str, origin: Origin, **values: Any) -> None:
    row = {
        "document_id": document_id,
        "paper_id": paper_id,
        "kind": kind,
        "parser": kind,
        "parser_version": PARSER_VERSION,
        "raw_sha256": origin.raw_sha256,
        "file": origin.file,
        "url": origin.url,
        **values,
    }
    con.execute(f"INSERT INTO document ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))  # noqa: S608 -- names of ours


def full_text(con: duckdb.DuckDBPyConnection, document_id: str) -> FullText | None:
    """Return a full text as it was read: text, sections, lines and tables; None where there is none."""
    rows = con.execute(
        "SELECT d.text, l.layout FROM document d JOIN document_layout l USING (document_id) WHERE d.document_id = ? AND d.state = 'read'",
        [document_id],
    ).fetchall()
    if not rows:
        return None
    sections = con.execute(
        'SELECT kind, title, "start", "end" FROM document_section WHERE document_id = ? ORDER BY position', [document_id]
    ).fetchall()
    return FullText.from_json({**json.loads(rows[0][1]), "text": rows[0][0], "sections": sections})


def outdated(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the full texts that another version of the parser read, or failed to."""
    return dicts(
        con,
        """SELECT document_id, paper_id, kind, raw_sha256, file, url, license FROM document
           WHERE kind <> 'abstract' AND parser_version <> ? ORDER BY document_id""",
        [PARSER_VERSION],
    )


def find_paper(con: duckdb.DuckDBPyConnection, identity: Identity) -> str | None:
    """Return the record that a full text belongs to: by its identifiers, else by a title that stands at its beginning."""
    for column, value in (
        ("arxiv_id", identity.arxiv_id),
        ("pmid", identity.pmid),
        ("pmcid", identity.pmcid),
        ("doi", identity.doi),
    ):
        if value is not None:
            found = scalar(con, f"SELECT min(paper_id) FROM paper WHERE {column} = ?", [value])  # noqa: S608 -- names of ours
            if found:
                return str(found)
    rows = con.execute(
        r"""SELECT paper_id FROM (SELECT paper_id, regexp_replace(lower(title), '[\W_]+', '', 'g') AS folded FROM paper)
            WHERE length(folded) >= $least AND (folded = $title OR contains($opening, folded))
            ORDER BY length(folded) DESC, paper_id LIMIT 1""",
        {"least": _SHORTEST_TITLE, "title": folded(identity.title), "opening": identity.opening},
    ).fetchall()
    return str(rows[0][0]) if rows else None
