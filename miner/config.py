"""The workspace: where it is found, what lies where in it, and its settings."""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from miner.errors import ConfigError, WorkspaceError

MARKER = "miner.toml"
_SETTINGS: dict[str, type] = {"contact": str, "keep_snapshots": int, "llm": dict}
_LLM: dict[str, tuple[type, ...]] = {"base_url": (str,), "model": (str,), "timeout": (int, float), "options": (dict,)}
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\".]+(\.[^\s@<>,;\".]+)*")
_CONTACT_LINE = re.compile(r"^#? ?contact = .*$", re.MULTILINE)

_TEMPLATE = """\
# A miner workspace. Settings; each can be left out.

# The e-mail address sent to NCBI and arXiv with each request, so that they can reach you before they block you.
# The environment variable MINER_CONTACT takes precedence.
# contact = "you@example.org"

# How many published snapshots are kept.
keep_snapshots = 5

# A language model for miner summarise, which alone asks it; any endpoint that is compatible with OpenAI's. A key goes into MINER_LLM_KEY.
# [llm]
# base_url = "http://127.0.0.1:8080/v1"
# model = "the-name-of-a-model"
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The table ``[llm]`` of ``miner.toml``: a language model behind an address that is compatible with OpenAI's.

    Parameters
    ----------
    base_url : str
        Without ``/chat/completions``.
    model : str
        The model's name there.
    timeout : float
        Seconds that one answer may take.
    options : mapping
        What is sent with each request beside the model and the messages, as it is.
    """

    base_url: str
    model: str
    timeout: float = 120.0
    options: Mapping[str, Any] = field(default_factory=lambda: {"temperature": 0}, hash=False)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with ``miner.toml``, ``jobs/``, ``rules/``, ``reports/`` and ``data/``.

    Parameters
    ----------
    root : pathlib.Path
        The folder that holds ``miner.toml``.
    contact : str or None
        The e-mail address sent to services.
    keep_snapshots : int
        How many published snapshots are kept.
    llm : Endpoint or None
        The language model that :meth:`miner.Workspace.summarise` asks.

    Examples
    --------
    >>> Workspace(Path("/srv/reviews")).database.as_posix()
    '/srv/reviews/data/corpus.duckdb'
    """

    root: Path
    contact: str | None = None
    keep_snapshots: int = 5
    llm: Endpoint | None = None

    @property
    def jobs(self) -> Path:
        """Job definitions (TOML)."""
        return self.root / "jobs"

    @property
    def rules(self) -> Path:
        """The workspace's own extraction rules."""
        return self.root / "rules"

    @property
    def queries(self) -> Path:
        """The workspace's own named queries (SQL)."""
        return self.root / "queries"

    @property
    def plugins(self) -> Path:
        """The workspace's own sources, readers, analyses, panels and exports: Python files that are run when they are asked for."""
        return self.root / "plugins"

    @property
    def report_definitions(self) -> Path:
        """The workspace's own report definitions (TOML)."""
        return self.root / "reports"

    @property
    def data(self) -> Path:
        """All that miner writes."""
        return self.root / "data"

    @property
    def raw(self) -> Path:
        """The raw store: every response, under its SHA-256."""
        return self.data / "raw"

    @property
    def database(self) -> Path:
        """The database that jobs write."""
        return self.data / "corpus.duckdb"

    @property
    def snapshots(self) -> Path:
        """Published snapshots."""
        return self.data / "snapshots"

    @property
    def current(self) -> Path:
        """The link to the snapshot that readers open."""
        return self.data / "current.duckdb"

    @property
    def reports(self) -> Path:
        """Rendered reports."""
        return self.data / "reports"

    @property
    def logs(self) -> Path:
        """What each run said, and what the schedule's runs did."""
        return self.data / "logs"

    @property
    def lock(self) -> Path:
        """The lock that a writing command holds."""
        return self.data / "writer.lock"


def find_workspace(option: Path | None = None, start: Path | None = None) -> Workspace:
    """Find the workspace as git finds a repository.

    Parameters
    ----------
    option : pathlib.Path, optional
        What ``--workspace`` said; else ``MINER_WORKSPACE``; else the search goes upwards from ``start``.
    start : pathlib.Path, optional
        Where the search begins; the current folder by default.

    Raises
    ------
    WorkspaceError
        If no workspace is found, or the folder named is not one.
    ConfigError
        If its ``miner.toml`` cannot be read.
    """
    named = option or (Path(os.environ["MINER_WORKSPACE"]) if os.environ.get("MINER_WORKSPACE") else None)
    if named is not None:
        if not (named / MARKER).is_file():
            raise WorkspaceError(
                "this folder is not a workspace: it has no miner.toml",
                where=str(named),
                hint=f"make one with: miner init {shlex.quote(str(named))}",
            )
        return load_workspace(named.resolve())
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_file():
            return load_workspace(folder)
    raise WorkspaceError(
        "no workspace here or in any folder above",
        where=str(here),
        hint="make one with: miner init, or name one with --workspace DIR",
    )


