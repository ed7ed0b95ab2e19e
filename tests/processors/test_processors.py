"""The same bytes on every processor: whatever kernels of linear algebra it has, however many threads, with old and new instructions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.processors.everything import prepare

# What a kernel of OpenBLAS needs, by the names of /proc/cpuinfo; a kernel that the processor cannot run would end the process.
NEEDS = {
    "Prescott": {"pni"},
    "Nehalem": {"sse4_2"},
    "Haswell": {"avx2", "fma"},
    "SkylakeX": {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"},
}
ALIAS = {"Prescott": "katmai"}  # OpenBLAS runs one kernel for both, and calls it by the older name
# As on a processor of 2008: numpy and the C library without their newer instructions too, whose exp and log differ in the last bit.
OLD = {"NPY_DISABLE_CPU_FEATURES": "X86_V3", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX"}


def processors() -> dict[str, dict[str, str]]:
    """Return environments that make this machine compute as others do: name and variables; elsewhere than on x86-64, only the threads differ."""
    environments: dict[str, dict[str, str]] = {"as it is": {"OPENBLAS_NUM_THREADS": "1"}, "two threads": {"OPENBLAS_NUM_THREADS": "2"}}
    if platform.machine().lower() in {"x86_64", "amd64"} and Path("/proc/cpuinfo").exists():
        flags = next(set(x.split()) for x in Path("/proc/cpuinfo").read_text().splitlines() if x.startswith("flags"))
        there = [kernel for kernel, needs in NEEDS.items() if needs <= flags]
        environments = {k: {"OPENBLAS_CORETYPE": k, "OPENBLAS_NUM_THREADS": str(1 + i % 2)} for i, k in enumerate(reversed(there))}
        environments["Prescott"] |= OLD
    return environments


def make(folder: Path, variables: dict[str, str], *more: str) -> dict[str, Any]:
    clean = {k: v for k, v in os.environ.items() if k not in {"OPENBLAS_CORETYPE", *OLD}}
    command = [sys.executable, "-m", "tests.processors.everything", str(folder), *more]
    done = subprocess.run(command, cwd=ROOT, env=clean | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(900)
def test_every_report_export_and_analysis_is_the_same_bytes_on_every_processor(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The newest and the oldest kernel, which differ most; ``--full`` takes those between too, and the paper's report."""
    prepare(tmp_path)
    environments = processors()
    more = ["--full"] if request.config.getoption("--full") else []
    if not more:
        environments = {name: environments[name] for name in (next(iter(environments)), list(environments)[-1])}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(environments, pool.map(lambda v: make(tmp_path, v, *more), environments.values()), strict=True))
    first = next(iter(found.values()))["made"]
    assert len(first) > 30
    for name in (n for n in found if "OPENBLAS_CORETYPE" in environments[n]):
        assert {k.lower() for k in found[name]["kernels"]} <= {name.lower(), ALIAS.get(name)}, (
            "the variable had no effect, so nothing is tested"
        )
    other = {name: [k for k, v in told["made"].items() if first[k] != v] for name, told in found.items()}
    assert {name: which for name, which in other.items() if which} == {}
