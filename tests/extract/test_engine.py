"""The engine: equal to running every rule on every sentence, linear, and fit for any text."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miner.errors import RuleError
from miner.extract.api import Extractor, LineReport, Rule, RuleSet, extract_lines, load_rules
from miner.extract.examples import compare, parse_example
from miner.extract.rule import load_rule

RULES = load_rules()


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(RULES)


@pytest.fixture(scope="module")
def exhaustive() -> Extractor:
    return Extractor(RULES, exhaustive=True)


PIECES = [
    "We enrolled 120 patients", "n = 45", "(n=12/group)", "twenty-seven women", "of whom 12 were treated", "39 of 791", "68 (62%) of 109", "AD vs. HC", "MCI",
    "ADNI", "ADNI-2", "functional MRI", "10-fold cross-validation", "leave-one-out", "on a held-out test set", "617 AD, 404 MCI and 229 controls", "random forest",
    "type 2 diabetes", "Alzheimer's disease", "the training set", "validation", "respectively", "accuracy of 94.2%", "AUC = .72", "95% CI 0.91–0.95", "0·012",
    "$n=120$", r"99.2\%", "29 823 scans", "1.3 million people", "worldwide", "2019", "aged 18 to 65 years", "512 x 512", "<ent value=3>3</ent>", "é", "漢字", "\n", ". ",
    "; ", ", ", " and ", " (", ") ", "İstanbul", "K", "\u200b", "\x00",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_equal_to_every_rule_on_every_sentence(extractor: Extractor, exhaustive: Extractor, text: str) -> None:
    assert extractor.extract(text) == exhaustive.extract(text)


WORDS = ["scan", "tesla", "left", "right", "of", "the", "3", "twelve", "29 823", "-", "(", "vs", ".", "K", "Ünit"]
TOKEN = st.one_of(
    st.sampled_from(WORDS[:6]).map(lambda w: {"LOWER": w}),
    st.lists(st.sampled_from(WORDS[:6]), min_size=1, max_size=3, unique=True).map(lambda w: {"LOWER": {"IN": w}}),
    st.sampled_from([{"LIKE_NUM": True}, {"IS_ALPHA": True}, {"ORTH": "-"}, {"IS_PUNCT": True}, {"LENGTH": {">=": 3}}]),
)
LOOSE = st.tuples(TOKEN, st.sampled_from(["?", "*", "+", "{0,2}", "{1,3}", "{2,}"])).map(lambda t: {**t[0], "OP": t[1]})
PATTERN = st.tuples(
    st.lists(st.one_of(TOKEN, LOOSE), max_size=2), st.sampled_from(WORDS[:6]).map(lambda w: {"LOWER": w}), st.lists(st.one_of(TOKEN, LOOSE), max_size=2)
).map(lambda p: [*p[0], p[1], *p[2]])  # fmt: skip
ANY_RULE = st.fixed_dictionaries(
    {
        "match": st.lists(PATTERN, min_size=1, max_size=2),
        "suppress": st.lists(PATTERN, max_size=1),
        "terms": st.lists(st.sampled_from(["left scan", "Tesla", "of", "29 823 scan", "vs ."]), max_size=2, unique=True),
        "number": st.booleans(),
    }
)


def toml_of(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{k}" = {toml_of(v)}' for k, v in value.items()) + " }"
    return f"[{', '.join(map(toml_of, value))}]" if isinstance(value, list) else json.dumps(value)


@pytest.mark.slow
@given(st.lists(ANY_RULE, min_size=1, max_size=3), st.lists(st.sampled_from(WORDS), max_size=24))
@settings(max_examples=25, deadline=None)
def test_any_rules_give_the_same_in_either_mode(rules: list[dict[str, Any]], words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for i, rule in enumerate(rules):
            number = rule["number"] and all(any(t.get("LIKE_NUM") and "OP" not in t for t in p) for p in rule["match"])
            body = "".join(f'[[pattern]]\nname = "p{k}"\nvalue = "v{k}"\nmatch = {toml_of(p)}\n' for k, p in enumerate(rule["match"]))
            body += "".join(f'[[suppress]]\nname = "s{k}"\nmatch = {toml_of(p)}\n' for k, p in enumerate(rule["suppress"]))
            body += f"[terms]\nterm = {toml_of(rule['terms'])}\n" if rule["terms"] else ""
            write_rule(Path(folder), f"r{i}", number=toml_of(number), body=body)
        loaded = load_rules([Path(folder)], built_in=False)
        assert Extractor(loaded).extract(" ".join(words)) == Extractor(loaded, exhaustive=True).extract(" ".join(words))


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_spans_that_quote_it(extractor: Extractor, text: str) -> None:
    for x in extractor.extract(text + " 12 patients."):
        assert (text + " 12 patients.")[x.evidence.start : x.evidence.end] == x.evidence.quote


def test_a_component_and_its_terms_wait_for_a_trigger_and_a_number_in_either_mode(tmp_path: Path) -> None:
    folder = write_rule(
        tmp_path,
        "any",
        number="true",
        triggers='["tesla"]',
        component='"component.py"',
        factory='"test_any"',
        body='[terms]\nfield = ["field"]\n',
    )
    (folder / "component.py").write_text(
        "from spacy.language import Language\nfrom miner.extract.sentence import Found, sentence_of\n\n"
        "def component(doc):\n    s = sentence_of(doc)\n    s.found.append(Found(0, len(s.text), 'seen'))\n    return doc\n\n"
        "@Language.factory('test_any')\ndef create(nlp, name):\n    return component\n"
    )  # fmt: skip
    text = "A field without number. At 3 tesla. Nothing here. At some tesla. The 4 fields of one field."
    rules = load_rules([tmp_path], built_in=False)
    found = [[(x.value, x.evidence.quote) for x in Extractor(rules, exhaustive=e).extract(text)] for e in (False, True)]
    assert found[0] == found[1] == [("seen", "At 3 tesla."), ("seen", "The 4 fields of one field.")]


def test_equal_on_real_abstracts(extractor: Extractor, exhaustive: Extractor, shared: Path) -> None:
    for line in (shared / "gold" / "dev.jsonl").read_text().splitlines()[::3]:
        text = json.loads(line)["text"]
        assert extractor.extract(text) == exhaustive.extract(text)


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda r: r.id)
def test_examples(rule: Rule) -> None:
    alone = Extractor(RULES.only(rule.id))
    assert [compare(e, alone.extract(e.text)) for e in rule.examples] == [[] for _ in rule.examples]
    assert any(e.expected for e in rule.examples)
    assert any(not e.expected for e in rule.examples)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9" * 1_000_000,
        "1 " * 300_000,
        "12 patients, " * 25_000,
        "\x00\xff\x01" * 300_000,
        "漢字かな交じり文" * 60_000,
        "<ent>12</ent> patients. " * 30_000,
        "n=" * 400_000,
    ],
    ids=["empty", "digits", "ones", "patients", "binary", "script", "ent", "n="],
)
def test_hostile_text_takes_linear_time(extractor: Extractor, text: str) -> None:
    begin = time.process_time()
    extractor.extract(text[: len(text) // 8])
    eighth = time.process_time() - begin
    begin = time.process_time()
    extractor.extract(text)
    assert time.process_time() - begin < 16 * eighth + 0.5


def write_rule(folder: Path, name: str, **keys: str) -> Path:
    folder = folder / name
    folder.mkdir(parents=True)
    head = {"id": f'"{name}"', "version": '"1.0.0"', "kind": f'"{name}"', "examples": '["nothing"]'} | keys
    body = head.pop("body", '[[pattern]]\nname = "p"\nmatch = [{ LIKE_NUM = true }, { LOWER = "tesla" }]\n')
    (folder / "rule.toml").write_text("\n".join(f"{k} = {v}" for k, v in head.items()) + "\n" + body)
    return folder


def test_cost_hardly_grows_with_rules_that_do_not_fire(tmp_path: Path) -> None:
    text = "We enrolled 120 patients with 12 lesions at 3 tesla. The network reached an accuracy of 94.2% in 45 controls. " * 60
    times = []
    for count in (50, 500):
        root = tmp_path / str(count)
        for i in range(count):
            body = f'[[pattern]]\nname = "p"\nmatch = [{{ LIKE_NUM = true }}, {{ IS_ALPHA = true, OP = "{{0,3}}" }}, {{ LOWER = "zebra{i}" }}]\n'
            write_rule(root, f"r{i}", body=body)
        write_rule(
            root,
            "hit",
            body='[[pattern]]\nname = "p"\nmatch = [{ LIKE_NUM = true }, { LOWER = { IN = ["tesla", "patients", "controls"] } }]\n',
        )
        alone = Extractor(load_rules([root], built_in=False))
        alone.extract(text)
        best = []
        for _ in range(5):
            begin = time.process_time()
            alone.extract(text)
            best.append(time.process_time() - begin)
        times.append(min(best))
    assert times[1] <= 1.3 * times[0]


def test_a_users_rule_needs_no_python(tmp_path: Path) -> None:
    write_rule(tmp_path, "field", examples='["a field of <ent value=3>3</ent> tesla"]')
    rules = load_rules([tmp_path])
    found = [(x.kind, x.value, x.rule_id) for x in Extractor(rules).extract("At 3 tesla we scanned 12 women.")]
    assert found == [("field", 3, "field"), ("sample_size", 12, "sample_size")]


def test_a_users_component_works_as_the_built_in_ones_do(tmp_path: Path) -> None:
    folder = write_rule(tmp_path, "doubled", triggers='["tesla"]', component='"component.py"', factory='"test_doubled"', body="")
    (folder / "component.py").write_text(
        "from spacy.language import Language\n"
        "from miner.extract.sentence import Found, sentence_of\n\n"
        "def component(doc):\n"
        "    s = sentence_of(doc)\n"
        "    s.found += [Found(n.start, n.end, 2 * n.value) for n in s.numbers.values() if s.triggers]\n"
        "    return doc\n\n"
        "@Language.factory('test_doubled')\n"
        "def create(nlp, name):\n"
        "    return component\n"
    )
    rules = load_rules([tmp_path], built_in=False)
    assert [x.value for x in Extractor(rules).extract("At 3 tesla. At 4 others.")] == [6]


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"version": '"one"'}, "version"),
        ({"colour": '"red"'}, "colour"),
        ({"examples": "[]"}, "examples"),
        ({"examples": '["<ent value=1>1"]'}, "not closed"),
        ({"body": ""}, "no pattern"),
        ({"body": '[[pattern]]\nname = "p"\nmatch = [{ LIKE_NUM = true }]\n'}, "no word that must be there"),
        ({"body": '[[pattern]]\nname = "p"\nmatch = [{ LOWER = { IN = "@nouns" } }]\n'}, "@nouns"),
        ({"triggers": '["zebra"]'}, "without any trigger"),
        ({"number": "true", "body": '[[pattern]]\nname = "p"\nmatch = [{ LOWER = "tesla" }]\n'}, "needs no number"),
        ({"component": '"component.py"'}, "go together"),
        ({"component": '"component.py"', "factory": '"f"'}, "no component.py"),
        ({"body": "[[pattern"}, "cannot be read"),
    ],
)
def test_a_malformed_rule_says_what_is_wrong(tmp_path: Path, keys: dict[str, str], complaint: str) -> None:
    folder = write_rule(tmp_path, "bad", **keys)
    with pytest.raises(RuleError, match=complaint) as caught:
        load_rule(folder)
    assert "rule.toml" in str(caught.value)


def test_spacy_refusing_a_pattern_names_the_rule(tmp_path: Path) -> None:
    write_rule(tmp_path, "bad", body='[[pattern]]\nname = "p"\nmatch = [{ LOWER = "a", COLOUR = "red" }]\n')
    with pytest.raises(RuleError, match="pattern 'p'"):
        Extractor(load_rules([tmp_path], built_in=False))


def test_two_rules_of_one_id_are_refused(tmp_path: Path) -> None:
    write_rule(tmp_path, "dataset")
    with pytest.raises(RuleError, match="taken"):
        load_rules([tmp_path])


def test_the_hash_changes_with_any_file_of_the_folder(tmp_path: Path) -> None:
    folder = write_rule(tmp_path, "field")
    first = load_rule(folder).sha256
    assert load_rule(folder).sha256 == first
    (folder / "notes.md").write_text("more")
    assert load_rule(folder).sha256 != first


def test_lines_stream_and_bad_ones_are_counted(extractor: Extractor) -> None:
    lines = [
        '{"id": "a", "text": "12 men"}',
        "nonsense",
        "",
        '{"id": "b"}',
        b'{"id": 3, "text": "x \\ud800 y"}',
        b"\xff\xfe",
        "[" * 100_000,
    ]
    report = LineReport()
    out = [json.loads(line) for line in extract_lines(lines, extractor, report)]
    assert [r["id"] for r in out] == ["a", 3]
    assert set(out[0]["labels"][0]) == {"kind", "start", "end", "quote", "value", "unit", "role", "own", "rule", "rule_version", "score"}
    assert (report.read, report.written, report.bad) == (6, 2, 4)
    assert [n for n, _ in report.problems] == [2, 4, 6, 7]


@pytest.mark.slow
def test_many_processes_give_the_bytes_of_one(shared: Path) -> None:
    from miner.extract.pool import extract_parallel, local

    lines = [*(shared / "gold" / "dev.jsonl").read_bytes().splitlines()[:40], b"bad"] * 8
    alone, together = LineReport(), LineReport()
    rules = RULES.only("sample_size", "dataset")
    expected = list(extract_lines(lines, rules, alone))
    with local(2) as executor:
        assert list(extract_parallel(lines, rules, executor, together)) == expected
    assert together == alone


def test_example_sentences_are_parsed() -> None:
    example = parse_example('a <ent metric=dice value=0.91 own=true task="AD vs HC">0.91</ent> b')
    assert example.text == "a 0.91 b"
    assert example.expected[0].fields == {"metric": "dice", "value": 0.91, "own": True, "task": "AD vs HC"}
    assert compare(example, []) == ["'0.91' was not found"]


def test_rules_can_be_chosen() -> None:
    assert isinstance(RULES.only("dataset"), RuleSet)
    assert [r.id for r in RULES.only("dataset", "task")] == ["dataset", "task"]


def test_what_does_not_read_text_is_not_in_the_digest_of_the_rules() -> None:
    """What rules share is what reads: helpers for tables, settings and sentences of reports lie elsewhere, so that a comment in them re-reads nothing."""
    from miner import cells, say, settings, text

    readers = {p.stem for p in Path(text.__file__).parent.glob("*.py")}
    assert readers == {"__init__", "edges", "normalise", "numbers", "outline", "patterns", "sentences", "words"}
    assert not {Path(m.__file__).parent for m in (cells, say, settings)} & {Path(text.__file__).parent}
