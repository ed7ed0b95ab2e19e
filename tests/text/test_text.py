import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner.text.normalise import normalise
from miner.text.numbers import find_intervals, find_numbers, find_plus_minus, parse_words
from miner.text.sentences import LONGEST, split

ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(n: int, hyphen: str, conjunction: str) -> str:
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + (hyphen + ONES[n % 10] if n % 10 else "")
    for size, name in ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred")):
        if n >= size:
            rest = n % size
            joint = f" {conjunction}" if rest < 100 and conjunction else " "
            tail = joint + in_words(rest, hyphen, conjunction) if rest else ""
            return f"{in_words(n // size, hyphen, conjunction)} {name}{tail}"
    raise AssertionError


def indian(n: int) -> str:
    digits, groups = str(n), []
    head, tail = digits[:-3], digits[-3:]
    while head:
        groups.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(groups), tail])


@given(st.integers(1, 999_999_999), st.sampled_from(["-", " "]), st.sampled_from(["", "and "]))
def test_every_number_in_words_is_read(n: int, hyphen: str, conjunction: str) -> None:
    text = in_words(n, hyphen, conjunction)
    assert parse_words(text) == n
    [found] = find_numbers(f"We enrolled {text} patients.")
    assert (found.value, found.kind) == (n, "words")


SPACES = [" ", "\u00a0", "\u2009", "\u202f", "\u2006"]


@given(st.integers(1_000, 999_999_999), st.sampled_from([",", *SPACES, "{,}", "\\,"]))
def test_grouped_digits_are_one_number_with_any_separator(n: int, separator: str) -> None:
    written = f"{n:,}".replace(",", separator)
    raw = f"We enrolled {written} patients; $x$ was 3."
    text = normalise(raw)
    found = find_numbers(text.text)[0]
    assert found.value == n
    start, end = text.raw_span(found.start, found.end)
    assert raw[start:end] == written


@given(st.integers(100_000, 9_999_999))
def test_indian_grouping(n: int) -> None:
    assert find_numbers(f"in {indian(n)} people")[0].value == n


@given(st.integers(0, 9999), st.sampled_from([".", "·", "\u2219"]), st.sampled_from(["", "%", " %", "\u2009%", "\\%"]))
def test_decimals_and_percent(n: int, point: str, percent: str) -> None:
    raw = f"about {n // 100}{point}{n % 100:02d}{percent} were"
    text = normalise(raw)
    [found] = find_numbers(text.text)
    assert found.value == pytest.approx(n / 100)
    assert (found.kind == "percent") == bool(percent)
    start, end = text.raw_span(found.start, found.end)
    assert raw[start:end] == f"{n // 100}{point}{n % 100:02d}"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n=178, N = 77 (n = 12/group)", [178, 77, 12]),
        ("12k and 370K, 1.3 million, 2.5-million", [12_000, 370_000, 1_300_000, 2_500_000]),
        ("0.703, 0.706, and .605", [0.703, 0.706, 0.605]),
        ("5, 159 images but 45, 120 and 300 or 439, 186, 82", [5159, 45, 120, 300, 439, 186, 82]),
        ("COVID-19, GPT-4, T2DM, 3D, 7T, ResNet50, 1.2.3", []),
        ("three, four and five; one to two; twenty five", [3, 4, 5, 1, 2, 25]),
        ("a 25-year-old, 10-fold", [25, 10]),
        ("-0.3 and 1 030 183", [0.3, 1_030_183]),
    ],
)
def test_forms(text: str, values: list[float]) -> None:
    assert [n.value for n in find_numbers(text)] == values


def test_percentage_points_may_stand_at_the_number() -> None:
    points, pts = find_numbers("by 3.78pp in all, and by 4.2pts")
    assert (points.value, points.kind) == (3.78, "percent")
    assert (pts.value, pts.kind) == (4.2, "decimal")
    assert find_numbers("3.78ppm and T2pp") == []


@pytest.mark.parametrize("join", ["-", "–", "−", " to ", " – ", ", "])
@pytest.mark.parametrize("frame", ["(95% CI {})", "(95% CI: {})", "[{}]", "({})", "95% confidence interval of {}"])
def test_intervals(join: str, frame: str) -> None:
    [found] = find_intervals(normalise("AUC 0.93 " + frame.format(f"0.91{join}0.95")).text)
    assert (found.low.value, found.high.value) == (0.91, 0.95)
    assert found.stated == ("CI" in frame or "conf" in frame)


@pytest.mark.parametrize("sign", [" ± ", "±", " +/- ", r" $\pm$ ", "% ± "])
def test_plus_minus(sign: str) -> None:
    [found] = find_plus_minus(normalise(f"was 94.2{sign}1.3%").text)
    assert (found.centre.value, found.spread.value) == (94.2, 1.3)


MESS = st.lists(
    st.sampled_from([*"aZ9 .,-%$\\{}~&;<>()±·\u2009\u200b\n=", "\\%", "&lt;", "\\textbf{", "$n=1$", "{,}", "<sup>"]), max_size=40
).map("".join)


@given(MESS)
@settings(max_examples=300)
def test_offsets_lead_back_for_any_text(raw: str) -> None:
    text = normalise(raw)
    last = 0
    for position in range(len(text.text)):
        start, end = text.raw_span(position, position + 1)
        assert 0 <= last <= start < end <= len(raw)
        last = start
    assert text.raw_span(0, len(text.text))[1] <= len(raw)


@given(MESS)
@settings(max_examples=300)
def test_sentences_hold_all_that_is_not_space(raw: str) -> None:
    spans = split(raw)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert "".join("".join(raw[s.start : s.end].split()) for s in spans) == "".join(raw.split())


def test_sentences_know_abbreviations() -> None:
    text = "Title. On it\nMETHODS: We used A vs. B (i.e. C) by Smith et al. In 5 cases. E. coli was 0.5. Results: Fine! 12 more."
    assert [text[s.start : s.end] for s in split(text)] == [
        "Title.",
        "On it",
        "METHODS: We used A vs. B (i.e. C) by Smith et al. In 5 cases.",
        "E. coli was 0.5.",
        "Results: Fine!",
        "12 more.",
    ]
    assert [s.section for s in split(text)] == ["title", "title", "methods", "methods", "results", "results"]


@pytest.mark.parametrize(
    "raw", ["9" * 1_000_000, "1 " * 500_000, "1,111," * 170_000, "one " * 250_000, "$" * 1_000_000, "&" * 1_000_000, ". A" * 300_000]
)
def test_hostile_text_takes_linear_time(raw: str) -> None:
    begin = time.process_time()
    text = normalise(raw).text
    spans = split(text)
    for span in spans:
        find_numbers(text[span.start : span.end])
    assert all(span.end - span.start <= LONGEST for span in spans)
    assert time.process_time() - begin < 10
