"""Fit what key terms are chosen by: ``make fit``.

Of each word: how rare it is, and how often it is a keyword, begins one and ends one where it stands in a text; keywords are those of authors, and the long forms that stand before
an acronym in brackets. Rates are drawn towards those of the word's ending, those towards the average (as by ``PRIOR`` further texts). Then a logistic regression of whether authors
named a phrase of their text a keyword. Words are written down that stand in ``SUPPORT`` abstracts.

Counted in abstracts that are free or for which PubMed knows no claim of copyright. The same input gives the same files to the byte.

    python -m tests.gate.fit_terms             write miner/describe/words.tsv and terms.tsv
    python -m tests.gate.fit_terms --check     say how many of the five first phrases of texts are keywords of theirs, each fifth of the texts judged by the others, and write nothing
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log2
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from miner.describe import lexis as words_file
from miner.describe import terms as terms_file
from miner.describe.acronyms import acronyms
from miner.describe.candidates import candidates, key_of, nested, short_forms
from miner.describe.lexis import ENDING, Lexis, lexis
from miner.describe.terms import NAMES, features, readable
from miner.text.normalise import normalise
from miner.text.words import normal, words
from tests.gate.gate import options_of_fit
from tests.gate.texts import free_texts

SUPPORT, PRIOR, ENDINGS, FOLDS, PENALTY = 20, 10, 200, 5, 1.0
ROLES = ("alone", "first", "last")
_MIDDLE = re.compile(r"[^.?!:\n] $")


class Counts:
    """What is counted of words over texts."""

    def __init__(self) -> None:
        self.texts = 0
        self.abstracts: Counter[str] = Counter()
        self.roles = {role: Counter[str]() for role in ROLES}
        self.middle: Counter[str] = Counter()
        self.capital: Counter[str] = Counter()
        self.plural: Counter[str] = Counter()
        self.single: Counter[str] = Counter()

    def read(self, text: str, keywords: Sequence[str]) -> None:
        """Count a text and its keywords."""
        plain = normalise(text).text
        self.texts += 1
        self.abstracts.update(set(key_of(plain)))
        title = plain.find("\n")
        for match in words(plain):
            word, form = match.group(), normal(match.group())
            if not word[0].isalpha():
                continue
            (self.single if form == word.lower() else self.plural)[form] += 1
            if match.start() > title + 3 and _MIDDLE.search(plain, match.start() - 2, match.start()):
                self.middle[form] += 1
                self.capital[form] += word[0].isupper() and word[1:].islower()
        long = (plain[a:b] for a, b in acronyms(plain).values())
        keys = {key_of(k) for k in (*keywords, *(x for x in long if " " in x))} - {()}
        self.roles["alone"].update({k[0] for k in keys if len(k) == 1})
        self.roles["first"].update({k[0] for k in keys if len(k) > 1})
        self.roles["last"].update({k[-1] for k in keys if len(k) > 1})

    def lines(self) -> Iterator[str]:
        """Yield the lines of the file of words."""
        total = self.abstracts.total()
        average = {role: self.roles[role].total() / total for role in ROLES}
        endings = self._endings(average)
        yield "\t".join(["word", "rarity", *ROLES, "flags"])
        rows = {"-": "\t".join("0000") + "\t"}
        rows |= {e: "\t".join(["0", *_steps(rate, average)]) + "\t" for e, rate in endings.items()}
        for word, count in self.abstracts.items():
            if count >= SUPPORT:
                towards = endings.get(f"-{word[-ENDING:]}", average)
                rate = {r: (self.roles[r][word] + PRIOR * towards[r]) / (count + PRIOR) for r in ROLES}
                rows[word] = "\t".join([str(round(log2(self.texts / count))), *_steps(rate, average), self._flags(word)])
        yield from (f"{word}\t{row}" for word, row in sorted(rows.items()))

    def _endings(self, average: dict[str, float]) -> dict[str, dict[str, float]]:
        seen: Counter[str] = Counter()
        there = {role: Counter[str]() for role in ROLES}
        for word, count in self.abstracts.items():
            if not word.isdigit():
                ending = f"-{word[-ENDING:]}"
                seen[ending] += count
                for role in ROLES:
                    there[role][ending] += self.roles[role][word]
        near = 5 * PRIOR
        return {e: {r: (there[r][e] + near * average[r]) / (n + near) for r in ROLES} for e, n in seen.items() if n >= ENDINGS}

    def _flags(self, word: str) -> str:
        named = self.middle[word] >= 5 and self.capital[word] > self.middle[word] / 2
        return "c" * named + "p" * (self.plural[word] > 20 * self.single[word])


def _steps(rate: dict[str, float], average: dict[str, float]) -> list[str]:
    return [str(round(2 * log2(rate[role] / average[role]))) for role in ROLES]


Rows = list[tuple[np.ndarray, np.ndarray]]


def phrases(texts: Iterable[tuple[str, Sequence[str]]], known: Lexis) -> Rows:
    """Return, a text, the features of its phrases and which of them are keywords of it."""
    rows = []
    for text, keywords in texts:
        plain = readable(text)
        short = short_forms(plain)
        found = candidates(plain, known, short)
        within, introduced = nested(found.values()), frozenset(short.values())
        wanted = {short.get(k) or key_of(k) for k in keywords}
        if found:
            rows.append((
                np.array([features(c, within.get(c.key), known, introduced) for c in found.values()]),
                np.array([float(key in wanted) for key in found]),
            ))  # fmt: skip
    return rows


def fit(rows: Rows) -> np.ndarray:
    """Return the weights of ``NAMES``."""
    X, y = np.vstack([x for x, _ in rows]), np.concatenate([y for _, y in rows])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = X @ w
        return float((np.logaddexp(0, z) - y * z).sum() + PENALTY / 2 * (w @ w)), X.T @ (1 / (1 + np.exp(-z)) - y) + PENALTY * w

    return np.asarray(minimize(loss, np.zeros(X.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x)


def check(rows: Rows) -> float:
    """Return which share of the five first phrases of texts are keywords."""
    hits = []
    for fold in range(FOLDS):
        w = fit([r for k, r in enumerate(rows) if k % FOLDS != fold])
        hits += [y[np.argsort(-(X @ w), kind="stable")[:5]].mean() for k, (X, y) in enumerate(rows) if k % FOLDS == fold]
    return float(np.mean(hits))


def main(arguments: Iterable[str] | None = None) -> int:
    """Fit and write, or check."""
    options = options_of_fit(arguments, __doc__, "corpus/pubmed21n1298.xml.gz")
    if options is None:
        return 2
    texts = list(free_texts(options.shared))
    if not options.check:
        counts = Counts()
        for text, keywords in texts:
            counts.read(text, keywords)
        _write(words_file.FILE, counts.lines())
        lexis.cache_clear()
    rows = phrases(((t, k) for t, k in texts if k), lexis())
    if options.check:
        print(json.dumps({"keywords among the first five": round(check(rows), 3)}))
    else:
        _write(terms_file.FILE, (f"{name}\t{w:.2f}" for name, w in zip(NAMES, fit(rows), strict=True)))
    return 0


def _write(file: Path, lines: Iterable[str]) -> None:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
