"""From a table that a user has to its analysis: which columns there are decides which analyses are made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.analyse import analyse, analyse_effects
from miner.meta.analysis.pools import grouping
from miner.meta.analysis.rows import Analysis
from miner.meta.effects.scores import ACCURACY, Metric, metric_of
from miner.meta.guard import dates
from miner.say import counted, out_of
from miner.vocabulary import Vocabulary, vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

OPTIONAL = {
    "year": ("year",),
    "n": ("n", "ni", "ni_total"),
    "cluster": ("cluster", "study_id", "reference", "study", "paper_id"),
    "task": ("pool", "task"),
    "n_role": ("n_role",),
    "ci_low": ("ci_low",),
    "ci_high": ("ci_high",),
    "n_pos": ("n_pos", "n_positive"),
    "n_neg": ("n_neg", "n_negative"),
}
WORDS = frozenset({"cluster", "task", "n_role"})


def analyse_table(table: pd.DataFrame, *, metric: str | None = None, egger: bool = False, words: Vocabulary | None = None) -> Analysis:
    """Analyse a table of effects (columns ``yi``, ``vi``) or of values of one metric (``estimate``, ``n``).

    Parameters
    ----------
    table : pandas.DataFrame
        Beside these columns it may have ``year``, ``cluster`` (or ``study_id``, ``reference``), ``pool``, ``task``, for effects ``n``, and for values
        ``metric``, ``n_role``, ``ci_low``, ``ci_high``, ``n_positive``, ``n_negative`` (see :func:`miner.meta.effects.scores.precision`). Rows without
        an effect are left out, and counted among the warnings. Values are grouped by ``pool`` where the table has that column, such as
        those of ``v_effect`` (the finest of key, question and condition, and question that ten studies share), its gaps by ``task``; else by
        ``task``. The methods of :func:`miner.meta.report_text` say so, and with the columns of ``v_effect`` which level was used.
    metric : str, optional
        Which metric, as the vocabulary or texts write it (``auc``, ``AUC``); needed where the column ``metric`` names several. Without such a column,
        what the values are: accuracies by default. Of the analysis of a sensitivity with a column ``n_positive`` that is n.
    egger : bool
        Whether Egger's test on the standard error is made, with its warning where it misleads.
    words : Vocabulary, optional
        How metrics are called; the one that ships with miner by default.

    Returns
    -------
    Analysis

    Raises
    ------
    MetaError
        Where the columns are not there, hold no numbers, values are not in the metric's range, or there are several metrics and none is asked
        for.

    Examples
    --------
    >>> import pandas as pd
    >>> analysis = analyse_table(pd.DataFrame({"yi": [0.1, 0.3, 0.5], "vi": [0.01, 0.02, 0.03]}))
    >>> analysis.kind, analysis.rows[0].estimate
    ('effects', '0.2673')
    """
    named = {str(c).strip().lower(): c for c in table.columns}
    kind = ("yi", "vi") if {"yi", "vi"} <= set(named) else ("estimate", "n")
    if not set(kind) <= set(named):
        raise MetaError(
            f"there are no columns yi, vi or estimate, n among: {', '.join(map(str, table.columns)) or '(none)'}", hint="rename them"
        )
    table, chosen, others = one_metric(table, named, metric, words or vocabulary())
    data, dropped = _columns(table, named, kind)
    if data.empty:
        raise MetaError("no row has both " + " and ".join(kind), hint="check the table")
    said = grouping(table[table[[named[name] for name in kind]].notna().all(axis=1)], named)
    if kind == ("yi", "vi"):
        analysis = analyse_effects(_ordered(_known(data)), chosen.label if chosen else "effect", egger=egger)
    else:
        analysis = analyse(_ordered(_checked(data, chosen or ACCURACY)), chosen or ACCURACY, egger=egger, quantiles=True)
    lost = (f"{counted(dropped, 'row')} without {' or '.join(kind)} {'is' if dropped == 1 else 'are'} left out.",) if dropped else ()
    return replace(analysis, warnings=(*others, *lost, *analysis.warnings), grouping=said)


def one_metric(
    table: pd.DataFrame, named: dict[str, Any], asked: str | None, words: Vocabulary
) -> tuple[pd.DataFrame, Metric | None, tuple[str, ...]]:
    """Return the rows of one metric, what it is, and sentences on rows that are left out and on a name that is not known; with no column of metrics, all rows.

    Raises
    ------
    MetaError
        If the table has several metrics and none is asked for, or not the one asked for.
    """
    wanted = canonical(asked, words) if asked else None
    if "metric" not in named:
        return table, metric_of(wanted, words) if wanted else None, unknown_words(wanted, words)
    names = metrics_of(table, named, words)
    counts = {str(name): int(count) for name, count in names.value_counts().items()}
    if wanted is None and len(counts) > 1:
        raise MetaError(
            f"the table holds {counted(len(counts), 'metric')}, which are never pooled: {counts_words(counts)}",
            hint="ask for one of them, on the command line by --metric NAME",
        )
    if wanted is not None and wanted not in counts:
        raise MetaError(f"the table holds no {wanted}; it holds: {counts_words(counts) or 'no metric at all'}", hint="ask for one of them")
    name = wanted or next(iter(counts), None)
    if name is None:
        return table, None, ()
    others = {other: count for other, count in counts.items() if other != name}
    said = left_out_words(others, int(names.isna().sum()))
    return table[names == name].reset_index(drop=True), metric_of(name, words), (*said, *unknown_words(name, words))


def counts_words(counts: Mapping[str, int]) -> str:
    """List metrics with how many rows each has, the most frequent first.

    Examples
    --------
    >>> counts_words({"auc": 2, "accuracy": 8})
    'accuracy (8), auc (2)'
    """
    return ", ".join(f"{name} ({count})" for name, count in sorted(counts.items(), key=lambda p: (-p[1], p[0])))


def left_out_words(others: Mapping[str, int], nameless: int) -> tuple[str, ...]:
    """Say which rows are left out since they are of other metrics, or name none.

    Examples
    --------
    >>> left_out_words({"auc": 2}, 1)
    ('2 rows of other metrics are left out: auc (2).', '1 row that names no metric is left out.')
    """
    count = sum(others.values())
    return (
        *(
            (f"{counted(count, 'row')} of other metrics {'is' if count == 1 else 'are'} left out: {counts_words(others)}.",)
            if others
            else ()
        ),
        *(
            (f"{counted(nameless, 'row')} that {'names no metric is' if nameless == 1 else 'name no metric are'} left out.",)
            if nameless
            else ()
        ),
    )


def unknown_words(name: str | None, words: Vocabulary | None = None) -> tuple[str, ...]:
    """Say that a metric is none of the vocabulary's; nothing of one that is, or of none.

    Examples
    --------
    >>> unknown_words("auc"), unknown_words("x_score")
    ((), ("No metric is called 'x_score': its values are taken for no shares, from 0 to 1. miner rules vocabulary lists those that are known.",))
    """
    if name is None or (words or vocabulary()).metric(name) is not None:
        return ()
    return (
        f"No metric is called {name!r}: its values are taken for no shares, from 0 to 1. miner rules vocabulary lists those that are known.",
    )


def canonical(written: str, words: Vocabulary | None = None) -> str:
    """Return the vocabulary's name of a metric, however a table writes it; what no metric is called stays, without blanks around it.

    Examples
    --------
    >>> canonical("AUC"), canonical("Sens"), canonical(" x_score ")
    ('auc', 'sensitivity', 'x_score')
    """
    return (words or vocabulary()).canonical(written) or written.strip()


def metrics_of(table: pd.DataFrame, named: dict[str, Any], words: Vocabulary | None = None) -> pd.Series:
    """Return each row's metric by the vocabulary's name, missing where a row names none; scores that are filed under ``other`` go by their own name."""
    names = _canonical(table[named["metric"]], words)
    if "name" in named:
        own = _canonical(table[named["name"]], words)
        names = names.where((names != "other") | own.isna(), own)
    return names


def _canonical(column: pd.Series, words: Vocabulary | None) -> pd.Series:
    import pandas as pd

    given = [str(v).strip() if pd.notna(v) else "" for v in column]
    known = {v: canonical(v, words) if v else None for v in set(given)}
    return pd.Series([known[v] for v in given], index=column.index, dtype=object)


def _columns(table: pd.DataFrame, named: dict[str, Any], kind: tuple[str, str]) -> tuple[pd.DataFrame, int]:
    """Return what analyses need of a table, and how many rows lack the values."""
    import pandas as pd

    data = pd.DataFrame({name: _numbers(table, named[name]) for name in kind})
    for name, sources in OPTIONAL.items():
        found = [named[s] for s in sources if s in named]
        if name not in data and (found or name in {"year", "n", "cluster", "task"}):
            data[name] = _optional(table, found, name)
    whole = data[list(kind)].notna().all(axis=1)
    return data[whole].reset_index(drop=True), int((~whole).sum())


def _ordered(data: pd.DataFrame) -> pd.DataFrame:
    """Sort by all columns: a database gives rows in any order, and resamples and sums hang on it."""
    return data.sort_values(list(data.columns), key=lambda c: c.astype(str) if c.dtype == object else c, kind="stable", ignore_index=True)


def _numbers(table: pd.DataFrame, column: str) -> pd.Series:
    import pandas as pd

    if dates(table[column].to_numpy()):
        raise MetaError(f"{column} holds dates", hint="give years, or days since a date")
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
        return pd.Series([None] * len(table), index=table.index, dtype=object if name in WORDS else float)
    if name not in WORDS:
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


def _checked(data: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Refuse values outside the metric's range and sizes below 1; name rows."""
    outside = ~data["estimate"].between(metric.least, 1)
    if outside.any():
        value = float(data["estimate"][outside].iloc[0])
        hint = "divide percentages by 100" if (data["estimate"] > 1).mean() > 0.5 else "leave these rows out, or correct them"
        raise MetaError(
            f"{out_of(int(outside.sum()), len(data), 'estimate', 'are')} not between {metric.least:g} and 1, the first is {value:g}",
            hint=hint,
        )
    if (data["n"] < 1).any():
        raise MetaError(f"n is {data['n'].min():g} in row {int(data['n'].argmin()) + 1}", hint="n counts units, from 1 up")
    return data.assign(study_id=data["cluster"], reference=data["cluster"], effect_id=[f"row {i + 1}" for i in range(len(data))])
