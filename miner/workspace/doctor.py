"""Whether miner works here: what was found, in which versions, and what is missing."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from miner.config import Workspace as Settings
from miner.config import contact, find_workspace
from miner.errors import MinerError, WorkspaceError
from miner.registry import use_plugins
from miner.say import counted as words


def check_up(path: str | Path | None = None) -> list[dict[str, Any]]:
    """Return what was found of Python, packages, the workspace, its snapshot and plugins, and what is missing.

    Parameters
    ----------
    path : path, optional
        The workspace; by default that of ``MINER_WORKSPACE``, or around the current folder.

    Returns
    -------
    list of dict
        ``check, state, found, hint``; the state is ``ok``, ``note`` (nothing that must be) or ``failed``.

    Examples
    --------
    >>> {c["state"] for c in check_up() if c["check"] in {"python", "duckdb"}}
    {'ok'}
    """
    option = Path(path) if path is not None else None
    return [_python(), _bundle(), *_packages(), *_workspace_checks(option), _contact(option), *_addresses()]


def _check(check: str, state: str, found: str, hint: str | None = None) -> dict[str, Any]:
    return {"check": check, "state": state, "found": found, "hint": hint}


def _python() -> dict[str, Any]:
    return _check("python", "ok", platform.python_version())


def _bundle() -> dict[str, Any]:
    from miner.resources import resource

    try:
        return _check("bundled data", "ok", str(resource("db", "migrations").parent.parent))
    except MinerError as error:
        return _check("bundled data", "failed", str(error), "reinstall miner")


def _packages() -> list[dict[str, Any]]:
    from importlib.metadata import PackageNotFoundError, requires, version

    checks = []
    for requirement in requires("miner") or []:
        name = requirement.split(";")[0].split("[")[0].split(">")[0].split("<")[0].split("=")[0].strip()
        extra = requirement.partition("extra ==")[2].strip(" '\"")
        if extra in {"dev", "bench"} or name == "miner":
            continue
        try:
            checks.append(_check(name, "ok", version(name)))
        except PackageNotFoundError:
            hint = f"pip install 'miner[{extra}]'" if extra else "reinstall miner"
            checks.append(_check(name, "note" if extra else "failed", "not installed", hint))
    return checks


def _workspace_checks(option: Path | None) -> list[dict[str, Any]]:
    try:
        place = find_workspace(option)
    except WorkspaceError as error:
        named = option or os.environ.get("MINER_WORKSPACE")
        return [_check("workspace", "failed" if named else "note", error.what, error.hint)]
    except MinerError as error:
        return [_check("workspace", "failed", str(error), error.hint)]
    checks = [_check("workspace", "ok", str(place.root))]
    if not os.access(place.data if place.data.exists() else place.root, os.W_OK):
        checks.append(_check("data folder", "failed", "cannot be written", f"give yourself the right to write {place.data}"))
    checks.append(_snapshot_check(place.current))
    return [*checks, *_plugins(place)]


def _plugins(place: Settings) -> list[dict[str, Any]]:
    """Load what the workspace adds, where it adds something."""
    from miner.export.format import formats
    from miner.harvest.reader import readers
    from miner.harvest.registry import sources
    from miner.meta.analysis.registry import records
    from miner.report.gallery.registry import panels

    if not place.plugins.is_dir():
        return []
    kinds: dict[str, Callable[[], Mapping[str, object]]] = {
        "source": sources,
        "reader of files": readers,
        "analysis": records,
        "panel": panels,
        "export format": formats,
    }
    use_plugins(None)
    before = {(kind, name) for kind, found in kinds.items() for name in found()}
    use_plugins(place.plugins)
    try:
        added = [f"{kind} {name}" for kind, found in kinds.items() for name in found() if (kind, name) not in before]
    except MinerError as error:
        return [_check("plugins", "failed", str(error), error.hint)]
    return [_check("plugins", "ok", ", ".join(added) or "none")]


def _snapshot_check(current: Path) -> dict[str, Any]:
    from miner.store.connect import open_reader
    from miner.store.status import counted

    if not current.exists():
        return _check("published snapshot", "note", "none yet", "run a job, or import files")
    try:
        with open_reader(current) as con:
            papers = counted(con)["papers"]
    except Exception as error:  # noqa: BLE001 -- whatever it is, the doctor says it
        return _check("published snapshot", "failed", str(error), "publish again: miner publish")
    return _check("published snapshot", "ok", f"{current.resolve().name}, {words(papers, 'paper')}")


def _contact(option: Path | None) -> dict[str, Any]:
    try:
        place = find_workspace(option)
    except MinerError:
        place = None
    address = contact(place)
    if address:
        return _check("contact", "ok", address)
    return _check("contact", "note", "none", "miner init --contact you@example.org: NCBI asks for an address")


def _addresses() -> list[dict[str, Any]]:
    names = ("MINER_ARXIV_URL", "MINER_ARXIV_OAI_URL", "MINER_EUTILS_URL", "MINER_ARXIV_INTERVAL")
    return [_check(name, "note", os.environ[name], "set in the environment") for name in names if os.environ.get(name)]
