"""Running the commands of a how-to page as a reader does: in bash, with ``miner`` on the path."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT


def miner_on_path(folder: Path) -> Path:
    """Put a ``miner`` of this checkout into a new folder ``bin``, and return that."""
    binaries = folder / "bin"
    binaries.mkdir()
    miner = binaries / "miner"
    own = f"export PYTHONPATH='{ROOT}'${{PYTHONPATH:+:$PYTHONPATH}}"
    miner.write_text(f"#!/bin/sh\n{own}\nexec '{sys.executable}' -c 'from miner.cli.main import main; main()' \"$@\"\n", encoding="utf-8")
    miner.chmod(0o755)
    (binaries / "python3").write_text(f"#!/bin/sh\n{own}\nexec '{sys.executable}' \"$@\"\n", encoding="utf-8")
    (binaries / "python3").chmod(0o755)
    return binaries


def bash_blocks(page: str) -> str:
    """Return the commands of a page's bash blocks, in their order."""
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL))


def run_commands(
    commands: str, folder: Path, binaries: Path, *, timeout: float, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run commands in a folder as ``env -i`` does, with a PATH and a home of their own and nothing of the caller's; the first that fails fails the test."""
    home = binaries.parent / ".home"
    home.mkdir(exist_ok=True)
    environment = {"PATH": f"{binaries}:/usr/local/bin:/usr/bin:/bin", "HOME": str(home), **(extra or {})}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done