def load_workspace(root: Path) -> Workspace:
    """Read the settings of the workspace at ``root``."""
    path = root / MARKER
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint="correct it, or take miner init's as a start") from error
    return Workspace(root, **_checked(settings, path))


def _checked(settings: dict[str, Any], path: Path) -> dict[str, Any]:
    for key, value in settings.items():
        if key not in _SETTINGS:
            raise ConfigError(f"unknown key {key!r}", where=str(path), hint=f"known keys: {', '.join(_SETTINGS)}")
        if type(value) is not _SETTINGS[key]:
            what = "a table" if _SETTINGS[key] is dict else _SETTINGS[key].__name__
            raise ConfigError(f"{key} must be {what}, not {value!r}", where=str(path))
    if settings.get("keep_snapshots", 1) < 1:
        raise ConfigError("keep_snapshots must be at least 1", where=str(path))
    if "contact" in settings:
        check_contact(settings["contact"], f"{path}, contact")
    return {**settings, "llm": _endpoint(settings["llm"], f"{path}, [llm]")} if "llm" in settings else settings


def _endpoint(table: dict[str, Any], where: str) -> Endpoint:
    for key, value in table.items():
        if key not in _LLM:
            raise ConfigError(f"unknown key {key!r}", where=where, hint=f"known keys: {', '.join(f.name for f in fields(Endpoint))}")
        if type(value) not in _LLM[key] or value == "":
            words = {str: "a text", int: "a number of seconds", dict: "a table"}[_LLM[key][0]]
            raise ConfigError(f"{key} must be {words}, not {value!r}", where=where)
    for key in ("base_url", "model"):
        if key not in table:
            raise ConfigError(
                f"the key {key!r} is missing", where=where, hint="it names the address and the model; leave out [llm] for neither"
            )
    if not 0 < table.get("timeout", 1) < float("inf"):
        raise ConfigError(f"timeout must be above 0, not {table['timeout']!r}", where=where)
    return Endpoint(**table)


def check_contact(address: object, where: str) -> str:
    """Return an e-mail address.

    Raises
    ------
    ConfigError
        If it is none.

    Examples
    --------
    >>> check_contact("ada", "contact")
    Traceback (most recent call last):
    miner.errors.ConfigError: contact: 'ada' is no e-mail address (write one such as you@example.org)
    """
    if not isinstance(address, str) or _ADDRESS.fullmatch(address) is None:
        raise ConfigError(f"{address!r} is no e-mail address", where=where, hint="write one such as you@example.org")
    return address


def init_workspace(root: Path, contact: str | None = None) -> Workspace:
    """Make a workspace at ``root``; what is already there stays as it is, but for the address of contact where one is given."""
    if contact is not None:
        check_contact(contact, "contact")
    if root.exists() and not root.is_dir():
        raise WorkspaceError("this is a file, not a folder", where=str(root), hint="name another folder")
    try:
        for folder in (root / "jobs", root / "rules", root / "reports", root / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        marker = root / MARKER
        if not marker.exists():
            marker.write_text(_TEMPLATE, encoding="utf-8")
        if contact is not None:
            load_workspace(root)  # a file that cannot be read is told before anything is written
            _keep_contact(marker, contact)
    except OSError as error:
        raise WorkspaceError(
            f"cannot make a workspace: {error.strerror}", where=str(root), hint="name a folder that you may write"
        ) from error
    return load_workspace(root.resolve())


def _keep_contact(marker: Path, address: str) -> None:
    """Write the address into ``miner.toml``: in place of the one there, or of the line that shows how; before any table where there is neither."""
    text, line = marker.read_text(encoding="utf-8"), f"contact = {json.dumps(address)}"
    changed, found = _CONTACT_LINE.subn(lambda _: line, text, count=1)
    marker.write_text(changed if found else f"{line}\n{text}", encoding="utf-8")


def contact(workspace: Workspace | None = None) -> str | None:
    """Return the e-mail address to send to services: ``MINER_CONTACT``, else the workspace's.

    Raises
    ------
    ConfigError
        If the variable holds none.
    """
    named = os.environ.get("MINER_CONTACT")
    if named:
        return check_contact(named, "MINER_CONTACT")
    return workspace.contact if workspace else None
