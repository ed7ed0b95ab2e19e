"""Which effects are analysed together: the pools of ``v_pool``, or those that a job fixes, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from miner.say import counted
from miner.vocabulary.keys import aliases_of, read_key

if TYPE_CHECKING:
    import pandas as pd

    from miner.vocabulary import Vocabulary

LEVELS = ("pool_key", "key", "pool_condition", "question")
OTHER = "other"


def pooled(effects: pd.DataFrame, chosen: Mapping[str, Any], words: Vocabulary | None = None) -> tuple[pd.DataFrame, str]:
    """Return the effects with the pool of each as its ``task``, without those outside medicine, and a sentence that says what was pooled.

    Parameters
    ----------
    effects : pandas.DataFrame
        With ``key``, ``question``, ``pool``, ``pool_key`` and ``pool_condition``.
    chosen : mapping
        The ``[effects]`` of a job: ``aliases`` (name to key), ``tasks`` (keys, their beginnings, pools or aliases; all where none is named) and ``pools`` (pool to
        the same).
    words : Vocabulary, optional
        Has the aliases of tasks that no job says; the one that ships with miner by default.
    """
    import pandas as pd

    names = {**aliases_of(words), **{k.casefold(): v for k, v in chosen.get("aliases", {}).items()}}
    fixed = {_key(t, names): pool for pool, tasks in chosen.get("pools", {}).items() for t in tasks}
    wanted = {_key(t, names) for t in chosen.get("tasks", [])}
    frame = effects.copy()
    frame["task"] = pd.Series(
        [_pool(row, fixed) for row in effects[[*LEVELS, "pool"]].to_dict("records")], index=effects.index, dtype=object
    )
    if wanted:
        chosen_rows = [bool(wanted & {row[c] for c in (*LEVELS, "task")}) for row in frame[[*LEVELS, "task"]].to_dict("records")]
        frame = frame[chosen_rows].reset_index(drop=True)
    outside = (frame["question"] == OTHER) & frame["task"].isna() if not wanted else frame["task"].isna() & False
    left = frame[~outside].reset_index(drop=True)
    return left, _said(left, int(outside.sum()), fixed=bool(fixed))


def _key(task: str, names: Mapping[str, str]) -> str:
    key = read_key(task, names)
    return task if key is None else str(key)


def _pool(row: Mapping[Any, Any], fixed: Mapping[str, str]) -> str | None:
    own = next((fixed[row[level]] for level in LEVELS if row[level] in fixed), None)
    return own if own is not None else row["pool"] if isinstance(row["pool"], str) else None


_LEVEL_WORDS = {
    "pool_key": "of studies that ask the same of the same groups",
    "pool_condition": "of studies of the same condition (fewer than ten of them compare the same groups)",
    "question": "of studies that ask the same kind of question (fewer than ten of them are of the same condition)",
    "own": "of one task, as tables of studies name it",
}


def _levels_said(frame: pd.DataFrame) -> str:
    """Say what the values of a pool have in common, level by level as far as there are pools of it."""
    pools: dict[str, set[str]] = {level: set() for level in _LEVEL_WORDS}
    for row in frame[frame["task"].notna()].to_dict("records"):
        pools[next((level for level in _LEVEL_WORDS if row.get(level) == row["task"]), "own")].add(row["task"])
    there = [(len(names), level) for level, names in pools.items() if names]
    if len(there) == 1:
        return f"{', each' if there[0][0] > 1 else ''} {_LEVEL_WORDS[there[0][1]]}"
    return ": " + "; ".join(f"{count:,} {_LEVEL_WORDS[level]}" for count, level in there) if there else ""


def _said(frame: pd.DataFrame, outside: int, *, fixed: bool) -> str:
    untold = int(frame["task"].isna().sum())
    if not len(frame) + outside:
        return ""
    pools: Sequence[str] = sorted(set(frame["task"].dropna()))
    if not pools and not outside:
        return ""  # nothing tells a question, so nothing was rolled up
    said = f"Values are analysed together in {counted(len(pools), 'pool')}{', as the job says' if fixed else _levels_said(frame)}."
    if untold:
        said += f" {counted(untold, 'effect')} of {len(frame)} {'tells' if untold == 1 else 'tell'} no question and {'stands' if untold == 1 else 'stand'} apart."
    if outside:
        said += f" {counted(outside, 'effect')} on questions outside medicine {'is' if outside == 1 else 'are'} left out."
    return said
