"""What a study is set against: the words for unaided people, other methods and earlier work."""

from __future__ import annotations

from pathlib import Path

from miner.text.patterns import load_patterns

_PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))
RIVAL_NAME = _PATTERNS["rival_name"]
