"""Files of patterns: every alternative matches its example, and alone does; malformed files are told."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from miner.errors import RuleError
from miner.extract.rule import BUILT_IN, engine_digest, load_rule
from miner.text.patterns import PatternEntry, load_patterns, read_patterns

FILES = sorted(
    path for path in BUILT_IN.parent.rglob("*.toml") if isinstance(tomllib.loads(path.read_text(encoding="utf-8")).get("pattern"), dict)
)
PATTERNS = [pytest.param(path, name, id=f"{path.stem}-{name}") for path in FILES for name in read_patterns(path).pattern]


def _matches(entry: PatternEntry, regex: str, example: str) -> bool:
    text, pattern = example.replace("«", "").replace("»", ""), entry.compiled(regex)
    if entry.reads == "before":
        return pattern.search(example[: example.index("«")]) is not None
    if entry.reads == "after":
        return pattern.match(text, example.index("»") - 1) is not None
    if entry.reads == "between":
        return pattern.fullmatch(text, example.index("«"), example.index("»") - 1) is not None
    return pattern.search(text) is not None


def test_there_are_files() -> None:
    """The globbing above finds them, beside the module of the same name."""
    assert {"assign.toml", "carry.toml", "claims.toml", "deltas.toml", "rejects.toml", "rivals.toml", "table_claims.toml"} <= {
        path.name for path in FILES
    }


@pytest.mark.parametrize(("path", "name"), PATTERNS)
def test_an_alternative_matches_its_example_alone(path: Path, name: str) -> None:
    """An example that two alternatives match would not tell whether the second is still needed."""
    entry = read_patterns(path).pattern[name]
    for one in entry.alternatives:
        matching = [other.regex for other in entry.alternatives if _matches(entry, other.regex, one.example)]
        assert matching == [one.regex], one.example


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pattern_is_used(path: Path) -> None:
    """The module beside a file takes each of its patterns, and each once."""
    taken = re.findall(r'^\w+ = _PATTERNS\["(\w+)"\]$', path.with_suffix(".py").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(taken) == sorted(load_patterns(path))


def test_a_changed_pattern_changes_the_rule(tmp_path: Path) -> None:
    """So that documents are read again."""
    folder = shutil.copytree(BUILT_IN / "performance", tmp_path / "performance")
    before = load_rule(folder).sha256
    file = folder / "rejects.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("mmHg|", "mmHg|atm|"), encoding="utf-8")
    assert load_rule(folder).sha256 != before


def test_a_changed_pattern_of_tables_changes_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are read by code that all rules share."""
    engine_digest.cache_clear()
    before, read = engine_digest(), Path.read_bytes
    engine_digest.cache_clear()
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) + b"#" * (self.name == "table_claims.toml"))
    changed = engine_digest()
    engine_digest.cache_clear()
    assert changed != before


def test_words_of_another_file(tmp_path: Path) -> None:
    """A file names the words of another, which may name each other."""
    (tmp_path / "a.toml").write_text("[words]\none = 'x'\ntwo = '{one}y{1,2}'\n", encoding="utf-8")
    path = tmp_path / "b.toml"
    path.write_text(
        "words_of = 'a.toml'\n[pattern.p]\nabout = 'why'\nalternatives = [{ regex = '{two}z', example = 'xyyz' }]\n", encoding="utf-8"
    )
    assert load_patterns(path)["p"].pattern == "xy{1,2}z"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[pattern.p]\nalternatives = [{ regex = 'a', example = 'a' }]", r"pattern\.p\.about: Field required"),
        ("[pattern.p]\nabout = 'why'\nalternatives = [{ regex = '(a', example = 'a' }]", r"pattern\.p: missing \)"),
        ("[pattern.p]\nabout = 'why'\nalternatives = [{ regex = '{no}', example = 'a' }]", "there are no words 'no'"),
        ("[pattern.p", "cannot be read"),
    ],
)
def test_malformed(tmp_path: Path, text: str, told: str) -> None:
    """What is wrong, and where."""
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=told) as caught:
        load_patterns(path)
    assert str(path) in str(caught.value)
