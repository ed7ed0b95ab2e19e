"""What a crawl of one source did."""

from __future__ import annotations

from dataclasses import dataclass, field

from miner.jobs.partial import Partial


@dataclass(slots=True)
class HarvestReport(Partial):
    """What a crawl of one source did.

    ``reported`` and ``received`` are summed over the windows that this run worked on; ``new``, ``changed`` and ``unchanged`` say what became
    of the records, and ``rechecked`` how many were fetched again because the service says that they changed. ``partial`` is true where a window is left to be tried again.
    ``complete_since`` is the day on which the last complete run began, None where there was none; ``complete_windows`` and ``complete_records`` are what earlier
    runs had received whole.
    """

    source: str
    query: str
    reported: int = 0
    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    problems: int = 0
    rechecked: int = 0
    windows_done: int = 0
    windows_failed: int = 0
    windows_left: int = 0
    requests: int = 0
    retries: int = 0
    limited: bool = False
    watermark: str | None = None
    complete_since: str | None = None
    complete_windows: int = 0
    complete_records: int = 0
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def partial(self) -> bool:
        """Whether something is left that was asked for."""
        return bool(self.windows_failed or self.errors or (self.windows_left and not self.limited))
