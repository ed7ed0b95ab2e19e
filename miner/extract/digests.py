"""Hashes of what rules are made of, so that documents are read again where any of it changes."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miner.vocabulary import Vocabulary

# Modules of this package that read no text: what others find does not depend on them (a test holds that none of the others imports them).
READ_NOTHING = ("frame.py", "pool.py", "scoring.py", "template.py")
_READ = frozenset({".py", ".toml", ".tsv"})  # what a folder of code is: modules, patterns, weights


def folder_sha256(folder: Path, words: Vocabulary, read: str = "") -> str:
    """Return the hash of a rule: every file of its folder, with its name, the engine that runs it, and the vocabulary that it reads."""
    digest = hashlib.sha256(f"{engine_digest()}{words.sha256}{read}".encode())
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not _hidden(p.relative_to(folder))):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) or part.endswith(("~", ".pyc")) for part in path.parts)


@cache
def relation_digest() -> str:
    """Return the hash of the code, patterns and weights that relate performances to sample sizes."""
    digest = hashlib.sha256()
    here = Path(__file__).parent / "relation"
    for path in sorted(p for p in here.iterdir() if p.suffix in _READ):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def engine_digest() -> str:
    """Return the hash of the code that all rules share: this package's modules and patterns, ``miner.text`` and ``miner.vocabulary``.

    What only hands on what was read, or scores it, is left out: a change there makes no rule read the corpus again.
    """
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in [
        *sorted(p for p in [*here.glob("*.py"), *here.glob("*.toml")] if p.name not in READ_NOTHING),
        *sorted(p for p in (here.parent / "text").iterdir() if p.suffix in _READ),
        *sorted((here.parent / "vocabulary").glob("*.py")),
    ]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def labels_digest() -> str:
    """Return the hash of the code, patterns and weights by which labels are chosen."""
    digest = hashlib.sha256()
    for path in sorted(p for p in (Path(__file__).parent / "labels").iterdir() if p.suffix in _READ):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
