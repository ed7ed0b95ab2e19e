"""Where the data that ships with miner lies: in the wheel, or in the checkout when installed editable."""

from __future__ import annotations

from pathlib import Path

from miner.errors import MinerError

_PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Return the path of a bundled file or folder of ``db``, ``pipelines`` or ``reports``.

    Parameters
    ----------
    *parts : str
        The path below the project's top, for example ``"db", "migrations"``.

    Returns
    -------
    pathlib.Path
        A path that exists.

    Raises
    ------
    MinerError
        If the installation lacks it.

    Examples
    --------
    >>> resource("db", "migrations").is_dir()
    True
    """
    for root in (_PACKAGE / "_bundled", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise MinerError(
        f"the bundled file {'/'.join(parts)} is missing",
        where=str(_PACKAGE),
        hint="install miner again: its wheel carries it",
    )
