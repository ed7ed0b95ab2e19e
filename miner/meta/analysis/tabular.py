"""From a table that a user has to its analysis: which columns there are decides which analyses are made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.analyse import analyse, analyse_effects
from miner.meta.analysis.rows import Analysis
from miner.text.say import counted

if TYPE_CHECKING:
    import pandas as pd

OPTIONAL = {
    "year": ("year",),
    "n": ("n", "ni", "ni_total"),
    "cluster": ("cluster", "study_id", "reference", "study", "paper_id"),
    "task": ("task",),
}


def analyse_table(table: pd.DataFrame, *, egger: bool = False) -> Analysis:
    """Analyse a table of effects (columns ``yi``, ``vi``) or of accuracies (``estimate``, ``n``).

    Parameters
    ----------
    table : pandas.DataFrame
        Beside these columns it may have ``year``, ``cluster`` (or ``study_id``, ``reference``), ``task``, and for effects ``n``. Rows without
        an effect are left out, and counted among the warnings.
    egger : bool
        Whether Egger's test on the standard error is made, with its warning where it misleads.

    Returns
    -------
    Analysis

    Raises
    ------
    MetaError
        Where the columns are not there, hold no numbers, or accuracies are not between 0 and 1.

    Examples
    --------
    >>> import pandas as pd
    >>> analysis = analyse_table(pd.DataFrame({"yi": [0.1, 0.3, 0.5], "vi": [0.01, 0.02, 0.03]}))
    >>> analysis.kind, analysis.rows[0].estimate
    ('effects', '0.2673')
    """
    import pandas as pd

    named = {str(c).strip().lower(): c for c in table.columns}
    kind = ("yi", "vi") if {"yi", "vi"} <= set(named) else ("estimate", "n")
    if not set(kind) <= set(named):
        raise MetaError(
            f"there are no columns yi, vi or estimate, n among: {', '.join(map(str, table.columns)) or '(none)'}", hint="rename them"
        )
    data = pd.DataFrame({name: _numbers(table, named[name]) for name in kind})
    for name, sources in OPTIONAL.items():
        found = [named[s] for s in sources if s in named]
        if name not in data:
            data[name] = _optional(table, found, name)
    whole = data[list(kind)].notna().all(axis=1)
    dropped = int((~whole).sum())
    data = data[whole].reset_index(drop=True)
    if data.empty:
        raise MetaError("no row has both " + " and ".join(kind), hint="check the table")
    if kind == ("yi", "vi"):
        analysis = analyse_effects(_known(data), egger=egger)
    else:
        _check_accuracies(data)
        data["study_id"] = data["reference"] = data["cluster"]
        data["effect_id"] = [f"row {i + 1}" for i in range(len(data))]
        analysis = analyse(data, egger=egger, quantiles=True)
    said = (f"{counted(dropped, 'row')} without {' or '.join(kind)} {'is' if dropped == 1 else 'are'} left out.",) if dropped else ()
    return replace(analysis, warnings=said + analysis.warnings)


def _numbers(table: pd.DataFrame, column: str) -> pd.Series:
    import pandas as pd

    numbers = pd.to_numeric(table[column], errors="coerce")
    odd = table[column].notna() & numbers.isna()
    if odd.any():
        row = int(np.argmax(odd.to_numpy()))
        raise MetaError(
            f"{column} of row {row + 1} is {table[column].iloc[row]!r}, not a number", hint="leave the cell empty if it is not known"
        )
    if np.isinf(numbers.to_numpy(float)).any():
        raise MetaError(f"{column} has infinite values", hint="leave these rows out, or correct them")
    return numbers.astype(float)


def _optional(table: pd.DataFrame, found: list[str], name: str) -> pd.Series:
    """Return the first of the columns found, its gaps filled from the next (a study_id that is missing, from the reference)."""
    import pandas as pd

    if not found:
        return pd.Series([None] * len(table), index=table.index, dtype=object if name in {"cluster", "task"} else float)
    if name in {"year", "n"}:
        return _numbers(table, found[0])
    out = table[found[0]].astype(object)
    for column in found[1:]:
        out = out.where(out.notna(), table[column].astype(object))
    return out.where(out.isna(), out.astype(str))


def _known(data: pd.DataFrame) -> pd.DataFrame:
    """Give effects without a study one of their own; leave the column out where none has one."""
    if data["cluster"].isna().all():
        return data.drop(columns="cluster")
    data["cluster"] = [c if isinstance(c, str) else f"row {i + 1}" for i, c in enumerate(data["cluster"])]
    return data


def _check_accuracies(data: pd.DataFrame) -> None:
    outside = ~data["estimate"].between(0, 1)
    if outside.any():
        value = float(data["estimate"][outside].iloc[0])
        hint = "divide percentages by 100" if (data["estimate"] > 1).mean() > 0.5 else "leave these rows out, or correct them"
        raise MetaError(f"{int(outside.sum())} of {len(data)} estimates are not between 0 and 1, the first is {value:g}", hint=hint)
    if (data["n"] < 1).any():
        raise MetaError(f"n is {data['n'].min():g} in row {int(data['n'].argmin()) + 1}", hint="n counts units, from 1 up")
