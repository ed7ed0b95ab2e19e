"""Files of the vocabulary: UTF-8 and TOML, or said to be none with the file's name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from miner.errors import ConfigError

# The files of the lexicon by the kind of their values; the others are the vocabulary's.
LEXICON = {
    "condition": "conditions",
    "modality": "modalities",
    "dataset": "datasets",
    "method": "methods",
    "validation": "validations",
    "question": "questions",
    "event": "events",
    "target": "targets",
    "clue": "clues",
}


def file_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint="it is a TOML file in UTF-8") from error


def parsed(path: str, text: str) -> dict[str, Any]:
    """Return the content of a file that has this text.

    Raises
    ------
    ConfigError
        If it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not TOML: {error}", where=path, hint="the message names the line") from error
