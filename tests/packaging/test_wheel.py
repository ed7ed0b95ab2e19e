"""The wheel and the source distribution work outside the checkout: an empty environment, another folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The source distribution, made by the build backend that pip fetches for it."""
    folder = tmp_path_factory.mktemp("source")
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder / "backend", *requires],
        check=True,
    )
    made = f"import sys; sys.path.insert(0, {str(folder / 'backend')!r}); from hatchling.build import build_sdist; build_sdist({str(folder)!r})"
    subprocess.run([sys.executable, "-c", made], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tar.gz"))


def test_the_wheel_carries_its_data_and_no_other_package(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {n.split("/")[0] for n in names if ".dist-info" not in n} == {"miner"}
    for part in ("db/migrations/0001_core.sql", "pipelines/alzheimer-mri.toml", "reports/templates/base.html", "reports/sample/pubmed.xml"):
        assert f"miner/_bundled/{part}" in names
    assert {"miner/py.typed", "miner/web/assets/site.css", "miner/web/templates/shell.html"} <= set(names)


def test_both_work_in_an_empty_environment(wheel, source, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    python = tmp_path / "env" / "bin" / "python"
    lock = ROOT / "requirements.lock"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "-r", str(lock)], check=True)
    for made in (wheel, source):
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall", made]
        subprocess.run(install, check=True)
        check_installed(python, tmp_path / made.suffix)


def check_installed(python, folder):
    """The command and the library of an environment do what they say, far from the checkout."""
    miner = python.with_name("miner")
    done = subprocess.run([miner, "doctor", "--json"], cwd="/", capture_output=True, text=True, check=True)
    sentence = "import miner; print(miner.extract(['We scanned 42 patients.'])[['value', 'unit']].values.tolist())"
    read = subprocess.run([python, "-c", sentence], cwd="/", capture_output=True, text=True, check=True)
    assert read.stdout.strip() == "[[42, 'participant']]"
    found = json.loads(done.stdout)
    assert found["ok"]
    bundled = next(c["found"] for c in found["checks"] if c["check"] == "bundled data")
    assert "_bundled" in bundled
    made = subprocess.run([miner, "init", str(folder)], cwd="/", capture_output=True, text=True, check=False)
    assert (made.returncode, (folder / "jobs" / "alzheimer-mri.toml").is_file()) == (0, True), made.stderr
