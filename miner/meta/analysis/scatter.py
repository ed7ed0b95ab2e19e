"""How accuracies scatter: by sampling, over time, and on the two sides of the funnel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miner.meta.analysis.record import Record
from miner.meta.analysis.references import cite
from miner.meta.analysis.rows import Row, need, p_value

if TYPE_CHECKING:
    import pandas as pd


def _noise_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import noise_envelope

    need(data, 3)
    noise = noise_envelope(data["estimate"], data["n"])
    words = (
        f"Sampling alone explains {100 * noise.share_sampling:.0f} % of the variance of the {what}; {100 * noise.frac_outside_95:.0f} % of the values lie"
        " outside the 95 % binomial envelope around the mean."
    )
    return Row("", len(data), f"{100 * noise.share_sampling:.0f} %", "–", "–", words, tuple(noise.warnings), noise.to_dict())


def _records_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import records_below_noise

    known = data.dropna(subset=["year"])
    need(known, 3)
    found = records_below_noise(known["estimate"], known["n"], known["year"])
    words = f"Of {found.n_records} new best values of {what}, {found.n_below_noise} are within 1.96 standard errors of the best before."
    return Row("", len(known), f"{found.n_below_noise} of {found.n_records}", "–", "–", words, tuple(found.warnings), found.to_dict())


def _asymmetry_row(data: pd.DataFrame, what: str) -> Row:
    from miner.meta import regtest

    need(data, 4)
    test = regtest(data["yi"], data["vi"], ni=data["n"], predictor="sqrtninv")
    words = (
        "Small studies report different values from large ones."
        if test.pval < 0.05
        else f"No sign that the {what} of small studies differs."
    )
    return Row(
        "", len(data), f"z = {test.stat:.2f}", "–", p_value(test.pval), words, tuple(test.warnings), {"stat": test.stat, "p": test.pval}
    )


def _egger_row(data: pd.DataFrame, what: str) -> Row:  # noqa: ARG001 -- all steps are called alike
    from miner.meta import regtest

    need(data, 4)
    test = regtest(data["yi"], data["vi"], ni=data["n"], model="lm", predictor="sei", measure="PLO")
    words = "Given because readers ask for it; it should not be used to judge publication bias of accuracies."
    return Row(
        "", len(data), f"t = {test.stat:.2f}", "–", p_value(test.pval), words, tuple(test.warnings), {"stat": test.stat, "p": test.pval}
    )


RECORDS = (
    Record(
        "noise", "Sampling noise", "accuracies", _noise_row, 60, "Binomial sampling variance was compared with the variance of the accuracies",
        "All units of a study are independent, and all studies would have one common value but for chance.", cite("Spiegelhalter, 2005"),
    ),
    Record(
        "records", "Records below noise", "accuracies", _records_row, 70, "",
        "New and old best were measured on separate units; on shared test data the noise of a difference is smaller.",
    ),
    Record(
        "asymmetry", "Asymmetry against 1/√n", "accuracies", _asymmetry_row, 80,
        "Small-study effects were tested by regression on 1/√n, since tests on the standard error misfire where the variance depends on the effect, as for proportions",
        "But for bias, the value does not depend on n: larger studies do not ask harder questions.", cite("Deeks et al., 2005", "Hunter et al., 2014"),
    ),
    Record(
        "egger", "Egger's test on the standard error", "accuracies", _egger_row, 90,
        "Egger's test on the standard error was added on request; for accuracies it misleads",
        "The standard error does not depend on the value. For proportions it does, so the test rejects without any bias.",
        cite("Egger et al., 1997", "Hunter et al., 2014"), asked_for=True,
    ),
)  # fmt: skip
