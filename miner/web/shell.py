"""What all pages of a site share: the frame with its strict policy, and the templates, filters and assets that they are made with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from miner.report.build import typeset
from miner.text.normalise import readable

if TYPE_CHECKING:
    import jinja2

ASSETS = Path(__file__).with_name("assets")
TEMPLATES = Path(__file__).with_name("templates")
# Files beside the page alone: from disk (file:) or from where the site is served ('self'); no code or style in a page, no request to anywhere.
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
)
_ESCAPES = {c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Door:
    """An entry of the navigation: its words, where it leads, below the site's top, and what is there."""

    label: str
    path: str
    says: str = ""


@dataclass(frozen=True)
class Shell:
    """Makes pages of one site.

    Parameters
    ----------
    name : str
        What the site is called: at the top of each page and in its title.
    snapshot : str
        The name of the snapshot.
    doors : tuple of Door
        The navigation.
    banner : str
        What stands above everything, where something must be known before reading.
    review : bool
        Whether values can be reviewed where the pages are served.
    """

    name: str
    snapshot: str
    doors: tuple[Door, ...] = ()
    banner: str = ""
    review: bool = False

    @cached_property
    def environment(self) -> jinja2.Environment:
        """The templates; what they are filled with is escaped."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            auto_reload=False,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters["plain"] = plain
        made.filters["typeset"] = typeset
        made.filters["script"] = harmless
        made.filters["thousands"] = lambda n: f"{n:,}"
        return made

    def page(self, template: str, path: str, **values: Any) -> str:
        """Fill a template that extends ``shell.html``.

        Parameters
        ----------
        template : str
            Its name.
        path : str
            Where the page will lie below the site's top, with ``/``: links are relative to it.
        **values
            What the template shows; ``title`` is the page's; a page that has forms or asks the server has its own ``policy`` and ``referrer``.
        """
        from miner import __version__

        up = "../" * path.count("/")
        shared = {"up": up, "path": path, "site": self, "policy": POLICY, "referrer": "no-referrer", "version": __version__}
        return self.environment.get_template(template).render(shared | values)


@lru_cache(maxsize=16_384)  # the titles of related papers and their terms come again on page after page
def plain(text: str | None) -> str:
    r"""Return a title or an abstract without LaTeX and tags, as people read it.

    Examples
    --------
    >>> plain(r"\textbf{0.91} $\pm$ 0.02 &lt; 1 in <i>E. coli</i>")
    '0.91 ± 0.02 < 1 in E. coli'
    """
    return readable(text or "").text


def as_script(call: str, data: Any) -> str:
    r"""Return data as a classic script, which browsers load from disk too: a call with JSON, in which nothing can end the script.

    Examples
    --------
    >>> print(as_script("miner.rows", {"title": "</script>"}), end="")
    miner.rows({"title":"\u003c/script\u003e"});
    """
    return f"{call}({harmless(json.dumps(data, ensure_ascii=False, separators=(',', ':'), allow_nan=False))});\n"


def harmless(text: str) -> Markup:
    """Return JSON as it can stand in a script: nothing in it can end the script, or begin another."""
    for raw, escaped in _ESCAPES.items():
        text = text.replace(raw, escaped)
    return Markup(text)  # noqa: S704 -- what could be mark-up was just escaped
