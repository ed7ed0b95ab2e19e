"""The notebooks run from top to bottom on the demo's snapshot, and are shown executed."""

from __future__ import annotations

import json

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs(path, demo, monkeypatch, capsys):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    monkeypatch.setenv("MINER_WORKSPACE", str(demo))
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    cells = [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    space: dict[str, object] = {}
    for cell in cells:
        exec(compile("".join(cell["source"]), path.name, "exec"), space)
        printed = capsys.readouterr().out
        stored = [o for o in cell["outputs"] if o.get("name") == "stdout"]
        assert bool(printed) == bool(stored), "execute it again: python docs/notebooks/execute.py"
    plt.close("all")
    assert shown
    assert any("image/png" in o.get("data", {}) for c in cells for o in c["outputs"])


def test_there_is_a_notebook():
    assert NOTEBOOKS
