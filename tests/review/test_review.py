"""What reviewers say is kept, counts, and comes back."""

from __future__ import annotations

import csv
import io
import re

import pytest

from miner.cli.main import main
from miner.errors import UsageError
from miner.export.records import read_references
from miner.export.ris import to_ris
from miner.export.screening import to_asreview_csv
from miner.jobs.lock import writing
from miner.jobs.publishing import publish
from miner.jobs.review import ReviewerDecision, agreements, apply_words, import_words, screen_records, write_sheet
from miner.report.data import load
from miner.report.gallery.flow import count_flow, flow_words
from miner.store.connect import open_reader
from miner.store.review import conflicts


def ask(place, sql):
    with open_reader(place.current) as con:
        return con.execute(sql).fetchall()


def accuracy(place, paper="pmid:1"):
    return ask(place, f"SELECT extraction_id FROM v_performance WHERE paper_id = '{paper}' AND metric = 'accuracy'")[0][0]


def estimate(place, paper="pmid:1"):
    rows = ask(place, f"SELECT estimate, decided FROM v_effect WHERE paper_id = '{paper}' AND metric = 'accuracy'")
    return rows[0] if rows else None


def test_a_correction_counts_and_the_extraction_stays(place):
    x = accuracy(place)
    assert apply_words(place, [ReviewerDecision(x, "correct", "ada", 0.87, "the table says so")]).new == 1
    value, decided = estimate(place)
    assert value == 0.87
    assert "reviewer" in decided
    assert ask(place, f"SELECT value FROM v_performance WHERE extraction_id = '{x}'") == [(0.915,)]
    # The same word again is no new one.
    assert apply_words(place, [ReviewerDecision(x, "correct", "ada", 0.87, "the table says so")]).new == 0
    assert ask(place, "SELECT count(*) FROM decision") == [(1,)]


@pytest.mark.parametrize("value", [87.0, -0.1])
def test_a_correction_that_the_metric_cannot_have_is_refused(place, value):
    with pytest.raises(UsageError, match="is no accuracy") as told:
        apply_words(place, [ReviewerDecision(accuracy(place), "correct", "ada", value)])
    assert "fractions" in told.value.hint
    size = ask(place, "SELECT extraction_id FROM v_sample_size LIMIT 1")[0][0]
    for n in (0.0, 12.5):
        with pytest.raises(UsageError, match="is no sample size"):
            apply_words(place, [ReviewerDecision(size, "correct", "ada", n)])
    assert ask(place, "SELECT count(*) FROM decision") == [(0,)]
    assert estimate(place)[0] == 0.915


def test_a_rejection_takes_the_effect_away_and_the_log_keeps_both_words(place):
    x = accuracy(place)
    apply_words(place, [ReviewerDecision(x, "reject", "ada")])
    assert estimate(place) is None
    apply_words(place, [ReviewerDecision(x, "accept", "ada")])
    assert estimate(place)[0] == 0.915
    assert ask(place, "SELECT action FROM decision ORDER BY decision_id") == [("reject",), ("accept",)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (ReviewerDecision("x404", "accept", "ada"), "no such extraction"),
        (ReviewerDecision("x404", "praise", "ada"), "not 'praise'"),
        (ReviewerDecision("x404", "correct", "ada"), "takes a value"),
        (ReviewerDecision("x404", "accept", "ada", 0.5), "takes a value"),
        (ReviewerDecision("x404", "correct", "ada", float("nan")), "no value"),
        (ReviewerDecision("x404", "accept", " "), "needs a reviewer"),
    ],
)
def test_what_is_no_decision_changes_nothing(place, words, message):
    with pytest.raises(UsageError, match=message):
        apply_words(place, [ReviewerDecision(accuracy(place), "reject", "ada"), words])
    assert ask(place, "SELECT count(*) FROM decision") == [(0,)]


def test_a_sheet_goes_out_and_comes_back(place, tmp_path):
    sheet = tmp_path / "sheet.csv"
    assert write_sheet(place, sheet) > 0
    rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"))))
    assert {"sentence", "quote", "action", "corrected"} <= set(rows[0])
    chosen = next(r for r in rows if r["kind"] == "performance" and r["paper_id"] == "pmid:4")
    chosen |= {"action": "correct", "corrected": "0.93", "reviewer": "bo"}
    rows.append(dict(chosen, extraction_id="x404"))
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    sheet.write_text(out.getvalue(), encoding="utf-8")
    done = import_words(place, sheet, "ada")
    assert (done.new, done.unknown) == (1, ["x404"])
    assert estimate(place, "pmid:4")[0] == 0.93
    assert import_words(place, sheet, "ada").new == 0
    # The sheet that goes out now has the word.
    write_sheet(place, sheet)
    again = next(r for r in csv.DictReader(io.StringIO(sheet.read_text())) if r["extraction_id"] == chosen["extraction_id"])
    assert (again["action"], again["corrected"], again["reviewer"]) == ("correct", "0.93", "bo")


