"""``miner init``, ``miner doctor``, ``miner status`` and ``miner publish``: make a workspace and see how it is."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Annotated, Any

import typer

from miner.cli.common import DONE, FAILED, JsonOption, WorkspaceOption, say, talk, workspace, write, write_json
from miner.errors import MinerError, WorkspaceError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("doctor")(doctor)
    app.command("status")(status)
    app.command("publish")(publish)


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; the current folder by default.")] = Path()) -> None:
    """Make a workspace: miner.toml, jobs/ with jobs to change, rules/, reports/ and data/.

    Example: miner init reviews
    """
    from miner.workspace import Workspace

    made = Workspace.create(folder)
    write(str(made.root))
    say(f"next: cd {folder} && miner run jobs/alzheimer-mri.toml --limit 200")


def doctor(as_json: JsonOption = False, where: WorkspaceOption = None) -> None:
    """Say what was found, in which versions, and what is missing; exits with 1 if something does not work.

    Example: miner doctor --json
    """
    checks = [_python(), _bundle(), *_packages(), *_workspace_checks(where), _contact(where), *_addresses()]
    failed = any(c["state"] == "failed" for c in checks)
    if as_json:
        from miner import __version__

        write_json({"miner": __version__, "ok": not failed, "checks": checks})
    else:
        for check in checks:
            write(f"{_MARKS[check['state']]} {check['check']}: {check['found']}" + (f" ({check['hint']})" if check.get("hint") else ""))
    raise typer.Exit(FAILED if failed else DONE)


_MARKS = {"ok": "ok    ", "note": "note  ", "failed": "FAILED"}


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
        place = workspace(option).settings
    except WorkspaceError as error:
        named = option or talk.workspace or os.environ.get("MINER_WORKSPACE")
        return [_check("workspace", "failed" if named else "note", error.what, error.hint)]
    except MinerError as error:
        return [_check("workspace", "failed", str(error), error.hint)]
    checks = [_check("workspace", "ok", str(place.root))]
    if not os.access(place.data if place.data.exists() else place.root, os.W_OK):
        checks.append(_check("data folder", "failed", "cannot be written", f"give yourself the right to write {place.data}"))
    checks.append(_snapshot_check(place.current))
    return checks


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
    return _check("published snapshot", "ok", f"{current.resolve().name}, {papers:,} papers")


def _contact(option: Path | None) -> dict[str, Any]:
    from miner.config import contact

    try:
        place = workspace(option).settings
    except MinerError:
        place = None
    address = contact(place)
    if address:
        return _check("contact", "ok", address)
    return _check("contact", "note", "none", "set MINER_CONTACT, or contact in miner.toml: NCBI asks for an address")


def _addresses() -> list[dict[str, Any]]:
    names = ("MINER_ARXIV_URL", "MINER_ARXIV_OAI_URL", "MINER_EUTILS_URL", "MINER_ARXIV_INTERVAL")
    return [_check(name, "note", os.environ[name], "set in the environment") for name in names if os.environ.get(name)]


def status(
    as_json: JsonOption = False,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="Write the figures as Prometheus reads them.")] = False,
    where: WorkspaceOption = None,
) -> None:
    """Say what has been crawled, extracted and published.

    Example: miner status --json
    """
    from miner.store.status import to_prometheus

    found = workspace(where).status()
    if prometheus:
        write(to_prometheus(found))
        return
    if as_json:
        write_json(found)
        return
    for line in _status_lines(found):
        write(line)


def _status_lines(found: dict[str, Any]) -> list[str]:
    lines = [f"workspace {found['workspace']}", f"published {found['snapshot'] or 'nothing yet'}"]
    if found["writer"]:
        lines.append(f"being written by {found['writer']}; the figures are those of the published snapshot")
    lines += [f"{name}: {count:,}" for name, count in found["counts"].items()]
    for run in found["runs"][:5]:
        lines.append(f"run {run['run_id']}: {run['state']}" + (f" ({run['message']})" if run["message"] else ""))
    for row in found["crawl"]:
        lines.append(f"crawl {row['job']} {row['source']}: {row['windows']} windows, {row['done']} done, {row['received']:,} records")
    return lines


def publish(where: WorkspaceOption = None) -> None:
    """Publish the database as it is to readers.

    Example: miner publish
    """
    write(str(workspace(where).publish()))
