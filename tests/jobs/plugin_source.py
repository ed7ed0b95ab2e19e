"""A source for workspaces' plugins in tests: three records, told to whoever names an address of contact; a file ``refuse`` in the workspace makes it refuse."""

SOURCE = """
from pathlib import Path

from miner.errors import HarvestError
from miner.parts import Page, Paper, SourceSpec, halves

HELD = [
    Paper(f"mine:{n}", "mine", f"Sleep stages in {n} patients", f"On a test set of {n} patients the accuracy was 0.9{n % 10}.", 2020, published="2020-05-07")
    for n in (41, 52, 63)
]
PLACE = Path(__file__).parent.parent


class Archive:
    name, first_day, page, size, seconds_a_request = "mine", "2020-01-01", 10, 100, 0.0

    def __init__(self, http, **sizes):
        self.http = http

    def _of(self, window):
        if (PLACE / "refuse").exists() or self.http.contact != "ada@example.org":
            raise HarvestError(f"refused {self.http.contact}", where="the archive")
        return tuple(p for p in HELD if window.start <= p.published <= window.until)

    def count(self, query, window):
        return len(self._of(window))

    def split(self, query, window):
        return halves(window)

    def pages(self, query, window, outcome):
        papers = self._of(window)
        outcome.reported = len(papers)
        yield Page("0" * 64, papers, frozenset(p.paper_id for p in papers))

    def parse(self, content, sha256):
        return ()


SOURCE = SourceSpec("mine", "My archive", Archive, lambda: "https://archive.example.org", "an address of contact", "anything")
"""


def add_to(place):
    """Add the source to a workspace."""
    place.plugins.mkdir(exist_ok=True)
    (place.plugins / "archive.py").write_text(SOURCE)
