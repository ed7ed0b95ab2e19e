"""Related papers: exact whatever came first, whole numbers, nothing below the floor."""

import random
from pathlib import Path

import numpy as np
import pytest

from miner.describe import related
from miner.describe.related import FLOOR, MOST, near, nearest, reference_vectors, steps, usual_rarity, word_vectors
from tests.gate.related import measure
from tests.gate.texts import update_file


def vectors(rows: list[dict[int, int]], words: int):
    paper = np.array([i for i, row in enumerate(rows) for _ in row])
    word = np.array([w for row in rows for w in sorted(row)])
    count = np.array([row[w] for row in rows for w in sorted(row)])
    return word_vectors(paper, word, count, len(rows), words)


def no_works(papers: int):
    return reference_vectors(np.array([], dtype=int), np.array([], dtype=int), papers, 0)


def drawn(papers: int, words: int, seed: int) -> list[dict[int, int]]:
    draw = random.Random(seed)
    return [{min(words - 1, int(draw.paretovariate(0.6))): draw.randint(1, 5) for _ in range(25)} for _ in range(papers)]


def test_steps_are_doublings() -> None:
    assert steps(np.array([1, 2, 3, 4, 999, 1000]), 1000).tolist() == [9, 8, 8, 7, 0, 0]


def test_words_of_no_subject_make_nothing_alike() -> None:
    """Among a few titles `to` may be rare; the shipped table knows that it is not."""
    rows = [{i: 1, 8: 1, 9: 1} if i < 2 else {i: 1} for i in range(8)]
    paper, word = (np.array(x) for x in zip(*((i, w) for i, row in enumerate(rows) for w in row), strict=True))
    names = ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "to", "with"]
    bare, known = (word_vectors(paper, word, np.ones(len(word), int), 8, 10, usual) for usual in (None, usual_rarity(names)))
    assert len(next(iter(near(bare, no_works(8), np.arange(8))))[0])
    assert not any(len(one) for one, _, _ in near(known, no_works(8), np.arange(8)))


def test_scores_are_cosines() -> None:
    rows = drawn(120, 200, 1)
    words = vectors(rows, 200)
    dense = words.weights.toarray().astype(float)
    norm = np.linalg.norm(dense, axis=1, keepdims=True)
    cosine = dense @ dense.T / np.maximum(norm * norm.T, 1e-9)
    for one, other, scores in near(words, no_works(120), np.arange(120)):
        assert (scores >= FLOOR).all()
        assert scores == pytest.approx(cosine[one, other], abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_brought_up_to_date_is_what_would_be_made_anew(seed: int) -> None:
    rows = drawn(300, 250, seed)
    old, new = vectors(rows[:280], 250), vectors(rows, 250)
    before = nearest(old, no_works(280), {}, np.arange(280))
    left, right = old.weights.toarray(), new.weights.toarray()
    moved = np.array([i for i in range(300) if i >= 280 or (left[i] != right[i]).any()])
    assert len(moved) < 300
    changed = nearest(new, no_works(300), before, moved)
    fresh = nearest(new, no_works(300), {}, np.arange(300))
    assert {i: changed.get(i, before.get(i)) for i in range(300)} == fresh
    assert any(len(x) == MOST for x in fresh.values())


def test_papers_that_are_gone_make_room() -> None:
    rows = drawn(200, 120, 9)
    words = vectors(rows, 120)
    whole = nearest(words, no_works(200), {}, np.arange(200))
    lost = {p: [(o if o != 7 else -1, s) for o, s in near_] for p, near_ in whole.items()}
    changed = nearest(words, no_works(200), lost, np.array([], dtype=int))
    # Nothing but the list is wrong here: what is made anew finds it again.
    full = [p for p, near_ in whole.items() if len(near_) == MOST and any(o == 7 for o, _ in near_)]
    assert full
    assert all(changed[p] == whole[p] for p in full)


def test_references_in_common_raise_and_none_take_nothing() -> None:
    rows = drawn(60, 120, 3)
    words = vectors(rows, 120)
    works = reference_vectors(np.array([0, 1, 0, 1, 2, 3]), np.array([0, 0, 1, 1, 2, 3]), 60, 4)
    plain = {
        (a, b): s
        for one, other, sc in near(words, no_works(60), np.arange(60))
        for a, b, s in zip(one.tolist(), other.tolist(), sc.tolist(), strict=True)
    }
    raised = {
        (a, b): s
        for one, other, sc in near(words, works, np.arange(60))
        for a, b, s in zip(one.tolist(), other.tolist(), sc.tolist(), strict=True)
    }
    assert raised[0, 1] > plain.get((0, 1), 0.0) + 0.2
    assert {k: v for k, v in raised.items() if k not in {(0, 1), (1, 0)}} == {k: v for k, v in plain.items() if k not in {(0, 1), (1, 0)}}
    assert related.shared(works, 0, 1, 5) == [0, 1]


@pytest.mark.slow
def test_the_nearest_share_keywords_ten_times_as_often_as_pairs_at_random(shared: Path) -> None:
    found = measure(list(update_file(shared, every=40)), {})
    assert found["times random"] >= 10
