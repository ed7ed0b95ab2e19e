"""How accuracies scatter: by sampling, over time, and on the two sides of the funnel; always within tasks."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import SURE, WEAK, how_sure, untested_words
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, need, need_counts, refuse_untested
from miner.meta.effects.odds import expit
from miner.say import counted, headed, num, out_of, p_text, percent

if TYPE_CHECKING:
    from miner.meta.analysis.sample import Sample
    from miner.meta.sensitivity.noise import NoiseEnvelope, Records


def envelope(sample: Sample) -> NoiseEnvelope:
    """Compare the values with what sampling alone would scatter around the level of their tasks."""
    from miner.meta import noise_envelope

    need_counts(sample)
    return noise_envelope(sample.column("estimate"), sample.column("n"), expit(sample.levels))


def noise_words(noise: NoiseEnvelope, sample: Sample) -> str:
    """Say how many values lie outside the band of sampling noise, and whether chance alone would put so many there."""
    from scipy import stats

    outside = round(noise.frac_outside_95 * noise.k)
    p = float(stats.binomtest(outside, noise.k, 0.05, alternative="greater").pvalue)
    around = "the level of their task" if sample.several_tasks else f"the pooled {sample.what} of {sample.show(sample.pooled.value)}"
    chance = (
        "whether chance alone would put as many there is not tested"
        if sample.untested
        else "chance alone would rarely put so many there: the studies differ by more than sampling"
        if p < SURE
        else "chance alone may put as many there"
    )
    return (
        f"{percent(noise.frac_outside_95, 0)} of the values ({outside} of {noise.k:,}) lie outside the band in which sampling alone would keep 95 %"
        f" around {around}; {chance}."
    )


def _noise_row(sample: Sample) -> Row:
    need(sample, 3)
    noise = envelope(sample)
    words = noise_words(noise, sample)
    return Row(
        "", sample.k, f"{percent(noise.frac_outside_95, 0)} outside", words=words, warnings=tuple(noise.warnings), numbers=noise.to_dict()
    )


def new_bests(sample: Sample) -> Records:
    """Find the new bests of each task, in order of years; ``rows`` are those of the frame.

    Raises
    ------
    MetaError
        If there are fewer than three values with a year.
    """
    from miner.meta import records_below_noise
    from miner.meta.sensitivity.noise import Records

    need_counts(sample)
    tasks, years = np.array(sample.tasks, dtype=object), sample.column("year")
    if int(np.isfinite(years).sum()) < 3:
        raise MetaError(f"{counted(int(np.isfinite(years).sum()), 'value')} with a year, at least 3 are needed")
    parts, value = [], sample.column("estimate")
    better = 1 - value if sample.lower_is_better else value
    for task in sorted(set(tasks)):
        rows = np.flatnonzero((tasks == task) & np.isfinite(years))
        if len(rows):
            found = records_below_noise(better[rows], sample.column("n")[rows], years[rows])
            parts.append((rows[list(found.rows)] if found.rows else rows[:0], found))
    arrays = [np.concatenate([getattr(p, f.name) for _, p in parts]) for f in fields(Records)[3:-1]]  # from the year to z
    order = np.argsort(arrays[0], kind="stable")
    year, acc, n, before, diff, se, z = (values[order] for values in arrays)
    if sample.lower_is_better:
        acc, before, diff = 1 - acc, 1 - before, -diff
    rows = np.concatenate([r for r, _ in parts])[order]
    count, below = sum(p.n_records for _, p in parts), sum(p.n_below_noise for _, p in parts)
    return Records(count, below, tuple(int(i) for i in rows), year, acc, n, before, diff, se, z)


def _records_row(sample: Sample) -> Row:
    found = new_bests(sample)
    task, within = (" of its task", ", each within its task,") if sample.several_tasks else ("", "")
    words = (
        f"{headed(out_of(found.n_below_noise, found.n_records, f'new best of {sample.what}{within}', 'are', f'new bests of {sample.what}{within}'))}"
        " within 1.96 standard errors of the best before."
        if found.n_records
        else f"No later value is {'below' if sample.lower_is_better else 'above'} the best {sample.what} of the first year{task}."
    )
    known = int(np.isfinite(sample.column("year")).sum())
    return Row(
        "", known, f"{found.n_below_noise} of {found.n_records}", words=words, warnings=tuple(found.warnings), numbers=found.to_dict()
    )


def _asymmetry_row(sample: Sample) -> Row:
    stat, p, untested, warnings = _on_counts(sample) if sample.counts else _on_scores(sample.weighted)
    if sample.untested:
        stat, p, untested = float("nan"), float("nan"), sample.untested
    within = " of the same task" if sample.several_tasks else ""
    found = f"Small studies report {'higher' if stat > 0 else 'lower'} values than large ones{within}. " if p < WEAK else ""
    words = found + how_sure(p, "a difference of small and large studies" if found else f"a difference of small and large studies{within}")
    said = f"{words} {untested_words(untested)}".rstrip()
    return Row(
        "",
        sample.k,
        "–" if untested else f"t = {num(stat, '.2f')}",
        "–",
        p_text(p),
        said,
        warnings,
        {"stat": stat, "p": p, "untested": untested},
    )


def _on_counts(sample: Sample) -> tuple[float, float, str, tuple[str, ...]]:
    """Return t, its p-value, why nothing can be tested, and warnings: the score test of 1/√n in the binomial mixed model, which holds its level."""
    from miner.meta import score_test

    need(sample, 4)
    mods: dict[str, Any] = {"sqrtninv": 1 / np.sqrt(sample.column("n"))} | sample.task_moderator()
    test = score_test(sample.column("x"), sample.column("n"), mods, "sqrtninv", sample.frame["cluster"].to_numpy())
    return test.tval, test.pval, test.untested, test.warnings


def _on_scores(sample: Sample) -> tuple[float, float, str, tuple[str, ...]]:
    """Return the same of values that are no counts: a regression with Knapp and Hartung's test."""
    from miner.meta import regtest

    need(sample, 4)
    mods = sample.task_moderator() or None
    test = regtest(sample.column("yi"), sample.column("vi"), ni=sample.column("n"), predictor="sqrtninv", test="knha", mods=mods)
    return test.stat, test.pval, "", tuple(test.warnings)