def test_reviewers_who_differ_are_listed_and_their_agreement_told(place):
    xs = [accuracy(place, p) for p in ("pmid:1", "pmid:3", "pmid:4", "arxiv:2001.00002")]
    words = [ReviewerDecision(x, "accept", "ada") for x in xs[:3]] + [ReviewerDecision(xs[3], "reject", "ada")]
    words += [ReviewerDecision(x, "accept", "bo") for x in xs[:2]] + [ReviewerDecision(x, "reject", "bo") for x in xs[2:]]
    apply_words(place, words)
    with open_reader(place.current) as con:
        assert [(r["reviewer"], r["action"]) for r in conflicts(con)] == [("ada", "accept"), ("bo", "reject")]
    (pair,) = agreements(place)
    # Cohen (1960): 3 of 4 equal; by chance (3/4 · 2/4 + 1/4 · 2/4) = 1/2; so (3/4 - 1/2) / (1 - 1/2) = 1/2.
    assert (pair["n"], pair["agreement"]) == (4, 0.75)
    assert pair["kappa"] == pytest.approx(0.5)


def test_screened_out_records_leave_the_analyses_and_stay_in_the_database(place):
    done = screen_records(place, [("pmid:1", None, None, None)], [False], ["a protocol"], "ada")
    assert done.new == 1
    assert estimate(place) is None
    assert ask(place, "SELECT excluded FROM v_effect_all WHERE paper_id = 'pmid:1' AND metric = 'accuracy'") == [("screened out",)]
    assert ask(place, "SELECT excluded FROM v_effect_all WHERE paper_id = 'pmid:5'") == [("retracted",)]
    assert ("excluded", "screened out by a reviewer", 1) in ask(place, "SELECT stage, reason, count FROM v_prisma WHERE source = 'pubmed'")


def test_a_second_reviewer_has_a_word_on_a_rejected_effect(place, tmp_path, capsys):
    def say(reviewer, action, code=0):
        with pytest.raises(SystemExit) as stop:
            main(["review", "decide", effect, action, "--reviewer", reviewer, "--workspace", str(place.root)])
        assert stop.value.code == code

    [(effect, rests)] = ask(
        place, "SELECT effect_id, performance_extraction_id FROM v_effect WHERE paper_id = 'pmid:1' AND metric = 'accuracy'"
    )
    say("ada", "reject")
    assert estimate(place) is None
    assert write_sheet(place, tmp_path / "sheet.csv") > 0
    sheet = csv.DictReader(io.StringIO((tmp_path / "sheet.csv").read_text(encoding="utf-8")))
    assert [(r["action"], r["reviewer"]) for r in sheet if r["extraction_id"] == rests] == [("reject", "ada")]
    say("bo", "reject")
    assert ask(place, "SELECT extraction_id, reviewer FROM decision ORDER BY decision_id") == [(rests, "ada"), (rests, "bo")]
    say("cy", "accept")
    assert ask(place, "SELECT effect_id FROM v_effect WHERE paper_id = 'pmid:1' AND metric = 'accuracy'") == [(effect,)]
    effect = "effect:404"
    capsys.readouterr()
    say("bo", "accept", 2)
    assert "no such extraction or effect" in capsys.readouterr().err


@pytest.mark.parametrize(("suffix", "write"), [(".csv", to_asreview_csv), (".ris", lambda r: to_ris(r, labels=True))])
def test_labels_go_to_asreview_and_come_back(place, tmp_path, suffix, write):
    screen_records(place, [("pmid:1", None, None, None), ("pmid:4", None, None, None)], [False, True], [None, None], "ada")
    with open_reader(place.current) as con:
        text = write(read_references(con, None))
    file = tmp_path / f"labels{suffix}"
    file.write_text(text, encoding="utf-8")
    done = import_words(place, file, "bo")
    assert (done.new, done.unknown) == (2, [])
    assert ask(place, "SELECT paper_id, included FROM v_screening ORDER BY ALL") == [("pmid:1", False), ("pmid:4", True)]


