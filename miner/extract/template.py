"""The rule that ``miner rules new`` writes."""

from __future__ import annotations

import re
from pathlib import Path

from miner.errors import RuleError

_TEMPLATE = """\
id = "{name}"
version = "1.0.0"          # raise it when the meaning of what is found changes
kind = "{name}"            # what the label is called in the output
about = "One line that says what this rule finds"

# Each example is run by `miner rules test`: what <ent> holds must be found, and nothing else. The last one fails: mend the rule.
examples = [
  "The scanner had a field of <ent value=3>3</ent> tesla.",
  "We followed them for 3 years.",
  "Images came from a <ent value=7>7</ent> T scanner.",
]

# A pattern is a list of tokens in spaCy's Matcher format. One token must be a word (LOWER, or LOWER = {{ IN = [...] }}): the
# engine tries the pattern only where that word stands. A number is one token, however it is written.
[[pattern]]
name = "number tesla"
value = "{{number}}"       # or a fixed text, or "{{number}}-fold", or "{{text}}" for all that matched
match = [{{ LIKE_NUM = true }}, {{ LOWER = "tesla" }}]
"""


def write_template(folder: Path, name: str) -> Path:
    """Write a rule folder to start from.

    Parameters
    ----------
    folder : pathlib.Path
        The rule's folder; must not exist.
    name : str
        The rule's id.

    Returns
    -------
    pathlib.Path
        Its ``rule.toml``.

    Raises
    ------
    RuleError
        If the name is no id, or the folder exists.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise RuleError(f"{name!r} is no id for a rule", hint="small letters, digits and underscores, a letter first")
    path = folder / "rule.toml"
    try:
        folder.mkdir(parents=True)
        path.write_text(_TEMPLATE.format(name=name), encoding="utf-8")
    except FileExistsError as error:
        raise RuleError("this rule is there already", where=str(folder), hint="choose another name") from error
    except OSError as error:
        raise RuleError(f"cannot be written: {error.strerror}", where=str(path)) from error
    return path
