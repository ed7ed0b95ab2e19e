"""What effects answer, in the database: pools by roll-up, what is comparable, and the evidence of labels."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from miner.config import Workspace, init_workspace
from miner.errors import UsageError
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.store.connect import open_writer
from miner.store.effects import replace_effects
from miner.store.query import run_named
from miner.types import Effect, EffectLabel
from miner.vocabulary import vocabulary
from miner.vocabulary.keys import Key, aliases_of, read_key


def effect(number: int, task: str, metric: str = "accuracy", **more) -> Effect:
    key = read_key(task) or Key("")
    if key.target is None and ":" not in task:
        key = Key(task)
    told = {
        "task": task if key.target else None, "question": key.question or None, "target": key.target, "comparator": key.comparator,
        "pool_key": str(key) if key.target else None, "pool_condition": f"{key.question}: {key.condition}" if key.condition else None, "n": 100, "year": 2020,
    }  # fmt: skip
    return Effect(f"e{number}", more.pop("study", f"s{number}"), "extracted", metric, 0.9, decided="d", **(told | more))


def pools(con: duckdb.DuckDBPyConnection, effects: list[Effect]) -> dict[str, str | None]:
    replace_effects(con, [(None, e) for e in effects], "extracted")
    return dict(con.execute("SELECT effect_id, pool FROM v_effect").fetchall())


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory):
    with open_writer(tmp_path_factory.mktemp("question") / "corpus.duckdb") as connection:
        yield connection


def test_questions_roll_up_to_the_finest_level_of_ten_studies(con: duckdb.DuckDBPyConnection) -> None:
    gout = [effect(k, "diagnosis: gout vs healthy") for k in range(10)]
    sepsis = [effect(20 + k, f"prognosis: {'death' if k % 2 else 'readmission'} in sepsis") for k in range(10)]
    rest = [
        effect(40, "diagnosis: gout"),
        effect(41, "diagnosis: flu"),
        effect(42, "diagnosis"),
        effect(43, "other: pump fault"),
        effect(44, ""),
    ]
    found = pools(con, gout + sepsis + rest)
    assert {found[e.effect_id] for e in gout} == {"diagnosis: gout vs healthy"}
    assert {found[e.effect_id] for e in sepsis} == {"prognosis: sepsis"}
    # What a finer pool took does not help a coarser one to its ten.
    assert [found[e.effect_id] for e in rest] == ["diagnosis", "diagnosis", "diagnosis", None, None]


def test_nine_studies_and_other_metrics_are_not_ten(con: duckdb.DuckDBPyConnection) -> None:
    nine = [effect(k, "diagnosis: gout") for k in range(9)]
    assert set(pools(con, [*nine, effect(9, "diagnosis: gout", "auc")]).values()) == {"diagnosis"}
    again = effect(10, "diagnosis: gout", part="external", study="s0")
    assert set(pools(con, [*nine, again]).values()) == {"diagnosis"}
    assert set(pools(con, [*nine, effect(11, "diagnosis: gout")]).values()) == {"diagnosis: gout"}


def test_labels_of_effects_come_back_with_their_evidence(con: duckdb.DuckDBPyConnection) -> None:
    labels = (EffectLabel("condition", "gout", "title", 10, 0.8, True), EffectLabel("task", "diagnosis: gout", "title", 10, 0.3, False))
    replace_effects(con, [(None, effect(1, "", labels=labels))], "extracted")
    told = con.execute('SELECT kind, value, reach, "start", taken FROM v_effect_label ORDER BY kind').fetchall()
    assert told == [("condition", "gout", "title", 10, True), ("task", "diagnosis: gout", "title", 10, False)]
    replace_effects(con, [], "extracted")
    assert con.execute("SELECT count(*) FROM effect_label").fetchone() == (0,)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = init_workspace(tmp_path_factory.mktemp("comparable"))
    told = [
        effect(1, "diagnosis: gout vs healthy", modality="MRI", modality_group="imaging"),
        effect(2, "diagnosis: gout vs healthy", modality="CT", modality_group="imaging", n=70, part="test", year=2021),
        effect(3, "diagnosis: gout vs healthy", modality="EEG", modality_group="signal"),
        effect(4, "diagnosis: gout", modality="MRI", modality_group="imaging"),
        effect(5, "diagnosis: gout vs healthy", "auc", modality="MRI", modality_group="imaging"),
        effect(6, "diagnosis: gout vs healthy"),
    ]
    with writing(workspace) as con:
        replace_effects(con, [(None, e) for e in told], "extracted")
        publish(con, workspace)
    return workspace


def test_comparable_effects_answer_the_same_question_by_the_same_kind_of_input(workspace: Workspace) -> None:
    rows = run_named(workspace, "comparable", {"effect_id": "e1"}).to_pylist()
    assert [(r["effect_id"], r["differs"]) for r in rows] == [("e6", "modality"), ("e2", "n, part, modality, year")]


def test_an_effect_that_is_not_there_is_said_to_be_none(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="there is no effect_id 'e9'"):
        run_named(workspace, "comparable", {"effect_id": "e9"})


def test_keys_are_read_by_all_their_names() -> None:
    assert str(read_key("sMCI vs pMCI")) == "prognosis: dementia in mild cognitive impairment"
    assert read_key("prognosis: dementia in mild cognitive impairment").condition == "mild cognitive impairment"
    assert read_key("prognosis: survival").condition == "survival"
    for name, key in aliases_of().items():
        assert ":" not in name
        assert read_key(key) is not None


def test_a_workspace_adds_aliases(tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary" / "aliases.toml").write_text('[aliases]\n"G vs C" = "diagnosis: gout vs healthy"\n')
    assert str(read_key("g vs c", aliases_of(vocabulary([tmp_path])))) == "diagnosis: gout vs healthy"
    assert read_key("g vs c") is None
