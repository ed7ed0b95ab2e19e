"""Every example in a docstring runs and gives what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import miner

MODULES = sorted(m.name for m in walk_packages(miner.__path__, "miner.") if not m.name.endswith("__main__"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    if name.startswith("miner.web.serve."):
        pytest.importorskip("starlette", reason="the extra serve is among the development dependencies")
    found = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0
