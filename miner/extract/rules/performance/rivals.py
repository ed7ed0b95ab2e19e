"""What a study is set against: the words for unaided people, other methods and earlier work."""

from __future__ import annotations

from pathlib import Path

from miner.text.patterns import load_patterns, read_patterns

_FILE = Path(__file__).with_suffix(".toml")
_PATTERNS = load_patterns(_FILE)
METHOD = read_patterns(_FILE).words["method"]
RIVAL_NAME = _PATTERNS["rival_name"]
