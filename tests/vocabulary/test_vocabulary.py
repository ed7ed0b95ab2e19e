"""The vocabulary: read once, added to by a folder of rules, checked, and read by jobs, rules and linking."""

import json

import pytest

from miner.config import init_workspace
from miner.errors import ConfigError
from miner.extract.pool import extract_parallel, local
from miner.extract.rule import load_rules, rule_vocabulary
from miner.jobs.job import load_job
from miner.link.effects import choose_effects
from miner.types import Evidence, Extraction
from miner.vocabulary import vocabulary

CODEBOOK = (
    "accuracy", "balanced_accuracy", "auc", "auprc", "sensitivity", "specificity", "precision", "npv", "f1", "dice", "iou", "kappa", "mcc",
    "c_index", "error_rate", "other",
)  # fmt: skip
HD95 = '[[metric]]\nname = "hd95"\nlabel = "Hausdorff distance"\nnames = ["surface gap"]\ncapitals = ["HDX"]\nrange = [0, inf]\nlower_is_better = true\n'  # fmt: skip


@pytest.fixture
def adding(tmp_path):
    """A function that writes a rules folder's vocabulary and returns the folder."""

    def write(text):
        folder = tmp_path / "rules"
        (folder / "vocabulary").mkdir(parents=True, exist_ok=True)
        (folder / "vocabulary" / "metrics.toml").write_text(text)
        return folder

    return write


def test_it_knows_the_metrics_of_the_codebook_and_files_the_others_under_one_of_them():
    words = vocabulary()
    assert words.metric_names()[: len(CODEBOOK)] == list(CODEBOOK)
    assert {m.metric for m in words.metrics} == set(CODEBOOK)
    assert [m.name for m in words.metrics if m.lower_is_better and m.metric == m.name] == ["error_rate"]
    assert {"brier", "calibration_error", "false_positive_rate"} <= {m.name for m in words.metrics if m.lower_is_better}


def test_a_folder_of_rules_adds_metrics_and_names(adding):
    words = vocabulary([adding(HD95 + '[[metric]]\nname = "dice"\nnames = ["overlap of Dice"]\n')])
    added = words.metric("hd95")
    assert (added.metric, added.high, added.lower_is_better, words.label("hd95")) == ("hd95", float("inf"), True, "Hausdorff distance")
    assert "overlap of Dice" in words.metric("dice").names
    assert words.metric("dice").label == "Dice coefficient"
    assert words.sha256 != vocabulary().sha256


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[metric]]\nnames = [\"x\"]\n", "'metric.0.name' is missing"),
        ('[[metric]]\nname = "x"\nnmes = ["x"]\n', "line 3: unknown key 'nmes' (did you mean 'names'?)"),
        ('[[metric]]\nname = "ece"\n', "metric 'ece' has no names"),
        ('[[metric]]\nname = "dice"\nlower_is_better = true\n', "metric 'dice' is described already"),
        ('[[metric]]\nname = "x"\nnames = ["dice"]\n', "'dice' means both 'dice' and 'x'"),
        ('[[metric]]\nname = "x"\nnames = ["x"]\nmetric = "acuracy"\n', "did you mean 'accuracy'?"),
        ('[[metric]]\nname = "x"\nnames = ["x"]\nrange = [1, 0]\n', "range must go up"),
        ('[[metric]]\nname = "x"\nnames = ["x"]\nshare_of = "half"\n', "line 4: metric.0.share_of"),
        ("[[metric]\n", "is not TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_entry_and_mend(adding, text, said):
    folder = adding(text)
    with pytest.raises(ConfigError) as error:
        vocabulary([folder])
    assert said in str(error.value)
    assert str(folder / "vocabulary" / "metrics.toml") in str(error.value)
    assert error.value.hint


def test_rules_change_with_the_vocabulary_and_workers_read_the_same(adding):
    plain = {r.id: r.sha256 for r in load_rules()}
    rules = load_rules([adding(HD95)])
    assert rules.vocabulary.metric("hd95") is not None
    assert all(r.sha256 != plain[r.id] for r in rules)
    from miner.extract.api import LineReport

    with local(1) as executor:
        lines = list(extract_parallel([json.dumps({"id": 1, "text": "We saw 40 patients."})], rules, executor, LineReport()))
    assert json.loads(lines[0])["labels"][0]["value"] == 40


RULE = """
id = "gaps"
version = "1"
kind = "performance"
number = true
examples = ["HD95 of <ent metric=hd95 value=4.2>4.2</ent> mm was found."]
[[pattern]]
name = "gap"
match = [{LOWER = "hd95"}, {LOWER = "of"}, {LIKE_NUM = true}]
fields = {metric = "hd95", claim = "own"}
"""


def test_a_job_takes_the_metrics_of_the_vocabulary_and_of_rules(tmp_path, adding):
    place = init_workspace(tmp_path)
    job = place.jobs / "j.toml"
    job.write_text('name = "j"\nquestion = "Q?"\n[effects]\nmetrics = [\n  "accuracy",\n  "hd95",\n]\n')
    with pytest.raises(ConfigError, match=r"line 6: no metric is called 'hd95'"):
        load_job(job, place)
    folder = place.rules / "gaps"
    folder.mkdir(parents=True)
    (folder / "rule.toml").write_text(RULE)
    assert load_job(job, place).effects.metrics == ["accuracy", "hd95"]
    (folder / "rule.toml").unlink()
    adding(HD95)
    assert load_job(job, place).effects.metrics == ["accuracy", "hd95"]
    job.write_text('name = "j"\nquestion = "Q?"\n[effects]\nmetrics = ["acuracy"]\n')
    with pytest.raises(ConfigError, match="did you mean 'accuracy'"):
        load_job(job, place)
    assert rule_vocabulary([place.rules]).metric("hd95") is not None


def test_linking_takes_the_lowest_where_the_vocabulary_says_so(adding):
    def x(value, start):
        evidence = Evidence(start, start + 3, str(value), "s")
        return f"x{start}", Extraction("performance", value, evidence, "p", "1", 1.0, {"metric": "gap", "claim": "own"})

    found = [x(0.3, 0), x(0.2, 10), x(0.4, 20)]
    words = vocabulary([adding('[[metric]]\nname = "gap"\nnames = ["gap"]\nlower_is_better = true\n')])
    assert [e.estimate for e in choose_effects("p", 2020, found, words=words)] == [0.2]
    assert [e.estimate for e in choose_effects("p", 2020, found)] == [0.4]
