"""Put the quotes back into stand-off labels, from the texts that they point into.

The labels lie here without the abstracts, which belong to others: each record holds the SHA-256 of its text, and only that very text gets its quotes.

    python tests/gate/labels/quotes.py tests/gate/labels/moderators.jsonl TEXTS.jsonl > labelled.jsonl

TEXTS: one ``{"id", "text"}`` a line, the text being title, a line feed and abstract. The exit code is 1 if a text is missing or another one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def sha256(text: str) -> str:
    """Return the hash that a record holds of its text (of its UTF-8 bytes)."""
    return hashlib.sha256(text.encode()).hexdigest()


def quoted(record: Mapping[str, Any], text: str) -> Record:
    """Return a record with the quote of each label.

    Raises
    ------
    ValueError
        If the text is not the one that was labelled.
    """
    if sha256(text) != record["sha256"]:
        raise ValueError(f"{record['id']}: the text is not the one that was labelled (another version, or other line ends)")
    labels = [{**x, "quote": text[x["start"] : x["end"]]} for x in record["labels"]]
    return {"id": record["id"], "text": text, "labels": labels}


def standoff(record: Mapping[str, Any], text: str) -> Record:
    """Return the record of a text with quoted labels as it lies here: with the text's hash, without a word of it.

    Raises
    ------
    ValueError
        If a label's quote does not stand at its place.
    """
    for x in record["labels"]:
        if text[x["start"] : x["end"]] != x["quote"]:
            raise ValueError(f"{record['id']}: {x['quote']!r} does not stand at {x['start']}")
    labels = [{key: x[key] for key in ("kind", "start", "end", "value")} for x in record["labels"]]
    return {"id": record["id"], "sha256": sha256(text), "labels": labels}


def read(path: Path) -> Iterator[Record]:
    """Yield the records of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def restore(records: Iterable[Record], texts: Mapping[str, str]) -> Iterator[Record | str]:
    """Yield each record with its quotes, or a sentence on why it can't have them."""
    for record in records:
        if (text := texts.get(record["id"])) is None:
            yield f"{record['id']}: there is no text of it"
            continue
        try:
            yield quoted(record, text)
        except ValueError as error:
            yield str(error)


def main(arguments: list[str] | None = None) -> int:
    """Print the records that have their text; say on the error stream which have not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("texts", type=Path)
    options = parser.parse_args(arguments)
    missing = 0
    for found in restore(read(options.labels), {r["id"]: r["text"] for r in read(options.texts)}):
        if isinstance(found, str):
            missing += 1
            print(found, file=sys.stderr)
        else:
            print(json.dumps(found, ensure_ascii=False))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
