"""Text of elements with inline markup: superscripts and subscripts keep their meaning, MathML becomes one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_BLANKS = re.compile(r"[ \t\r\n]+")  # not \s: thin spaces inside numbers belong to the text
_ORDINAL = frozenset({"st", "nd", "rd", "th", "®", "™", "©", "℠"})
_BASE_END = re.compile(r"[\w)\]}%]$")
_SIMPLE_SUB = re.compile(r"[A-Za-z0-9]{1,6}$")
_MATH_SKIP = frozenset({"annotation", "annotation-xml", "mspace", "mphantom"})


def text_of(element: _Element | None) -> str:
    """Return an element's text on one line.

    ``10<sup>3</sup>`` gives ``10^3``, ``<sup>18</sup>F`` gives ``18F`` (nothing stands before it that could be a base), ``1<sup>st</sup>``
    gives ``1st``; ``SpO<sub>2</sub>`` gives ``SpO2``, ``10<sub>2</sub>`` and ``AUC<sub>0-24</sub>`` give ``10_2`` and ``AUC_0-24``. MathML is
    written in line: fractions with ``/``, powers with ``^``.

    Examples
    --------
    >>> from lxml import etree
    >>> text_of(etree.fromstring("<t>10<sup>3</sup> of <i>E. coli</i></t>"))
    '10^3 of E. coli'
    """
    if element is None:
        return ""
    text = element.text
    if len(element):
        parts: list[str] = [text or ""]
        for child in element:
            _append(parts, child)
        text = "".join(parts)
    return squeeze(text) if text else ""


def squeeze(text: str) -> str:
    """Strip, and turn runs of blanks and line ends into one blank; other Unicode spaces stay."""
    text = text.strip()
    if "\n" in text or "  " in text or "\t" in text:
        text = _BLANKS.sub(" ", text)
    return text


def _append(parts: list[str], element: _Element) -> None:
    name = str(element.tag).rpartition("}")[2]
    if name in {"sup", "sub"}:
        before = "".join(parts[-3:])[-1:] if parts else ""
        content = text_of(element)
        parts.append(_raised(before, content) if name == "sup" else _lowered(before, content))
    elif name == "math":
        parts.append(math_of(element))
    else:
        parts.append(element.text or "")
        for child in element:
            _append(parts, child)
    parts.append(element.tail or "")


def _raised(before: str, content: str) -> str:
    if not content or content.lower() in _ORDINAL or not _BASE_END.search(before):
        return content
    return "^" + (f"({content})" if " " in content else content)


def _lowered(before: str, content: str) -> str:
    if not content or not before or before.isspace():
        return content
    if _SIMPLE_SUB.match(content) and not (before.isdigit() and content[0].isdigit()):
        return content
    return "_" + (f"({content})" if " " in content else content)


def math_of(element: _Element) -> str:
    """Return a MathML element in one line, such as ``x^2``, ``(a+b)/c`` or ``sqrt(n)``.

    Examples
    --------
    >>> from lxml import etree
    >>> math_of(etree.fromstring("<math><msup><mn>10</mn><mrow><mo>-</mo><mn>3</mn></mrow></msup></math>"))
    '10^-3'
    """
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if not name or name in _MATH_SKIP:
        return ""
    children = [math_of(c) for c in element if isinstance(c.tag, str) and c.tag.rpartition("}")[2] not in _MATH_SKIP]
    own = squeeze(element.text or "")
    if not children:
        return own
    if name in _SCRIPTS and len(children) > 1:
        return children[0] + "".join(mark + _grouped(c) for mark, c in zip(_SCRIPTS[name], children[1:], strict=False) if c)
    if name == "mfrac" and len(children) == 2:
        return f"{_grouped(children[0], force='+-')}/{_grouped(children[1], force='+-*/')}"
    if name in {"msqrt", "mroot"}:
        return f"sqrt({''.join(children[:1] if name == 'mroot' else children)})"
    if name == "mfenced":
        separator = element.get("separators", ",")[:1]
        return f"{element.get('open', '(')}{separator.join(children)}{element.get('close', ')')}"
    return own + "".join(children)


_SCRIPTS = {"msup": "^", "msub": "_", "msubsup": "_^", "munder": "_", "mover": "^", "munderover": "_^"}


def _grouped(text: str, force: str = "+*/") -> str:
    return f"({text})" if len(text) > 1 and any(c in text[1:] for c in force) else text
