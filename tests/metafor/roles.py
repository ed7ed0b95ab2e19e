"""Which column of a data set is the year, the cluster, the group inside it: by its name, and checked against what the document says of it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from miner.errors import MetaError

YEARS = ("year", "yr", "pub_year", "pubyear", "publication_year", "publication.year")
# In the order in which they are looked for: the outer level of a nested set first.
CLUSTERS = (
    "cluster", "study_id", "studyid", "studynum", "study", "paper_id", "paper", "article", "report", "district", "region", "country", "lab", "laboratory", "author",
    "authors", "sample", "school", "trial", "group", "experiment", "id",
)  # fmt: skip
INNER = ("inner", "sample", "school", "lab", "experiment", "group", "trial", "outcome", "esid", "es_id", "study", "id")


def named(frame: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Return the columns that have one of the names, in the order of the names."""
    lower = {str(column).lower(): str(column) for column in frame}
    return [lower[name] for name in names if name in lower]


def year(frame: pd.DataFrame) -> str | None:
    """Return the column of the year, if there is one."""
    return next(iter(named(frame, YEARS)), None)


def cluster(frame: pd.DataFrame, document: dict[str, Any], size: int) -> list[str]:
    """Return the labels of the clusters: of the column that the document names, else of one with a cluster's name and so many different values.

    Raises
    ------
    MetaError
        Where no column has both; a column of measurements that happens to have as many values is none.
    """
    said = document.get("meta", {}).get("cluster")
    found = [said] if said in frame else [c for c in named(frame, CLUSTERS) if frame[c].nunique() == size]
    if not found:
        raise MetaError(
            f"no column of clusters has {size} different values", hint=f"name it in meta.cluster, or call it one of {', '.join(CLUSTERS)}"
        )
    return frame[found[0]].astype(str).tolist()


def inner(frame: pd.DataFrame, document: dict[str, Any], labels: list[str], size: int) -> list[str] | None:
    """Return the labels of groups inside clusters of which there are so many; None where each row is one.

    Raises
    ------
    MetaError
        Where no column makes so many groups.
    """
    if size == len(frame):
        return None
    said = document.get("meta", {}).get("inner")
    for column in [said] if said in frame else named(frame, INNER):
        own = frame[column].astype(str).tolist()
        if len(set(zip(labels, own, strict=True))) == size:
            return own
    raise MetaError(
        f"no column makes {size} groups inside the clusters", hint=f"name it in meta.inner, or call it one of {', '.join(INNER)}"
    )
