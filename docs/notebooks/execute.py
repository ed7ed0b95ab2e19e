"""Execute the notebooks of this folder in place, on the demo's snapshot (needs nbclient and ipykernel).

python docs/notebooks/execute.py
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from miner.workspace.demo import run_demo

for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    with tempfile.TemporaryDirectory() as folder:
        run_demo(Path(folder) / "demo", lambda _: None)
        os.environ["MINER_WORKSPACE"] = str(Path(folder) / "demo")
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=120, record_timing=False).execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(notebook, path)
