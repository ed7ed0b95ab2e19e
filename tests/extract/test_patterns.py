"""Files of patterns: every alternative matches its example, and alone does; malformed files are told."""

from __future__ import annotations

import functools
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from miner.errors import RuleError
from miner.extract.digests import READ_NOTHING, engine_digest, labels_digest
from miner.extract.rule import BUILT_IN, load_rule
from miner.text.patterns import PatternEntry, load_patterns, read_patterns

FILES = sorted(
    path for path in BUILT_IN.parents[1].rglob("*.toml") if isinstance(tomllib.loads(path.read_text(encoding="utf-8")).get("pattern"), dict)
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
    assert {"assign.toml", "citing.toml", "claims.toml", "document.toml", "fulltext.toml", "names.toml", "tables.toml"} <= {
        p.name for p in FILES
    }
    assert all(path.with_suffix(".py").is_file() for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_wall(path: Path) -> None:
    """A regular expression that does not fit on a line is written with words."""
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    written = [one["regex"] for entry in file["pattern"].values() for one in entry["alternatives"]]
    for words in file.get("words", {}).values():
        written += words if isinstance(words, list) else [words]
    assert [regex for regex in written if len(regex) > 200] == []


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
    file.write_text(file.read_text(encoding="utf-8").replace("'mmHg',", "'mmHg', 'atm',"), encoding="utf-8")
    assert load_rule(folder).sha256 != before


@pytest.mark.parametrize("name", ["table_claims.toml", "tables.toml", "fulltext.toml", "citing.toml", "outline.toml"])
def test_a_changed_pattern_of_the_engine_changes_all_rules(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Tables, full texts and citations are read by code that all rules share."""
    assert _digest_with(monkeypatch, engine_digest, name) != engine_digest()


@pytest.mark.parametrize("name", READ_NOTHING)
def test_what_reads_no_text_changes_no_rule_and_nothing_that_reads_imports_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert _digest_with(monkeypatch, engine_digest, name) == engine_digest()
    assert _digest_with(monkeypatch, engine_digest, "engine.py") != engine_digest()
    module = f"miner.extract.{name.removesuffix('.py')}"
    for path in BUILT_IN.parent.rglob("*.py"):
        if path.name not in {*READ_NOTHING, "__init__.py"}:  # the package's own names it to be called, not to read
            assert not re.search(rf"^\s*(from|import) {re.escape(module)}\b", path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_a_changed_pattern_of_labels_changes_rules_of_labels_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of data sets are read by rules that choose labels."""
    plain = {name: load_rule(BUILT_IN / name).sha256 for name in ("dataset", "performance")}
    labels_digest.cache_clear()
    _change(monkeypatch, "names.toml")
    try:
        changed = {name for name, sha256 in plain.items() if load_rule(BUILT_IN / name).sha256 != sha256}
    finally:
        labels_digest.cache_clear()
    assert changed == {"dataset"}


def _digest_with(monkeypatch: pytest.MonkeyPatch, digest: functools._lru_cache_wrapper[str], name: str) -> str:
    """Return a digest as it is where a file of that name has another byte."""
    with monkeypatch.context() as patch:
        _change(patch, name)
        digest.cache_clear()
        changed = digest()
    digest.cache_clear()
    return changed


def _change(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) + b"#" * (self.name == name))


def test_words_of_another_file(tmp_path: Path) -> None:
    """A file names the words of another, which may name each other."""
    (tmp_path / "a.toml").write_text("[words]\none = 'x'\ntwo = '{one}y{1,2}'\n", encoding="utf-8")
    path = tmp_path / "b.toml"
    path.write_text(
        "words_of = 'a.toml'\n[pattern.p]\nabout = 'why'\nalternatives = [{ regex = '{two}z', example = 'xyyz' }]\n", encoding="utf-8"
    )
    assert load_patterns(path)["p"].pattern == "xy{1,2}z"


def test_a_list_of_words(tmp_path: Path) -> None:
    """Any of a list does, whatever stands around it; its items may name words above."""
    path = tmp_path / "a.toml"
    path.write_text(
        "[words]\none = 'x'\nmany = ['{one}a', 'b']\n[pattern.p]\nabout = 'why'\nalternatives = [{ regex = '{many}z', example = 'bz' }]\n",
        encoding="utf-8",
    )
    assert load_patterns(path)["p"].pattern == "(?:xa|b)z"


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
