"""The written promise holds: every stable name is there, takes what it took, and is loaded in no time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.library.stable import KEPT, broken, promised


def test_what_was_promised_is_kept() -> None:
    assert broken(KEPT.read_text(encoding="utf-8").splitlines(), list(promised())) == []


@pytest.mark.parametrize(
    ("before", "now", "fault"),
    [
        ("f(a b?)", "g(a)", "f is gone"),
        ("f(a b?)", "f(a)", "f has no b? any more"),
        ("f(a)", "f(a b)", "f needs b"),
        ("f(a b?)", "f(a b)", "f needs b?"),
        ("f(a b)", "f(b a)", "f has its parameters in another order"),
        ("f(a)", "f(b? a)", "f has its parameters in another order"),
        ("errors.E exits 1", "errors.E exits 2", "errors.E exits 1 is gone"),
    ],
)
def test_what_breaks_the_promise(before: str, now: str, fault: str) -> None:
    assert fault in broken([before], [now])


@pytest.mark.parametrize("now", ["f(a b?)", "f(a *c? b?)", "f(a? b?)"])
def test_what_does_not(now: str) -> None:
    assert broken(["f(a)"], [now]) == []


def test_importing_takes_less_than_50_ms() -> None:
    """Of the processor, so that a busy machine does not matter; the least of several, so that a cold disk does not."""
    code = "import time; start = time.process_time(); import miner; print(time.process_time() - start)"
    taken = [float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) for _ in range(5)]
    assert min(taken) < 0.05
