"""Regular expressions kept as data: a TOML file beside the code that uses them, with what each is for and an example of each alternative."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from miner.errors import RuleError
from miner.text.edges import at_edges

_WORD = re.compile(r"\{([a-z_]+)\}")
_HINT = "miner/text/patterns.py says what each key means"


class Alternative(BaseModel):
    """One alternative of a pattern, and an invented sentence that it matches."""

    model_config = ConfigDict(extra="forbid")
    regex: str = Field(min_length=1)
    """The regular expression; ``{name}`` stands for the words of that name."""
    example: str = Field(min_length=1)
    """A sentence that it matches; ``«…»`` stands around what the pattern is asked about, unless it reads all the text."""


class PatternEntry(BaseModel):
    """One ``[pattern.name]`` of a file of patterns."""

    model_config = ConfigDict(extra="forbid")
    about: str = Field(min_length=1)
    """Why it is there."""
    reads: Literal["before", "after", "between", "text"] = "text"
    """Where it is looked for: in what stands before the marks, right behind them, as the whole between them, or anywhere."""
    ignore_case: bool = False
    """Whether capitals are as good as small letters."""
    edges: bool = False
    """Whether it is tried where words begin and end only (see `miner.text.edges.at_edges`)."""
    alternatives: list[Alternative] = Field(min_length=1)
    """What matches, tried in order."""

    def compiled(self, regex: str) -> re.Pattern[str]:
        """Return a regular expression with the flags of this pattern."""
        flags = re.IGNORECASE if self.ignore_case else 0
        return at_edges(regex, flags) if self.edges else re.compile(regex, flags)


class PatternFile(BaseModel):
    """A file of patterns."""

    model_config = ConfigDict(extra="forbid")
    words_of: str | None = None
    """Another file of the folder, whose words its patterns may name too."""
    words: dict[str, str] = {}
    """Regular expressions that patterns name: one, or a list of which any does; each may name those above it."""
    pattern: dict[str, PatternEntry] = {}
    """The patterns by name."""

    @field_validator("words", mode="before")
    @classmethod
    def _join(cls, words: object) -> object:
        """Take a list as alternatives."""
        return (
            {k: f"(?:{'|'.join(map(str, v))})" if isinstance(v, list) else v for k, v in words.items()}
            if isinstance(words, dict)
            else words
        )


def read_patterns(path: Path) -> PatternFile:
    """Read a file of patterns, with the words that they name filled in.

    Parameters
    ----------
    path : pathlib.Path
        A TOML file with ``[pattern.name]`` tables, and ``[words]`` if several share any.

    Raises
    ------
    RuleError
        With the file, and the key that is wrong.
    """
    try:
        file = PatternFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"cannot be read: {error}", where=str(path), hint=_HINT) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise RuleError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", where=str(path), hint=_HINT) from error
    words = dict(_words_of(path.with_name(file.words_of))) if file.words_of else {}
    for name, regex in file.words.items():
        file.words[name] = words[name] = _filled(regex, words, f"{path}: words.{name}")
    for name, entry in file.pattern.items():
        for one in entry.alternatives:
            one.regex = _filled(one.regex, words, f"{path}: pattern.{name}")
    return file


@cache
def _words_of(path: Path) -> Mapping[str, str]:
    """Return the words of a file that several name, read once."""
    return read_patterns(path).words


def _filled(regex: str, words: Mapping[str, str], where: str) -> str:
    if missing := [name for name in _WORD.findall(regex) if name not in words]:
        raise RuleError(f"there are no words {missing[0]!r}", where=where, hint="add them to [words], or name their file in words_of")
    return _WORD.sub(lambda match: words[match[1]], regex)


def load_patterns(path: Path) -> dict[str, re.Pattern[str]]:
    """Return the patterns of a file by name, compiled, the alternatives of each joined in order.

    The file belongs into the folder of the rule that uses it: the rule's hash holds every file there, so that a changed pattern reads documents again.

    Raises
    ------
    RuleError
        With the file, and the key or the expression that is wrong.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "times.toml"
    >>> _ = path.write_text('''
    ... [pattern.clock]
    ... about = "A time of day is no ratio"
    ... reads = "before"
    ... alternatives = [{ regex = 'at [0-9]+:$', example = "It began at 9:«30»." }]
    ... ''', encoding="utf-8")
    >>> load_patterns(path)["clock"].search("at 9:") is not None
    True
    """
    patterns = {}
    for name, entry in read_patterns(path).pattern.items():
        try:
            patterns[name] = entry.compiled("|".join(one.regex for one in entry.alternatives))
        except re.error as error:
            raise RuleError(f"pattern.{name}: {error}", where=str(path), hint="see Python's re module") from error
    return patterns
