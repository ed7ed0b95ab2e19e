"""What ``import miner`` offers beside the workspace, where several rooms are needed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def extract_file(path: str | Path, *, rules: Sequence[str | Path] = ()) -> pd.DataFrame:
    """Extract from one full text (PDF or JATS), read in a sandboxed process.

    Parameters
    ----------
    path : path
        The file.
    rules : sequence of path, optional
        Folders of further rules.

    Returns
    -------
    pandas.DataFrame
        As :func:`miner.extract.frame.extract` gives it, with ``page`` (None for JATS), ``section`` and ``sentence``; ``id`` is the file's name.

    Raises
    ------
    FullTextError
        If it cannot be read; the message says why.
    """
    from miner.errors import FullTextError
    from miner.extract.api import Extractor, load_rules
    from miner.extract.frame import to_frame
    from miner.extract.fulltext import extract_full_text
    from miner.fulltext.sandbox import Sandbox

    path = Path(path)
    if not path.is_file():
        raise FullTextError("there is no such file", where=str(path), hint="name a PDF or JATS file")
    with Sandbox(1) as sandbox:
        outcome = sandbox.read(path)
    full = outcome.document
    if full is None:
        raise FullTextError(outcome.reason or "it could not be read", where=str(path), hint="open it in a viewer to see what it is")
    extractor = Extractor(load_rules([Path(r) for r in rules]))
    found = extract_full_text(
        extractor, full.text, full.sections, full.tables, aside=full.printed_tables(), cited=full.cited, document_id=path.name
    )
    where = [
        replace(x, fields={**x.fields, "page": x.evidence.page or full.page_at(x.evidence.start), "sentence": x.evidence.sentence})
        for x in found
    ]
    return to_frame([(path.name, where)])
