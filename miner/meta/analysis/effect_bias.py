"""Small-study effects of effects with variances: tests, and what is left when they are taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from miner.errors import MetaError
from miner.meta.analysis.evidence import WEAK, how_sure
from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, line, refuse_untested
from miner.say import counted, num, p_text

if TYPE_CHECKING:
    from miner.meta.analysis.sample import Sample


def _small(p: float) -> str:
    found = "Small studies differ from large ones. " if p < WEAK else ""
    return found + how_sure(p, "a difference of small and large studies")


def _tested(k: int, name: str, stat: float, p: float, warnings: tuple[str, ...], **more: float) -> Row:
    numbers = {name if name == "tau" else "stat": stat, "p": p, **more}
    return Row("", k, f"{name} = {num(stat, '.3f' if name == 'tau' else '.2f')}", "–", p_text(p), _small(p), tuple(warnings), numbers)


def _egger_row(sample: Sample) -> Row:
    from miner.meta import regtest

    refuse_untested(sample)
    test = regtest(sample.column("yi"), sample.column("vi"), mods=sample.task_moderator() or None)
    return _tested(test.k, "z", test.stat, test.pval, test.warnings, **({} if np.isnan(test.limit_est) else {"limit": test.limit_est}))


def _size_row(sample: Sample) -> Row:
    from miner.meta import regtest

    refuse_untested(sample)
    if "n" not in sample.frame or sample.frame["n"].isna().any():
        raise MetaError("the sample sizes are not known", hint="a column n gives them")
    mods = sample.task_moderator() or None
    test = regtest(sample.column("yi"), sample.column("vi"), ni=sample.column("n"), predictor="sqrtninv", mods=mods)
    return _tested(test.k, "z", test.stat, test.pval, test.warnings)


def _rank_row(sample: Sample) -> Row:
    from miner.meta import ranktest

    refuse_untested(sample)
    level = sample.together
    test = ranktest(level.column("yi"), level.column("vi"))
    return _tested(test.k, "tau", test.tau, test.pval, test.warnings)


def _trim_row(sample: Sample) -> Row:
    from miner.meta import trimfill

    level = sample.together
    fit = trimfill(level.column("yi"), level.column("vi"))
    middle, *ends = (sample.shifted(fit.observed, v) for v in (fit.estimate, fit.ci_lb, fit.ci_ub))
    missing = counted(fit.k0, "study is", "studies are") if fit.k0 else "No study is"
    side = f" on the {fit.side}" if fit.k0 else ""
    then = (
        f"; with {'it' if fit.k0 == 1 else 'them'} the pooled {sample.what} would be {sample.show(middle)} in place of"
        if fit.k0
        else "; the pooled value stays"
    )
    words = f"{missing} missing{side} if the funnel is to be symmetric{then} {sample.show(sample.pooled.value)}."
    return line(sample, middle, (ends[0], ends[1]), fit.pval, words, fit.warnings, k0=fit.k0, side=fit.side)


def _pet_row(sample: Sample) -> Row:
    from miner.meta import pet_peese

    level = sample.together
    fit = pet_peese(level.column("yi"), level.column("vi"))
    chosen = fit.PET if fit.conditional == "PET" else fit.PEESE
    b, low, high, p = (float(np.ravel(x)[0]) for x in (chosen.coef, chosen.ci_lb, chosen.ci_ub, chosen.pval))
    words = f"Extrapolated to a study without sampling error ({fit.conditional}), the {sample.what} is {sample.show(b)}."
    return line(sample, b, (low, high), p, words, fit.warnings, conditional=fit.conditional)


def _limit_row(sample: Sample) -> Row:
    from miner.meta import henmi_copas

    level = sample.together
    fit = henmi_copas(level.column("yi"), level.column("vi"))
    words = f"Weighted as if effects were equal, which gives small studies little weight, the {sample.what} is {sample.show(fit.beta)}."
    numbers = {"estimate": fit.beta, "ci": (fit.ci_lb, fit.ci_ub)}
    return Row(
        "", sample.k, sample.show(fit.beta), sample.span(fit.ci_lb, fit.ci_ub), words=words, warnings=tuple(fit.warnings), numbers=numbers
    )


RECORDS = (
    Record(
        "effect-egger", "Asymmetry against the standard error (Egger)", "effects", _egger_row, 40,
        "Funnel asymmetry was tested by regression on the standard error{within}",
        "The standard error does not depend on the value. For proportions it does, so the test rejects without any bias.",
        cite("Egger et al., 1997"), asked_for=True,
    ),
    Record(
        "effect-asymmetry", "Asymmetry against 1/√n", "effects", _size_row, 50,
        "Small-study effects were tested by regression on 1/√n{within}, since tests on the standard error misfire where the variance depends on the effect, as for proportions",
        "But for bias, the value does not depend on n: small samples are not easier than large ones.", cite("Deeks et al., 2005", "Hunter et al., 2014"),
    ),
    Record(
        "rank", "Rank correlation (Begg)", "effects", _rank_row, 60, "Asymmetry was also tested by rank correlation{within}",
        "Effects and variances are independent but for bias; for proportions they are not.", cite("Begg & Mazumdar, 1994"),
    ),
    Record(
        "trim-and-fill", "Trim and fill (L0)", "effects", _trim_row, 70, "Missing studies were imputed by trim and fill{within}",
        "The funnel is symmetric but for studies that are missing at one end.", cite("Duval & Tweedie, 2000"),
    ),
    Record(
        "pet-peese", "PET-PEESE", "effects", _pet_row, 80, "The effect without small-study effects was extrapolated by PET-PEESE{within}",
        "The effect depends on the standard error by bias alone; for proportions it does so by itself.", cite("Stanley & Doucouliagos, 2014"),
    ),
    Record(
        "limit", "Limit estimate (Henmi–Copas)", "effects", _limit_row, 90, "A limit estimate that is robust to publication bias was computed{within}",
        "Large studies are less biased than small ones.", cite("Henmi & Copas, 2010"),
    ),
)  # fmt: skip
