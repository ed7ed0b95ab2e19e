"""All panels: those of this package, and those of packages with an entry point in ``miner.panels``."""

from __future__ import annotations

from miner.registry import PerWorkspace, collect
from miner.report.gallery.spec import PanelSpec

ENTRY_POINTS = "miner.panels"


@PerWorkspace
def panels() -> dict[str, PanelSpec]:
    """Return every panel by its name: the ``PANELS`` of each module of the packages of panels, then those of other packages.

    Raises
    ------
    ConfigError
        If an entry point gives something else, or a name stands twice.

    Examples
    --------
    >>> panels()["forest"].options["sort"]
    'estimate'
    """
    return collect(("miner.report.gallery", "miner.report.tasks", "miner.report.publications"), "PANELS", ENTRY_POINTS, PanelSpec)
