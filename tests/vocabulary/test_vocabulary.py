"""The vocabulary: read once, added to by a folder of rules, checked, and read by jobs, rules and linking."""

import json

import pytest

from miner.config import init_workspace
from miner.errors import ConfigError
from miner.extract.engine import Extractor
from miner.extract.names import check_names
from miner.extract.pool import extract_parallel, local
from miner.extract.rule import load_rules, rule_vocabulary
from miner.extract.tables import extract_tables
from miner.fulltext.model import Cell, FullText, Table
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


def test_every_name_means_its_metric_in_sentences_and_tables_alike():
    assert check_names(vocabulary()) == []


def test_a_name_that_another_takes_and_an_example_that_does_not_hold_are_told(adding):
    text = '[[metric]]\nname = "gap"\nnames = ["sensitivity analysis", "good gap"]\n[[metric.context]]\nwords = ["gaps"]\nahead = " of"\nexample = "gaps in 3"\n'
    problems = check_names(vocabulary([adding(text)]))
    assert any("'sensitivity analysis' means nothing" in p for p in problems)
    assert any("the example 'gaps in 3'" in p for p in problems)
    assert not any("good gap" in p for p in problems)


# How papers write them, read through the rule and through a table.
WRITTEN = {
    "accuracy": "Accuracy|Acc|ACC|Acc.|Overall accuracy|Classification accuracy|OA|Correct classification rate|Top-1 accuracy",
    "balanced_accuracy": "Balanced accuracy|BACC|BAC|UAR|Unweighted average recall|bACC|BA|Balanced Accuracy",
    "auc": "AUC|AUROC|ROC-AUC|AUC-ROC|ROC AUC|Area under the curve|Area under the ROC curve|C-statistic|Area under the receiver operating characteristic curve",
    "auprc": "AUPRC|AUPR|PR-AUC|Average precision|mAP|mAP@0.5|Area under the precision-recall curve|Mean average precision",
    "sensitivity": "Sensitivity|Recall|TPR|True positive rate|Sens|Sen|SEN|Hit rate|Detection rate",
    "specificity": "Specificity|TNR|True negative rate|Spec|Spe|SPE",
    "precision": "Precision|PPV|Positive predictive value|Prec",
    "npv": "NPV|Negative predictive value",
    "f1": "F1|F1-score|F1 score|F-score|F-measure|Macro-F1|Micro F1|Weighted F1",
    "dice": "Dice|DSC|Dice score|Dice coefficient|Dice similarity coefficient",
    "iou": "IoU|mIoU|Jaccard|Jaccard index|Intersection over union",
    "kappa": "Kappa|Cohen's kappa|κ|QWK|Weighted kappa",
    "mcc": "MCC|Matthews correlation coefficient",
    "c_index": "C-index|Concordance index",
    "error_rate": "Error rate|EER|Misclassification rate|Classification error",
    "brier": "Brier score|Brier",
    "calibration_error": "ECE|Expected calibration error",
    "false_positive_rate": "FPR|False positive rate|False alarm rate",
    "false_negative_rate": "FNR|False negative rate",
    "youden": "Youden index|Youden's J",
    "g_mean": "G-mean",
    "ndcg": "nDCG|nDCG@10",
    None: "RMSE|MAE|R2|R²|HD95|Hausdorff distance|Pearson correlation|Odds ratio|PSNR",
}
NAMES = [(metric, name) for metric, names in WRITTEN.items() for name in names.split("|")]


@pytest.fixture(scope="module")
def extractor():
    return Extractor(load_rules().only("performance"))


def own_names(found):
    return [x.fields.get("name", x.fields["metric"]) for x in found if x.kind == "performance"]


@pytest.mark.parametrize(("metric", "name"), NAMES)
def test_the_rule_and_the_tables_read_a_name_the_same(extractor, metric, name):
    wanted = [] if metric is None else [metric]
    in_sentence = own_names(extractor.extract(f"A network\nThe network's {name} was 0.81 in the test set."))
    cells = (Cell(0, 0, "Model", header=True), Cell(0, 1, name, header=True), Cell(1, 0, "Network"), Cell(1, 1, "0.81"))
    read = FullText("jats", "").with_tables([Table("Table 1", "Performance", cells)])
    assert in_sentence == wanted
    assert own_names(extract_tables(read.tables)) == wanted


def test_a_score_keeps_its_own_name_and_the_lowest_stands_where_lower_is_better(extractor):
    text = "A network\nThe Brier scores of the network and the tree were 0.11 and 0.18. The ECE was 0.04."
    found = [(f"x{i}", x) for i, x in enumerate(extractor.extract(text, document_id="d"))]
    assert [(x.fields["metric"], x.fields.get("name")) for _, x in found] == [
        ("other", "brier"),
        ("other", "brier"),
        ("other", "calibration_error"),
    ]


def test_a_name_that_a_workspace_adds_is_read_in_sentences_and_tables(adding):
    rules = load_rules([adding('[[metric]]\nname = "panel_score"\nlabel = "panel score"\nnames = ["panel score"]\ncapitals = ["PNX"]\n')])
    found = Extractor(rules).extract("A network\nThe network had a panel score of 0.81. PNX was 0.79 there.")
    assert own_names(found) == ["panel_score", "panel_score"]
    cells = (Cell(0, 0, "Model", header=True), Cell(0, 1, "Panel score", header=True), Cell(1, 0, "Network"), Cell(1, 1, "0.81"))
    read = FullText("jats", "").with_tables([Table("Table 1", "Results", cells)])
    assert own_names(extract_tables(read.tables, words=rules.vocabulary)) == ["panel_score"]


def test_lists_of_other_files_are_added_to_and_unknown_files_refused(tmp_path, monkeypatch):
    ours, theirs = tmp_path / "db" / "vocabulary", tmp_path / "rules" / "vocabulary"
    ours.mkdir(parents=True)
    theirs.mkdir(parents=True)
    (ours / "metrics.toml").write_text('[[metric]]\nname = "accuracy"\nlabel = "accuracy"\n')
    (ours / "parts.toml").write_text('nouns = ["set"]\n[train]\nnames = ["derivation"]\n')
    (theirs / "parts.toml").write_text('nouns = ["batch"]\n[train]\nnames = ["derivation", "fitting"]\n')
    monkeypatch.setattr("miner.vocabulary.resource", tmp_path.joinpath)
    words = vocabulary([tmp_path / "rules"])
    assert words.table("parts") == {"nouns": ["set", "batch"], "train": {"names": ["derivation", "fitting"]}}
    (theirs / "part.toml").write_text("x = 1\n")
    with pytest.raises(ConfigError, match="did you mean 'parts'"):
        vocabulary([tmp_path / "rules"])
