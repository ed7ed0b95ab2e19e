"""What the labels of an abstract's sections say of the sentences below them."""

from __future__ import annotations

import re

FACETS = ("why", "question", "data", "method", "result", "conclusion", "limits")
"""In the order in which abstracts tell them."""

_NAMED = tuple(
    (facet, re.compile(pattern))
    for facet, pattern in (
        ("limits", r"limitation"),
        ("question", r"\b(?:aim|objective|purpose|goal|question|hypothes)"),
        ("conclusion", r"conclusion|interpretation|implication|discussion|summary|significance|clinical relevance|take-?home|key message"),
        ("result", r"\b(?:result|finding)"),
        ("data", r"\b(?:participant|patient|subject|setting|population|sample|cohort|database|data ?sets?\b|data sources?\b|material|animal|eligibility)"),
        ("method", (r"method|\bdesign|procedure|intervention|measure|\boutcome|exposure|approach|technique|statistic|analys[ei]s|extraction"
                    r"|data collection|protocol|experiment|implementation")),
        ("why", r"background|introduction|importance|context|rationale|relevance|motivation|what is (?:already )?known"),
    )
)  # fmt: skip
# A heading: at the beginning of a line, or in capitals behind a full stop.
LABEL = re.compile(r"(?P<label>[A-Z][A-Za-z'’-]*(?:(?:,? (?:and|&|of|the|to|for|in) |, | ?/ ?| )[A-Za-z'’-]+){0,7})\s?:\s+")


def facets_of(label: str) -> frozenset[str]:
    """Return the facets that a section of this label may tell; none where its words are no customary ones.

    Examples
    --------
    >>> sorted(facets_of("PATIENTS AND METHODS")), sorted(facets_of("Conclusions and Relevance")), sorted(facets_of("Funding"))
    (['data', 'method'], ['conclusion'], [])
    """
    low = label.lower()
    found = {facet for facet, pattern in _NAMED if pattern.search(low)}
    return frozenset(found - {"why"} if "conclusion" in found else found)
