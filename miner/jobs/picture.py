"""The picture behind a number: the page of the PDF that it was read from, with its place marked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import FullTextError, UsageError
from miner.fulltext.sandbox import Sandbox
from miner.harvest.rawstore import RawStore
from miner.jobs.loading.documents import as_file
from miner.store.connect import open_reader
from miner.store.fulltexts import full_text

if TYPE_CHECKING:
    from miner.config import Workspace
    from miner.fulltext.model import FullText


def evidence_picture(workspace: Workspace, chain: dict[str, Any]) -> bytes:
    """Draw the page that an extraction was read from.

    Parameters
    ----------
    workspace : Workspace
    chain : dict
        What ``miner.store.why.explain`` returns; of several extractions, the first that stands in a PDF is drawn.

    Returns
    -------
    bytes
        A PNG file; the number has a frame, its printed line is shaded.

    Raises
    ------
    UsageError
        If none of them stands in a PDF.
    FullTextError
        If the page cannot be drawn, or the document was read anew since.
    """
    link = next((x for x in chain["extractions"] if x["document"] and x["document"]["kind"] == "pdf"), None)
    if link is None:
        raise UsageError(
            "no PDF stands behind it: it was read from an abstract or from XML", hint="import the PDF, then run: miner extract"
        )
    document, extraction = link["document"], link["extraction"]
    if document["sha256"] != extraction["document_sha256"]:
        raise FullTextError(
            "the document was read anew since this was extracted",
            where=document["document_id"],
            hint="run: miner extract, and ask for the new one",
        )
    with open_reader(workspace.current) as con:
        read = full_text(con, document["document_id"])
    places = read.boxes(extraction["start"], extraction["end"]) if read else []
    if read is None or not places:
        raise FullTextError("its place on the page is not known", where=document["document_id"])
    page = places[0][0]
    content = RawStore(workspace.raw).get(document["raw_sha256"])
    with as_file(content, "pdf") as path, Sandbox() as sandbox:
        return sandbox.picture(path, page, [b for p, b in places if p == page], _lines(read, extraction, page), extraction["quote"])


def _lines(read: FullText, extraction: dict[str, Any], page: int) -> list[tuple[float, float, float, float]]:
    """Return the printed lines that hold the number."""
    return [n.box for n in read.lines if n.page == page and n.start < extraction["end"] and extraction["start"] < n.end]


def write_picture(workspace: Workspace, chain: dict[str, Any], target: Path) -> None:
    """Write the picture to a file.

    Raises
    ------
    UsageError
        If it cannot be written there.
    """
    png = evidence_picture(workspace, chain)
    try:
        target.write_bytes(png)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(target), hint="name a file in a folder that exists") from error
