"""How Sphinx makes the site: make site-docs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
os.environ["NO_COLOR"] = "1"

import miner  # noqa: E402 -- this checkout's

project = "miner"
author = "The miner maintainers"
copyright = author  # noqa: A001 -- Sphinx's name
release = version = miner.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build", "generating", "notebooks/execute.py"]
nb_execution_mode = "off"  # tests run the notebooks; the site shows what they gave
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"  # the docstrings say types and shapes
autodoc_class_signature = "separated"
autodoc_default_options = {"exclude-members": "__init__, __new__"}
maximum_signature_line_length = 80
default_role = "code"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "miner"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": [], "tutorial": []}


def _within(app: object, docname: str, source: list[str]) -> None:
    """Say where a link to the tree of the project leads: the site holds its pages only."""
    folder = (HERE / docname).parent

    def shown(match: re.Match[str]) -> str:
        words, target = match[1], match[2]
        path = (folder / target.partition("#")[0]).resolve()
        if path.is_relative_to(HERE) and path.is_file():
            return match[0]
        if path.is_relative_to(HERE) and (path / "index.md").is_file():
            return f"[{words}]({target.rstrip('/')}/index.md)"
        place = path.relative_to(HERE.parent).as_posix() if path.is_relative_to(HERE.parent) else target
        return f"`{place}`" if words.strip("`").split("/")[-1] in place else f"{words} (`{place}`)"

    source[0] = re.sub(r"(?<!!)\[([^\]\n]+)\]\((?!https?:|#|mailto:)([^)\s]+)\)", shown, source[0])


def _plain(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Leave names in double backquotes as code; docstrings are numpy's and hold no references that need resolving."""
    lines[:] = [re.sub(r":(?:mod|class|func|meth|attr):`~?([^`]+)`", r"``\1``", line) for line in lines]


def _math(translator: object, node: object) -> None:
    """Write a formula as MathML, which browsers draw without a script or a network."""
    from docutils import nodes
    from docutils.utils.math.latex2mathml import tex2mathml

    translator.body.append(tex2mathml(node.astext(), as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode


def setup(app: object) -> None:
    """Join the steps above."""
    app.add_html_math_renderer("mathml", (_math, None), (_math, None))
    app.connect("source-read", _within)
    app.connect("autodoc-process-docstring", _plain, priority=400)
