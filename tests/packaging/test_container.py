"""What can be known of the image and of make without building and installing: what is copied is there and suffices, and who waits is told for how long."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch

import pytest

from tests.conftest import ROOT

CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
COPIED = [word for line in re.findall(r"^COPY (?!--from)(.*) /\S*$", CONTAINERFILE, re.MULTILINE) for word in line.split()]


def test_what_the_image_copies_is_there_and_not_kept_out():
    let_in = [line.removeprefix("!") for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")]
    assert (ROOT / ".dockerignore").read_text() == (ROOT / ".containerignore").read_text()
    for name in COPIED:
        assert (ROOT / name).exists(), name
        assert any(fnmatch(name, pattern) for pattern in let_in), f"{name} is kept out"


def test_what_the_wheel_is_made_of_is_copied():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    for name in [*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "pyproject.toml", "requirements.lock"]:
        assert name in COPIED


def test_the_image_s_python_is_one_that_miner_runs_on():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    for version in re.findall(r"^FROM \S+/python:3\.(\d+)-slim", CONTAINERFILE, re.MULTILINE):
        assert int(version) >= int(re.search(r">=\s*3\.(\d+)", wanted)[1])


@pytest.mark.parametrize("uv", [True, False])
def test_make_says_what_it_does_and_how_long_and_takes_uv_where_it_is(uv, tmp_path):
    for name in ("sh", "python3", "grep", "sed"):
        (tmp_path / name).symlink_to(shutil.which(name))
    if uv:
        (tmp_path / "uv").write_text("#!/bin/sh\n")
        (tmp_path / "uv").chmod(0o755)
    make = shutil.which("make") or pytest.skip("no make on this machine")
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("MAKE")}, "PATH": str(tmp_path)}
    done = subprocess.run(
        [make, "-n", "demo", "test", f"VENV={tmp_path}/env"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    said = re.findall(r'^echo "(make: .*)"$', done.stdout, re.MULTILINE)
    assert len(said) == 4
    assert all(re.search(r"minute|hour", line) for line in said), said
    assert (f"{tmp_path}/uv pip install --python" in done.stdout) == uv
    assert (" -m pip install" in done.stdout) != uv
    assert "--quiet" not in done.stdout
