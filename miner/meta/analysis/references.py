"""The works that methods sentences cite."""

from __future__ import annotations

from collections.abc import Mapping

from miner.errors import MetaError

REFERENCES = {
    "Varoquaux & Cheplygina, 2022": "Varoquaux G, Cheplygina V (2022). Machine learning for medical imaging. npj Digital Medicine 5:48.",
    "Viechtbauer, 2005": "Viechtbauer W (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model. J Educ Behav Stat 30:261-293.",
    "Viechtbauer, 2007": "Viechtbauer W (2007). Confidence intervals for the amount of heterogeneity in meta-analysis. Stat Med 26:37-52.",
    "DerSimonian & Laird, 1986": "DerSimonian R, Laird N (1986). Meta-analysis in clinical trials. Control Clin Trials 7:177-188.",
    "Knapp & Hartung, 2003": "Knapp G, Hartung J (2003). Improved tests for a random effects meta-regression with a single covariate. Stat Med 22:2693-2710.",
    "Higgins & Thompson, 2002": "Higgins JPT, Thompson SG (2002). Quantifying heterogeneity in a meta-analysis. Stat Med 21:1539-1558.",
    "Riley et al., 2011": "Riley RD, Higgins JPT, Deeks JJ (2011). Interpretation of random effects meta-analyses. BMJ 342:d549.",
    "Rao, 1948": "Rao CR (1948). Large sample tests of statistical hypotheses concerning several parameters with applications to problems of estimation. Math Proc Camb Philos Soc 44:50-57.",
    "Breslow & Clayton, 1993": "Breslow NE, Clayton DG (1993). Approximate inference in generalized linear mixed models. J Am Stat Assoc 88:9-25.",
    "Stijnen et al., 2010": "Stijnen T, Hamza TH, Özdemir P (2010). Random effects meta-analysis of event outcome in the framework of the generalized linear mixed model. Stat Med 29:3046-3067.",
    "Van den Noortgate et al., 2013": "Van den Noortgate W, López-López JA, Marín-Martínez F, Sánchez-Meca J (2013). Three-level meta-analysis of dependent effect sizes. Behav Res Methods 45:576-594.",
    "Pustejovsky & Tipton, 2018": "Pustejovsky JE, Tipton E (2018). Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. J Bus Econ Stat 36:672-683.",
    "Egger et al., 1997": "Egger M, Davey Smith G, Schneider M, Minder C (1997). Bias in meta-analysis detected by a simple, graphical test. BMJ 315:629-634.",
    "Hunter et al., 2014": "Hunter JP, Saratzis A, Sutton AJ, et al. (2014). In meta-analyses of proportion studies, funnel plots were found to be an inaccurate method of assessing publication bias. J Clin Epidemiol 67:897-903.",
    "Deeks et al., 2005": "Deeks JJ, Macaskill P, Irwig L (2005). The performance of tests of publication bias and other sample size effects in systematic reviews of diagnostic test accuracy was assessed. J Clin Epidemiol 58:882-893.",
    "Duval & Tweedie, 2000": "Duval S, Tweedie R (2000). Trim and fill: a simple funnel-plot-based method of testing and adjusting for publication bias in meta-analysis. Biometrics 56:455-463.",
    "Vevea & Hedges, 1995": "Vevea JL, Hedges LV (1995). A general linear model for estimating effect size in the presence of publication bias. Psychometrika 60:419-435.",
    "Citkowicz & Vevea, 2017": "Citkowicz M, Vevea JL (2017). A parsimonious weight function for modeling publication bias. Psychol Methods 22:28-41.",
    "Stanley & Doucouliagos, 2014": "Stanley TD, Doucouliagos H (2014). Meta-regression approximations to reduce publication selection bias. Res Synth Methods 5:60-78.",
    "Koenker & Bassett, 1978": "Koenker R, Bassett G (1978). Regression quantiles. Econometrica 46:33-50.",
    "Spiegelhalter, 2005": "Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. Stat Med 24:1185-1202.",
    "Henmi & Copas, 2010": "Henmi M, Copas JB (2010). Confidence intervals for random effects meta-analysis and robustness to publication bias. Stat Med 29:2969-2983.",
    "Ioannidis & Trikalinos, 2007": "Ioannidis JPA, Trikalinos TA (2007). An exploratory test for an excess of significant findings. Clin Trials 4:245-253.",
    "van Aert & van Assen, 2018": "van Aert RCM, van Assen MALM (2018). Correcting for publication bias in a meta-analysis with the p-uniform* method. MetaArXiv, doi:10.31222/osf.io/zqjr9.",
    "Mathur & VanderWeele, 2020": "Mathur MB, VanderWeele TJ (2020). Sensitivity analysis for publication bias in meta-analyses. J R Stat Soc C 69:1091-1119.",
    "Rosenthal, 1979": "Rosenthal R (1979). The file drawer problem and tolerance for null results. Psychol Bull 86:638-641.",
    "Begg & Mazumdar, 1994": "Begg CB, Mazumdar M (1994). Operating characteristics of a rank correlation test for publication bias. Biometrics 50:1088-1101.",
}  # fmt: skip


def cite(*names: str) -> Mapping[str, str]:
    """Return works by their short names, for the citations of an analysis.

    Raises
    ------
    MetaError
        If a work is not in the list.

    Examples
    --------
    >>> list(cite("Viechtbauer, 2005"))
    ['Viechtbauer, 2005']
    """
    unknown = [n for n in names if n not in REFERENCES]
    if unknown:
        raise MetaError(f"no reference is called {unknown[0]!r}", hint="add it to miner/meta/analysis/references.py")
    return {n: REFERENCES[n] for n in names}
