"""Which questions a study asked: the words that ask them, by where they stand, and what else the abstract tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from miner.extract.labels.asked import Asked, asked
from miner.extract.labels.reading import Reading
from miner.vocabulary.lexicon import Lexicon

QUESTIONS = (
    "diagnosis", "differential", "grading", "subtype", "onset", "prognosis", "treatment response", "localisation", "segmentation", "registration",
    "reconstruction", "generation", "retrieval", "measurement", "regression", "state", "text extraction", "question answering", "report generation",
    "decision support", "molecular", "simulation", "forecast", "other",
)  # fmt: skip
NONE = "none"
_SCORES = ("performance", "overlap", "error", "concordance", "text_score", "box_score", "image_score")
_TELLING = frozenset(
    {
        "review",
        "trial",
        "association",
        "several",
        "healthy",
        "control",
        "after",
        "apart",
        "kinds",
        "many",
        "texts",
        "questions",
        "survey",
        "genes",
        "diagnostic_test",
        "predict",
        "benign",
        "hospital",
        "bench",
        "software",
        "animal",
        "horizon",
    }
)


def features(
    reading: Reading,
    roles: list[str],
    clue: list[set[str]],
    labels: Mapping[str, Mapping[str, float]],
    lexicon: Lexicon,
    asks: Sequence[Asked] | None = None,
    *,
    brief: bool = False,
) -> set[str]:
    """Return what speaks for one question or another.

    Parameters
    ----------
    reading, roles, clue
        The document, its sentences' roles and clues.
    labels : mapping of str to mapping of str to float
        The probable values of the other kinds.
    lexicon : Lexicon
    asks : sequence of Asked, optional
        What the questions' words ask.
    brief : bool
        Whether the text is no abstract but a sentence or two: what it leaves out says nothing.
    """
    here = _context(reading, roles, clue, labels, lexicon)
    for m in reading.mentions.get("question", ()):
        place = _place(roles[m.sentence])
        here |= {f"{m.value} in {roles[m.sentence]}", f"{m.value} in {place}"} if place == "text" else {f"{m.value} in {place}"}
    for m in reading.mentions.get("clue", ()):
        if m.value == "predict":
            here.add(f"predict in {roles[m.sentence]}")
    if brief:
        here -= {"no condition", "no method", "no score"}
    first = True
    for a in asked(reading, lexicon) if asks is None else asks:
        place = _place(roles[a.sentence])
        if first and place == "title":
            here |= {f"first {a.question} of {a.group}", f"first of {a.group}", f"first {a.question}"}
            first = False
        here |= {f"{a.question} of {a.group} in {place}", f"{a.group} asked in {place}"}
        if roles[a.sentence] == "aim":
            here |= {f"{a.question} of {a.group} in aim", f"{a.group} asked in aim"}
        if a.group == "event":
            here.add(f"{a.question} of event {a.value} in {place}")
    return here


def _place(role: str) -> str:
    return role if role in ("title", "background") else "text"


def _context(
    reading: Reading, roles: list[str], clue: list[set[str]], labels: Mapping[str, Mapping[str, float]], lexicon: Lexicon
) -> set[str]:
    """Return what the abstract tells beside the questions' own words."""
    here: set[str] = set()
    everywhere = set().union(*clue) if clue else set()
    here |= everywhere & {*_SCORES, *_TELLING}
    for index, role in enumerate(roles):
        if role in ("title", "aim"):
            here |= {f"{c} in {role}" for c in clue[index] & {*_TELLING, "horizon", "predict"}}
        elif role != "background":
            here |= {f"{c} told" for c in clue[index] & {"horizon"}}
    likely = {kind: {v for v, p in values.items() if p >= 0.5} for kind, values in labels.items()}
    here |= {f"{lexicon.group(m)} input" for m in likely.get("modality", ())}
    here |= likely.get("method", set()) & _METHODS
    if any(d in lexicon.values["dataset"] and lexicon.values["dataset"][d].benchmark for d in likely.get("dataset", ())):
        here.add("benchmark")
    here.add("condition" if likely.get("condition") else "no condition")
    if not likely.get("method"):
        here.add("no method")
    if not everywhere & set(_SCORES):
        here.add("no score")
    here |= _named_in(reading, roles, lexicon) | _conditions(reading, roles, clue, lexicon)
    detector = "object detector" in likely.get("method", ())
    if detector and any(
        m.value in {"diagnosis", "detect"} and roles[m.sentence] != "background" for m in reading.mentions.get("question", ())
    ):
        here.add("detector detects")
    return here


_METHODS = frozenset(
    [
        "large language model", "vision-language model", "U-Net", "object detector", "generative model", "Cox regression", "nomogram", "radiomics",
        "natural language processing", "retrieval-augmented generation",
    ]
)  # fmt: skip


def _named_in(reading: Reading, roles: list[str], lexicon: Lexicon) -> set[str]:
    """Return in which sentences an event or a target is named."""
    here: set[str] = set()
    for m in reading.mentions.get("event", ()):
        role = roles[m.sentence]
        if role in ("title", "aim", "results"):
            here.add(f"event in {role}")
    for m in reading.mentions.get("target", ()):
        role = roles[m.sentence]
        if role in ("title", "aim"):
            here.add(f"{lexicon.values['target'][m.value].group} target in {role}")
    return here


def _conditions(reading: Reading, roles: list[str], clue: list[set[str]], lexicon: Lexicon) -> set[str]:
    """Return what the conditions tell: how many there are, whether one word stands for several, and which are told apart."""
    here: set[str] = set()
    by_sentence: dict[int, list[str]] = {}
    for m in reading.mentions.get("condition", ()):
        role = roles[m.sentence]
        if role in ("title", "aim", "results", "methods"):
            by_sentence.setdefault(m.sentence, []).append(m.value)
        if role == "title":
            here.add("condition in title")
            if lexicon.values["condition"].get(m.value) and lexicon.values["condition"][m.value].group == "kinds":
                here.add("kinds of condition in title")
    for index, values in by_sentence.items():
        different = {v for v in values if not any(v in lexicon.above("condition", o) for o in values)}
        place = "title" if roles[index] == "title" else "text"
        if len(different) > 1:
            here.add(f"two conditions in {place}")
            if "apart" in clue[index]:
                here.add(f"two conditions apart in {place}")
            if "after" in clue[index]:
                here.add(f"condition after another in {place}")
        if len(different) > 2:
            here.add(f"three conditions in {place}")
        if "after" in clue[index] and place == "title":
            here.add("condition and after in title")
        for value in different:
            known = lexicon.values["condition"].get(value)
            if known is not None and known.group == "kinds" and "kinds" in clue[index]:
                here.add(f"kinds of condition told in {place}")
    return here
