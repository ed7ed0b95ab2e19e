"""Talk to one R process: a request, an answer."""

from __future__ import annotations

import json
import math
import select
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SPECIAL = {"NA": math.nan, "NaN": math.nan, "Inf": math.inf, "-Inf": -math.inf}
PACKAGES = ("metafor", "jsonlite", "clubSandwich", "lme4", "quantreg")


@cache
def missing_packages() -> tuple[str, ...]:
    """Return what R lacks for these tests; everything where there is no R."""
    if shutil.which("Rscript") is None:
        return ("R", *PACKAGES)
    asked = "; ".join(f'cat(requireNamespace("{p}", quietly=TRUE), "")' for p in PACKAGES)
    said = subprocess.run(["Rscript", "-e", asked], capture_output=True, text=True, check=False).stdout.split()
    return tuple(p for p, there in zip(PACKAGES, said, strict=False) if there != "TRUE")


def plain(value: Any) -> Any:
    """Return numbers for the texts that R writes."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, str):
        try:
            return SPECIAL[value] if value in SPECIAL else float(value)
        except ValueError:
            return value
    return math.nan if value is None else value


class Server:
    """One R process; a request that takes too long ends it, and the next one starts another."""

    def __init__(self, patience: float = 90.0) -> None:
        self.patience = patience
        self.process: subprocess.Popen[str] | None = None

    def ask(self, what: str, data: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return R's figures, or ``{"error": [message]}``."""
        if self.process is None or self.process.poll() is not None:
            command = ["Rscript", "--vanilla", str(HERE / "server.R")]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"what": what, "data": data, "options": options}) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], self.patience)[0]:
            self.close()
            return {"error": ["no answer in time"]}
        line = self.process.stdout.readline()
        return dict(plain(json.loads(line))) if line.strip() else {"error": ["R ended"]}

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
