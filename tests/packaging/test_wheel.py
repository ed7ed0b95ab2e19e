"""The wheel works outside the checkout: an empty environment, another folder."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_its_data_and_no_other_package(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {n.split("/")[0] for n in names if ".dist-info" not in n} == {"miner"}
    for part in ("db/migrations/0001_core.sql", "pipelines/alzheimer-mri.toml", "reports/templates/base.html", "reports/sample/pubmed.xml"):
        assert f"miner/_bundled/{part}" in names
    assert "miner/py.typed" in names


def test_the_wheel_works_in_an_empty_environment(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    python = tmp_path / "env" / "bin" / "python"
    lock = ROOT / "requirements.lock"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(lock)], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", str(wheel)], check=True)
    done = subprocess.run([tmp_path / "env" / "bin" / "miner", "doctor", "--json"], cwd="/", capture_output=True, text=True, check=True)
    sentence = "import miner; print(miner.extract(['We scanned 42 patients.'])[['value', 'unit']].values.tolist())"
    read = subprocess.run([python, "-c", sentence], cwd="/", capture_output=True, text=True, check=True)
    assert read.stdout.strip() == "[[42, 'participant']]"
    found = json.loads(done.stdout)
    assert found["ok"]
    bundled = next(c["found"] for c in found["checks"] if c["check"] == "bundled data")
    assert "_bundled" in bundled
    made = subprocess.run(
        [tmp_path / "env" / "bin" / "miner", "init", str(tmp_path / "w")], cwd="/", capture_output=True, text=True, check=False
    )
    assert (made.returncode, (tmp_path / "w" / "jobs" / "alzheimer-mri.toml").is_file()) == (0, True), made.stderr
