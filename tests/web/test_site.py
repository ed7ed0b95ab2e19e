"""The site as files: whole, the same twice, and harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from miner.errors import UsageError
from miner.web.place import whole_folder
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


def test_nothing_beside_a_site_is_touched_and_a_name_is_no_licence(tmp_path: Path) -> None:
    """Neighbours called .old and .part stay; a folder with a site.json of somebody else is no site; a link is followed; `.` is a folder."""
    for name in ("site.old", "site.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.tex").write_text("years of work")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "site.json").write_text('{"theme": "mine"}')
    with pytest.raises(UsageError, match="something else than a site"), whole_folder(tmp_path / "project"):
        pass
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    with whole_folder(tmp_path / "link") as folder:
        (folder / "index.html").write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "index.html").read_text() == "new"
    with pytest.raises(KeyError), whole_folder(tmp_path / "site"):
        raise KeyError
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="the site cannot be written"), whole_folder(tmp_path / "loop"):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "loop", "project", "site.old", "site.part", "there"]


def test_the_current_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"cannot be written|something else"), whole_folder(Path("/proc/none")):
        pass
    with whole_folder(Path()) as folder:
        (folder / "index.html").write_text("new")
    assert (tmp_path / "index.html").read_text() == "new"
