"""Parametrise over the reference folder, and say at the end what was compared and what was not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.metafor import harness


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each block of each reference file a test of its own; without a folder one that skips and says so."""
    if "reference_case" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--reference")
        found = harness.cases(folder)
        absent = pytest.mark.skip(reason=f"no reference figures in {folder}")
        metafunc.parametrize("reference_case", found or [pytest.param(None, marks=absent)], ids=str)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the counts of figures compared, and every pattern of unsupported.toml with the number of leaves that it named."""
    totals: Counter[str] = Counter()
    named: Counter[str] = Counter()
    live: Counter[str] = Counter()
    for report in (r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])):
        for name, value in report.user_properties:
            if name == "reference_counts":
                totals.update(value)
            elif name == "reference_named":
                named.update(value)
            elif name == "live_counts":
                live.update(value)
    if live:
        terminalreporter.section("generated data sets")
        terminalreporter.write_line(
            f"{live['sets']} data sets, {live['calls']} analyses: {live['figures']} figures compared with R's of this run"
        )
    if not totals:
        return
    write = terminalreporter.write_line
    terminalreporter.section("reference figures")
    write(
        f"{totals['blocks']} blocks: {totals['compared']} figures compared, {totals['faults']} faults, "
        f"{totals['failed_there']} failed in the reference (here an error or a figure), {sum(named.values())} named in unsupported.toml:"
    )
    for pattern, count in named.most_common():
        write(f"{count:7} {pattern}: {harness.excuses()[pattern]}")