def _egger_row(sample: Sample) -> Row:
    from miner.meta import regtest

    need(sample.weighted, 4)
    refuse_untested(sample)
    level = sample.weighted.together
    test = regtest(
        level.column("yi"), level.column("vi"), ni=level.column("n"), model="lm", predictor="sei", measure="PLO" if sample.counts else None
    )
    words = f"Given because readers ask for it; it should not be used to judge publication bias of {sample.plural}."
    return Row(
        "",
        sample.k,
        f"t = {num(test.stat, '.2f')}",
        "–",
        p_text(test.pval),
        words,
        tuple(test.warnings),
        {"stat": test.stat, "p": test.pval},
    )


RECORDS = (
    Record(
        "noise", "Sampling noise", "accuracies", _noise_row, 60, "The {values} were compared with the 95 % band of binomial sampling noise around the pooled value of their tasks",
        "All units of a study are independent, and all studies of a task would have one common value but for chance.", cite("Spiegelhalter, 2005"),
    ),
    Record(
        "records", "Records below noise", "accuracies", _records_row, 70, "",
        "New and old best were measured on separate units; on shared test data the noise of a difference is smaller.",
    ),
    Record(
        "asymmetry", "Asymmetry against 1/√n", ("accuracies", "scores"), _asymmetry_row, 80,
        "Small-study effects were tested by the slope on 1/√n{within}, for shares in the binomial mixed model by its score, since tests on the standard error misfire where the variance depends on the effect, as for proportions",
        "But for bias, the value does not depend on n: small samples are not easier than large ones.", cite("Deeks et al., 2005", "Hunter et al., 2014"),
    ),
    Record(
        "egger", "Egger's test on the standard error", "accuracies", _egger_row, 90,
        "Egger's test on the standard error was added on request; for {values} it misleads",
        "The standard error does not depend on the value. For proportions it does, so the test rejects without any bias.",
        cite("Egger et al., 1997", "Hunter et al., 2014"), asked_for=True,
    ),
)  # fmt: skip
