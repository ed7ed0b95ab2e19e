"""The site as files: whole, the same twice, and harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.errors import UsageError
from miner.workspace import Workspace


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_snapshot_gives_the_same_bytes(demo: Workspace, site: Path, tmp_path: Path) -> None:
    assert files(demo.site(tmp_path / "again").parent) == files(site)


def test_a_folder_with_something_else_is_left_alone(demo: Workspace, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="something else than a site"):
        demo.site(tmp_path)
    assert files(tmp_path) == {"thesis.tex": b"years of work"}


def test_a_site_is_replaced_as_a_whole(demo: Workspace, tmp_path: Path) -> None:
    folder = demo.site(tmp_path / "site").parent
    (folder / "papers" / "old.html").write_text("of an older snapshot")
    before = files(demo.site(tmp_path / "site", limit=3).parent)
    assert "papers/old.html" not in before
    assert b'"papers": 3' in before["site.json"]
    with pytest.raises(UsageError, match="no job"):
        demo.site(tmp_path / "site", job="none")
    assert files(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["site"]