def test_labels_find_their_records_by_doi_or_title(place, tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("title,doi,included\nA,https://doi.org/10.1000/ONE,1\nدراسة عربية,,0\nUnknown,,1\nNot screened,,\n", encoding="utf-8")
    done = import_words(place, file, "ada")
    assert (done.new, done.unknown) == (2, ["Unknown"])
    file.write_text("title,included\nA,maybe\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not 'maybe'"):
        import_words(place, file, "ada")
    file.write_text("title\nA\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no column of labels"):
        import_words(place, file, "ada")


def told(place, capsys, *words):
    """Return what the command line says."""
    with pytest.raises(SystemExit) as ended:
        main([*words, "--workspace", str(place.root)])
    assert not ended.value.code
    return capsys.readouterr().out


def test_why_tells_each_word_with_its_note_and_that_reviewers_differ(place, capsys):
    x = accuracy(place)
    apply_words(
        place, [ReviewerDecision(x, "accept", "bo", None, "as printed"), ReviewerDecision(x, "correct", "ada", 0.87, "the table says so")]
    )
    screen_records(place, [("pmid:1", None, None, None)], [True], ["fits"], "cy")
    effect = ask(place, f"SELECT effect_id FROM v_effect WHERE performance_extraction_id = '{x}'")[0][0]
    day = ask(place, "SELECT left(decided_at, 10) FROM decision LIMIT 1")[0][0]
    for identifier in (effect, x):
        said = told(place, capsys, "why", identifier)
        lines = said.splitlines()
        assert any(line.startswith(f"  decision   accept by bo, {day} ") and line.endswith(': "as printed"') for line in lines), said
        assert any(
            line.startswith(f"  decision   correct to 0.87 by ada, {day} ") and line.endswith(': "the table says so"') for line in lines
        )
        assert (
            "  conflict   reviewers differ: bo accept, ada correct to 0.87; the last word, ada's, counts (miner review conflicts)" in lines
        )
        assert any(line.startswith(f"screened in by cy, {day} ") and line.endswith(': "fits"') for line in lines)
    # Once they agree there is no conflict to tell.
    apply_words(place, [ReviewerDecision(x, "correct", "bo", 0.87, "seen")])
    assert "conflict" not in told(place, capsys, "why", x)


def test_why_tells_which_other_value_was_set_aside(place, capsys):
    x = accuracy(place)
    with writing(place) as con:  # a second value of the paper, as a rule may find it
        con.execute(
            f"INSERT INTO extraction SELECT * REPLACE ('xother' AS extraction_id, 0.5 AS value, \"start\" - 20 AS \"start\") FROM extraction WHERE extraction_id = '{x}'"
        )
        publish(con, place)
    apply_words(place, [ReviewerDecision("xother", "reject", "ada", None, "of a baseline")])
    effect = ask(place, f"SELECT effect_id FROM v_effect WHERE performance_extraction_id = '{x}'")[0][0]
    said = told(place, capsys, "why", effect)
    assert re.search(r'^set aside: 0\.5  \[xother\]  reject by ada, .*: "of a baseline"$', said, re.MULTILINE), said


def reason(place, paper="pmid:1"):
    return ask(place, f"SELECT reason FROM v_paper_flow WHERE paper_id = '{paper}'")[0][0]


@pytest.mark.parametrize("kind", ["performance", "sample_size"])
def test_what_a_reviewer_rejected_is_counted_as_that(place, kind):
    assert reason(place).startswith("sample size")
    values = ask(place, f"SELECT extraction_id FROM v_{kind} WHERE paper_id = 'pmid:1' ORDER BY 1")
    apply_words(place, [ReviewerDecision(x, "reject", "ada", None, "of a baseline") for (x,) in values])
    assert reason(place) == "rejected by a reviewer"
    with open_reader(place.current) as con:
        data = load(con)
    assert data.by_hand == {"rejected": len(values)}
    said = flow_words(count_flow(data), len(data.effects), data.by_hand)
    assert "rejected by a reviewer (1)" in said
    assert f"by hand count{'s' if len(values) == 1 else ''}: {len(values)} value{'' if len(values) == 1 else 's'} rejected." in said
    apply_words(place, [ReviewerDecision(x, "accept", "ada") for (x,) in values])
    assert reason(place).startswith("sample size")


def test_an_effect_that_was_rejected_says_so(place, capsys):
    [(effect, rests)] = ask(
        place, "SELECT effect_id, performance_extraction_id FROM v_effect WHERE paper_id = 'pmid:1' AND metric = 'accuracy'"
    )
    apply_words(place, [ReviewerDecision(effect, "reject", "ada b", None, "on training data")])
    said = told(place, capsys, "why", effect)
    assert re.search(rf'^effect {effect}: accuracy 0\.915.*its estimate was rejected by ada b, .*: "on training data"$', said, re.MULTILINE)
    assert f"to take that back: miner review decide {rests} accept --reviewer 'ada b'" in said
    assert f"[{rests}]" in said


def test_confirmed_and_corrected_are_told_apart(place):
    x = accuracy(place)
    apply_words(place, [ReviewerDecision(x, "accept", "ada")])
    assert estimate(place)[1].startswith("accuracy confirmed by a reviewer; n: ")
    apply_words(place, [ReviewerDecision(x, "correct", "ada", 0.87)])
    assert estimate(place)[1].startswith("accuracy corrected from 0.915 to 0.87 by a reviewer; n: ")


def test_decisions_are_listed(place, capsys):
    x = accuracy(place)
    apply_words(place, [ReviewerDecision(x, "reject", "ada"), ReviewerDecision(x, "correct", "bo", 0.87, "the table")])
    screen_records(place, [("pmid:4", None, None, None)], [False], ["a protocol"], "ada")
    rows = list(csv.DictReader(io.StringIO(told(place, capsys, "review", "list", "-f", "csv"))))
    assert [(r["reviewer"], r["action"], r["corrected"], r["what"], r["paper_id"], r["counts"]) for r in rows] == [
        ("ada", "reject", "", "accuracy", "pmid:1", "false"),
        ("bo", "correct", "0.87", "accuracy", "pmid:1", "true"),
        ("ada", "exclude", "", "record", "pmid:4", "true"),
    ]
    assert told(place, capsys, "review", "list", "--paper", "pmid:1", "--reviewer", "bo", "-f", "csv").count("\n") == 2
