r"""Normal text with a way back: LaTeX, entities, odd spaces and dashes become plain, and every offset leads to the raw text.

arXiv abstracts carry LaTeX (``99.2\%``, ``$\pm$``, ``10{,}000``), PubMed ones entities, thin spaces, Unicode minus signs and
decimals with a mid-dot. Rules read the normal text; what they find is quoted from the raw text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from dataclasses import dataclass, field

_SPACES = "\t\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BREAKS = "\v\f\u0085\u2028\u2029"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_LIKE = {
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u2032": "'", "\uff07": "'", "\u201c": '"', "\u201d": '"', "\u2033": '"',
    "\u2044": "/", "\u2215": "/", "\uff0f": "/", "\u223c": "~", "\uff5e": "~", "\u301c": "~", "\uff05": "%", "\ufe6a": "%",
    "\uff1d": "=", "\ufe66": "=", "\uff0c": ",", "\uff0e": ".", "\uff08": "(", "\uff09": ")", "\uff1a": ":", "\uff1b": ";",
    "\uff1c": "<", "\uff1e": ">", "\u2a7e": "≥", "\u2267": "≥", "\u2a7d": "≤", "\u2266": "≤", "\u2236": ":", "\uff0b": "+",
}  # fmt: skip
# One character for one: offsets stay as they are.
_ONE_TO_ONE = str.maketrans(
    {**dict.fromkeys(_SPACES, " "), **dict.fromkeys(_BREAKS, "\n"), **dict.fromkeys(_DASHES, "-"), **_LIKE}
    | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
)
# A search for the odd characters takes a fraction of what str.translate takes to look at every one.
_ODD = re.compile(f"[{re.escape(''.join(map(chr, _ONE_TO_ONE)))}]")


def _one_to_one(text: str) -> str:
    return _ODD.sub(lambda m: str(_ONE_TO_ONE[ord(m.group())]), text)


_MID_DOT = re.compile("(?<=[0-9])[\u00b7\u2219\u22c5\u2027](?=[0-9])")

_SYMBOLS = {
    "pm": "±", "times": "×", "approx": "≈", "sim": "~", "simeq": "≈", "geq": "≥", "ge": "≥", "geqslant": "≥", "leq": "≤", "le": "≤",
    "leqslant": "≤", "gt": ">", "lt": "<", "cdot": "·", "to": "→", "rightarrow": "→", "uparrow": "↑", "downarrow": "↓", "kappa": "κ",
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "Delta": "Δ", "mu": "µ", "sigma": "σ", "rho": "ρ", "lambda": "λ",
    "infty": "∞", "ldots": "…", "dots": "…", "textbackslash": "\\", "textpm": "±", "texttimes": "×", "percent": "%",
}  # fmt: skip
_QUIET = (
    "textbf|textit|emph|mathbf|mathrm|mathit|mathsf|mathtt|mathcal|mathbb|text|textsc|texttt|textrm|textsf|"
    "underline|boldsymbol|bm|operatorname|mbox|left|right|displaystyle"
)
# Whether a text may need more than the one-to-one step; most PubMed abstracts do not. Single characters, because looking for one
# is far faster than any pattern.
_MARKS = ("\\", "$", "&", "{,}", "<su", "</su", "<b>", "<i>", "<u>", "<em>", "<strong>", "<math>", "</math>")
_ODD_MARKS = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00b7\u2219\u22c5\u2027"
_MARKUP = re.compile(
    r"\\(?P<escaped>[%&_#$])"
    r"|\\(?P<thin>[,;:! ])"
    rf"|\\(?:{_QUIET})\b(?P<quiet>\*?\{{?)"
    r"|\\(?P<command>[A-Za-z]{1,20})(?:\{\}| (?=[^\w]))?"
    r"|\$(?P<math>[^$\n]{1,200})\$"
    r"|(?P<comma>\{,\})"
    r"|(?P<brace>[{}])"
    r"|(?<=[0-9A-Za-z.])(?P<tie>~)(?=[0-9A-Za-z\\])"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});)"
    r"|(?P<tag></?(?:su[bp]|b|i|u|em|strong|math)>)"
    "|(?P<nothing>[\u00ad\u200b-\u200f\u2060\ufeff])"
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normal text and the way back to the raw one.

    Parameters
    ----------
    text : str
        The normal text.
    raw : str
        The text it was made from.

    Examples
    --------
    >>> n = normalise(r"on 10{,}000 scans")
    >>> n.text, n.raw_span(3, 9)
    ('on 10,000 scans', (3, 11))
    """

    text: str
    raw: str
    # Segments: where each begins in the normal and in the raw text, and their lengths. None: offsets are the same throughout.
    _normal: list[int] | None = field(default=None, repr=False)
    _raw: list[int] = field(default_factory=list, repr=False)
    _sizes: list[tuple[int, int]] = field(default_factory=list, repr=False)

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw offsets of a span of the normal text (``end`` exclusive, as everywhere).

        Parameters
        ----------
        start, end : int
            Code points into ``text``; ``0 <= start <= end <= len(text)``.

        Returns
        -------
        tuple of int
            Code points into ``raw``: the smallest span whose normal form holds the one asked for.
        """
        if self._normal is None:
            return start, end
        begin = self._back(start, last=False)
        return (begin, begin) if end <= start else (begin, self._back(end - 1, last=True))

    def normal_offset(self, position: int) -> int:
        """Return where a code point of the raw text stands in the normal one; what was dropped stands where the next one does.

        Examples
        --------
        >>> normalise(r"on 10{,}000 scans").normal_offset(11)
        9
        """
        if self._normal is None:
            return position
        segment = max(0, bisect_right(self._raw, position) - 1)
        size, raw_size = self._sizes[segment]
        offset = max(0, position - self._raw[segment])
        inside = min(offset, size) if size == raw_size or offset >= raw_size else 0
        return self._normal[segment] + inside

    def _back(self, position: int, *, last: bool) -> int:
        normal = self._normal or [0]
        segment = max(0, bisect_right(normal, position) - 1)
        size, raw_size = self._sizes[segment]
        offset = position - normal[segment]
        if size == raw_size:
            return self._raw[segment] + min(offset, size) + (1 if last else 0)
        return self._raw[segment] + (raw_size if last or offset >= size else 0)


def normalise(raw: str) -> Normalised:
    r"""Return the normal form of ``raw`` with its map of offsets.

    Any horizontal space becomes a space, any dash and the minus sign ``-``, a mid-dot between digits a decimal point; LaTeX that
    stands around numbers is taken away, entities are resolved, invisible characters dropped. Line breaks stay.

    Parameters
    ----------
    raw : str
        Any text.

    Returns
    -------
    Normalised
        The text and its map. Work grows linearly with the length of ``raw``.

    Examples
    --------
    >>> normalise(r"\textbf{0.91} $\pm$ 0·02, 99.2\%").text
    '0.91 ± 0.02, 99.2%'
    """
    ascii_only = raw.isascii()
    text = raw if ascii_only and not any(c in raw for c in "\t\r\v\f") else _one_to_one(raw)
    if not any(mark in text for mark in _MARKS) and (ascii_only or not any(mark in text for mark in _ODD_MARKS)):
        return Normalised(text, raw)
    text = _MID_DOT.sub(".", text)
    latex = "\\" in text or "$" in text or "{,}" in text
    pieces: list[tuple[int, int, str]] = []
    _collect(text, 0, len(text), latex=latex, pieces=pieces)
    return _assemble(text, raw, pieces) if pieces else Normalised(text, raw)


def readable(raw: str) -> Normalised:
    r"""Return ``raw`` as people read it: without LaTeX, entities, tags and invisible characters; its own dashes, spaces and points stay.

    Examples
    --------
    >>> readable(r"10–20\% of $n = 5$ in <i>E. coli</i>").text
    '10–20% of n = 5 in E. coli'
    """
    if not any(mark in raw for mark in _MARKS) and (raw.isascii() or not any(mark in raw for mark in _ODD_MARKS)):
        return Normalised(raw, raw)
    pieces: list[tuple[int, int, str]] = []
    _collect(raw, 0, len(raw), latex="\\" in raw or "$" in raw or "{,}" in raw, pieces=pieces)
    return _assemble(raw, raw, pieces) if pieces else Normalised(raw, raw)


def _collect(text: str, start: int, end: int, *, latex: bool, pieces: list[tuple[int, int, str]]) -> None:
    """Append (start, end, replacement) for all markup in a span, in order."""
    position = start
    while match := _MARKUP.search(text, position, end):
        position = match.end()
        kind = match.lastgroup
        if kind == "math":
            # Prices come in pairs too: "$5 and $7" is no formula. A formula does not end in a space before its dollar.
            inner = match.group("math")
            if inner[-1:] == " " and inner[:1] != " " and "\\" not in inner:
                position = match.start() + 1
                continue
            pieces.append((match.start(), match.start() + 1, ""))
            _collect(text, match.start() + 1, match.end() - 1, latex=True, pieces=pieces)
            pieces.append((match.end() - 1, match.end(), ""))
            continue
        replacement = _replacement(match, kind or "", latex=latex)
        if replacement is not None and replacement != match.group():
            pieces.append((match.start(), match.end(), replacement))


def _replacement(match: re.Match[str], kind: str, *, latex: bool) -> str | None:
    if kind == "entity":
        return html.unescape(match.group()).translate(_ONE_TO_ONE)
    if kind == "escaped":
        return match.group("escaped")
    if kind == "thin":
        return "" if match.group("thin") == "!" else " "
    if kind == "command":
        return _SYMBOLS.get(match.group("command"), match.group("command"))
    if kind == "comma":
        return ","
    if kind == "brace":
        return "" if latex else None
    if kind == "tie":
        return " " if latex else None
    if kind == "tag":
        return "^" if match.group() == "<sup>" else ""
    return ""


def _assemble(text: str, raw: str, pieces: list[tuple[int, int, str]]) -> Normalised:
    parts: list[str] = []
    normal: list[int] = []
    origin: list[int] = []
    sizes: list[tuple[int, int]] = []
    written = position = 0
    for start, end, replacement in [*pieces, (len(text), len(text), "")]:
        if start > position:
            parts.append(text[position:start])
            normal.append(written)
            origin.append(position)
            sizes.append((start - position, start - position))
            written += start - position
        if replacement:
            parts.append(replacement)
            normal.append(written)
            origin.append(start)
            sizes.append((len(replacement), end - start))
            written += len(replacement)
        position = end
    # The end of the text, so that an empty span there has a place.
    normal.append(written)
    origin.append(len(raw))
    sizes.append((0, 0))
    return Normalised("".join(parts), raw, normal, origin, sizes)
