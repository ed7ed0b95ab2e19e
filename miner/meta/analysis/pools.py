"""What values are grouped by, pools or tasks, and the sentence of the methods that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from miner.say import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

# The levels of a roll-up, from the finest, by the columns of ``v_effect`` that hold them.
LEVELS = {"pool_key": "what was asked of what", "pool_condition": "question and condition", "question": "question alone"}


def grouping(table: pd.DataFrame, named: Mapping[str, Any]) -> str:
    """Return the sentence that says what values are grouped by; none where no row tells a pool or a task.

    Parameters
    ----------
    table : pandas.DataFrame
        The rows that are analysed, of one metric.
    named : mapping
        The table's columns by their names in small letters. With those of ``v_effect`` (``pool``, ``pool_key``, ``pool_condition``, ``question``) the
        sentence says at which level of the roll-up the pools are.

    Examples
    --------
    >>> import pandas as pd
    >>> print(grouping(pd.DataFrame({"pool": ["AD", "AD", "MCI", None]}), {"pool": "pool"}))
    Effects were grouped by 2 pools that the table names, which are the tasks of the models; 1 effect is in none.
    """
    pools = table[named["pool"]].dropna() if "pool" in named else None
    if pools is None or pools.empty:
        tasks = table[named["task"]].dropna().nunique() if "task" in named else 0
        return f"Effects were grouped by {counted(tasks, 'task')}." if tasks > 1 else ""
    count = counted(pools.nunique(), "pool")
    apart = len(table) - len(pools)
    rest = f"; {counted(apart, 'effect')} {'is' if apart == 1 else 'are'} in none" if apart else ""
    if not set(LEVELS) <= set(named):
        return f"Effects were grouped by {count} that the table names, which are the tasks of the models{rest}."
    found = _levels(table.loc[pools.index], named)
    used = ", ".join(f"{words} ({counted(len(found[level]), 'pool')})" for level, words in LEVELS.items() if found[level])
    own = f"; {counted(len(found['']), 'pool')} that no question tells" if found[""] else ""
    return (
        f"Effects were grouped by {count}, which are the tasks of the models: by what was asked of what, else by question and condition, else by question"
        f" alone, the finest level at which at least ten studies report the metric. Levels used: {used or 'none'}{own}{rest}."
    )


def _levels(table: pd.DataFrame, named: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the pools of each level; ``""`` has those that are at none, such as names of tasks that are no keys."""
    found: dict[str, set[str]] = {level: set() for level in (*LEVELS, "")}
    for row in table.to_dict("records"):
        pool = row[named["pool"]]
        found[next((level for level in LEVELS if row[named[level]] == pool), "")].add(str(pool))
    return found
