"""What a workspace adds to the vocabulary reaches its effects: through the command line to v_effect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from miner.cli.main import main
from miner.config import Workspace, init_workspace
from miner.errors import ConfigError
from miner.link.effects import choose_effects
from miner.report.pools import pooled
from miner.store.connect import open_reader
from miner.types import Evidence, Extraction
from miner.vocabulary import vocabulary
from miner.vocabulary.lexicon import lexicon

FILES = {
    "conditions": '[value]\n"glarbosis" = { names = ["glarbosis"] }\n',
    "modalities": '[value]\n"quantum ear scan" = { group = "imaging", names = ["quantum ear (scan|image)"] }\n',
    "datasets": '[value]\nZORBNET = { short = ["ZORBNET"], benchmark = true }\nADNI = { benchmark = true }\n',
    "aliases": '[aliases]\n"GLB vs NC" = "diagnosis: glarbosis vs healthy"\n',
}
ABSTRACT = (
    "We trained a convolutional network for the diagnosis of glarbosis on quantum ear scans of the ZORBNET dataset. "
    "In 200 patients the accuracy for the diagnosis of glarbosis from quantum ear scans on the ZORBNET dataset was 91%."
)
MAPPING = """review = "own"
origin = "Own, 2024"
[columns]
reference = "Study"
task = "Groups"
estimate = "Acc"
n = "N"
"""
KEY = "diagnosis: glarbosis vs healthy"


def run(*arguments: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    assert not stop.value.code


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = init_workspace(tmp_path_factory.mktemp("words"))
    added = place.rules / "vocabulary"
    added.mkdir(parents=True)
    for name, text in FILES.items():
        (added / f"{name}.toml").write_text(text, encoding="utf-8")
    record = {"id": "doi:10.9999/g.1", "title": "Diagnosis of glarbosis by deep learning", "abstract": ABSTRACT, "year": 2024}
    (place.root / "records.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    run("import", str(place.root / "records.jsonl"), "--workspace", str(place.root))
    run("extract", "--workspace", str(place.root))
    (place.root / "own.toml").write_text(MAPPING, encoding="utf-8")
    (place.root / "own.csv").write_text("Study,Groups,Acc,N\nRoe,GLB vs NC,90%,40\nPoe,AD vs NC,80%,30\n", encoding="utf-8")
    run("import", str(place.root / "own.csv"), "--as", "studies", "--mapping", str(place.root / "own.toml"), "--workspace", str(place.root))
    return place


def test_words_that_a_workspace_adds_reach_its_effects(place: Workspace) -> None:
    with open_reader(place.current) as con:
        found = con.execute(
            "SELECT condition, modality, modality_group, dataset, task, pool_key FROM v_effect WHERE origin = 'extracted'"
        ).fetchall()
    key = "diagnosis: glarbosis"
    assert found == [("glarbosis", "quantum ear scan", "imaging", "ZORBNET", key, f"{key} on ZORBNET")]


def test_a_data_set_that_is_known_is_called_a_benchmark(place: Workspace) -> None:
    assert lexicon([place.rules]).values["dataset"]["ADNI"].benchmark
    assert not lexicon().values["dataset"]["ADNI"].benchmark


def test_aliases_of_a_workspace_count_for_imported_tables_and_in_reports(place: Workspace) -> None:
    with open_reader(place.current) as con:
        found = dict(con.execute("SELECT reference, pool_key FROM v_effect WHERE origin <> 'extracted'").fetchall())
        chosen = {"tasks": ["glb vs nc"]}
        effects = con.sql("SELECT *, task AS key FROM v_effect").df()
    assert found == {"Roe": KEY, "Poe": "diagnosis: Alzheimer's disease vs healthy"}
    left, _ = pooled(effects, chosen, vocabulary([place.rules]))
    assert list(left["reference"]) == ["Roe"]
    assert pooled(effects, chosen)[0].empty


def test_aliases_of_a_workspace_count_where_effects_are_linked(place: Workspace) -> None:
    told = {"kind": "task", "value": "GLB vs NC", "reach": "table", "start": 0, "score": 1.0, "asked": 1.0}
    found = [("x", Extraction("performance", 0.9, Evidence(0, 3, "0.9"), "r", "1", 1.0, {"metric": "accuracy", "labels": [told]}))]
    [effect] = choose_effects("p", 2020, found, words=vocabulary([place.rules]))
    assert (effect.task, effect.question, effect.pool_key, effect.labels[0].taken) == (KEY, "diagnosis", KEY, True)
    [plain] = choose_effects("p", 2020, found)
    assert plain.question is None


def test_an_alias_for_what_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "aliases.toml").write_text('[aliases]\n"G" = "gout"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the alias 'G' stands for 'gout', which is no key") as error:
        vocabulary([tmp_path])
    assert "aliases.toml" in str(error.value.where)
