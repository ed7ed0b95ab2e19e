"""The names of metrics and of quantities that are none, and where a sentence names them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNDER = r"areas?[- ]under(?:[- ](?:the|an?|its|their|each|summary|hierarchical|mean|average))*"
_CURVE = r"(?:[- ]{1,2}\(?(?:curves?|receiv\w+[- ]operat\w+(?:[- ]characteristics?)?|operating[- ]characteristics?|characteristics?|S?ROC|AUC|AUCs|AUROC)\)?)"
_TAIL = r"(?:[- ](?:scores?|measures?|values?|coefficients?|ind(?:ex|exes|ices)|similarity|overlap|metrics?|statistics?))*"

# In order: where two names begin at one place, the first stands. None is a quantity that is no performance.
_NAMES: tuple[tuple[str | None, str], ...] = (
    (None, r"type[- ](?:I|II|1|2)[- ]errors?(?:[- ]rates?)?"),
    (None, r"false[- ]positive rates?(?= (?:per|/) ?(?:patient|case|image|scan|volume|exam|subject|study|hour))"),
    ("other", rf"{_UNDER}[- ]free[- ]response[^.;,(]{{0,60}}?curves?(?: \(AU-?FROC\))?|AU-?FROC|FROC"),
    (None, r"(?:(?:intra|inter)[- ]?(?:day|assay|batch|run)(?:,? and |/| ))+precisions?|analytical precision|recoveries(?: (?:values?|rates?))?|recovery (?:values?|rates?)|(?:content|construct|criterion|face)[- ]validity(?: ind\w+)?(?: values?)?"),
    ("auprc", (rf"{_UNDER}[- ](?:precision[- ]recall|recall[- ]precision|PRC?)(?:[- ]curves?)?|precision[- ]recall(?:[- ]curves?)?[- ](?:AUCs?|areas?)"
              r"|PRC?: AUCs?|(?:AU-?PRC?|PR-?AUC|AUC-?PRC?|AUCPR|AUPR)s?|(?:mean )?average precisions?(?!,? (?:and )?(?:average|mean) (?:recall|sens|F1|accura))|mAPs?(?:[@_-]?\d[\d.:]*(?:-\d[\d.]*)?| 0?\.\d+(?=\s(?:of|=)))?")),
    ("auc", (rf"{_UNDER}{_CURVE}+(?: \((?:ROC|AUC)\)(?: curves?)?)?|(?:cv|m|w|i|p)?(?:AUROCC?|AUC-?ROC|ROC-?AUC|AU-ROC|AROC|AUCs?)s?(?:-ROC)?"
            r"|c[- ]?statistics?|c-?stats?|(?:receiver[- ]operat\w+[- ]characteristics?|ROC)(?:[- ]curves?)?(?: \(ROC\))?(?:[- ](?:scores?|values?|areas?|curves?))?")),
    (None, r"concordance[- ]correlations?(?: coefficients?)?|lin's concordance|CCCs?"),
    ("c_index", r"(?:concordance|c)[- ]?ind(?:exes|ex|ices)|harrell'?s? (?:c|concordance)(?:[- ](?:index|statistics?))?|concordance[- ]statistics?"),
    ("balanced_accuracy", r"balanced? (?:\w+ ){0,2}accurac(?:y|ies)|unweighted average recalls?"),
    ("error_rate", r"(?:classification |prediction |diagnostic |equal |mean |average |test |word |character )?error[- ]rates?|misclassification(?: rates?| errors?)?|misdiagnos[ei]s(?: rates?)?|classification errors?"),
    ("accuracy", (r"accurac(?:y|ies)|correct(?:ly)? (?:classification|prediction|identification|diagnos[ie]s|recognition|discrimination|detection)s?(?: rates?)?"
                 r"|(?:correctly|successfully) (?:classif|predict|identif|diagnos|recogni|detect|distinguish|discriminat|label|categori|assign|rank|locat)\w*"
                 r"|correct \w+ (?:was|were) (?:selected|chosen|identified|found|predicted|returned)|correct (?:responses?|answers?|outputs?|diagnoses|classifications?|predictions?)|(?:classification|recognition|identification|overall success|success|prediction) rates?|(?<=% )acc\b|top-\d+(?=,? (?:and|or|/|vs\.?|versus|on) )|concordant|concordance(?: rates?)?(?![- ](?:correlation|ind|stat|prob|coeff))|(?:(?:overall|diagnostic|strong|percent(?:age)?) )?agreement(?: rates?)?|accurately|accurate|correctly")),
    ("sensitivity", r"sensitivit(?:y|ies)(?![- ](?:anal|level))|(?<=% )sensitive\b|(?<=% )sen\b|(?:(?:top-\d+|mean|average) )?recalls?(?:[@-]\d+)?(?![- ]bias)|R@\d+|hits?@\d+|true[- ]positive (?:rates?|fractions?)|TPRs?|hit rates?|(?:cancer |lesion |polyp |adenoma )?detection rates?|positive percent(?:age)? agreement"),
    ("specificity", r"specificit(?:y|ies)|(?<=% )specific\b|(?<=% )spec?\b|true[- ]negative (?:rates?|fractions?)|TNRs?|negative percent(?:age)? agreement"),
    ("precision", (r"positive(?=(?: predictive)?(?:,? and | ?/ ?|,? or |, )negative predict)|positive(?= ?\(PPV\),? and negative)|(?:precisions?|prec)@\d+|precisions?(?![- ](?:medicine|oncology|psychiatry|health|agriculture|nutrition|therap|treatment|public|surgery|care|recall))"
                  r"|positive productivity|positive predict(?:ive|ed|ion|ivity)(?: (?:values?|powers?|rates?))?|predictive positive values?|PPVs?")),
    ("npv", r"negative predict(?:ive|ed|ion|ivity)(?: (?:values?|powers?|rates?))?|predictive negative values?|NPVs?|NVP(?= (?:values?|of|was|were)\b)"),
    ("f1", rf"(?:m|(?-i:[A-Z][a-zA-Z]{{2,9}})(?=F1)|macro[- ]|micro[- ]|weighted[- ])?F[- _]?1(?:@\d+)?(?:[- _](?:macro|micro|weighted))?{_TAIL}|F[- ](?:scores?|measures?|values?)|F(?:2|0\.5)(?:[- ]scores?)|F-?β{_TAIL}"),
    ("dice", rf"(?:Sørensen[- ]|m|s|cl)?dice{_TAIL}(?! loss)|DSCs?|Sørensen[- ]{_TAIL}"),
    ("iou", rf"m?IoUs?|intersection[- ]over[- ]union|jaccard{_TAIL}"),
    ("kappa", rf"(?:cohen'?s? |quadratic[- ]weighted |weighted )?kappas?{_TAIL}|QWK|κ"),
    ("mcc", r"MCCs?|matthews?'?s? correlations?(?: coefficients?)?(?:-MCC)?"),
    ("other", (r"consistency(?: rates?)?|false[- ](?:positive|negative|alarm|discovery|rejection|acceptance)(?: error)?[- ]rates?|FPRs?|FNRs?|FDR|brier[- ]scores?|brier|youden(?:'?s)?(?:[- ](?:index|indices|j(?:[- ]index|[- ]statistic)?))?"
              r"|net reclassification(?: \w+)?|NRI|IDI|g-?means?|geometric means?(?= of (?:the )?(?:sens|spec|recall|both))|SSIM|BLEU(?:[- ]?\d(?:\s?-{1,2}\s?\d)?(?![\d.]))?|ROUGE(?:-\w+)?|METEOR|CIDEr|BERT-?Score|BERT-?F1|(?:expected )?calibration errors?|ECE|MRR|pass[@^]\d+|pass(?:ing)? rates?|hallucination rates?|win[- ]rates?|exact[- ]match(?:es)?(?: \(EM\))?(?![- ]accura)|(?:panoptic|detection|segmentation) quality|(?:caption(?:ing)?|retrieval|generation|summari[sz]ation|translation|reasoning|benchmark|leaderboard|challenge|faithfulness|factuality|grounding) scores?|(?:MOT|HOT)A|IDF1|normali[sz]ed surface (?:distances?|dice)(?: \(NSD\))?|NSD|MS-SSIM|chrF(?:\+\+)?|CLIP[- ]?Scores?|TM-?scores?|p?LDDT|GDT(?:[-_]TS)?|(?:adjusted )?rand ind(?:ex|ices)|ARI|NMI|normali[sz]ed mutual information|mean reciprocal ranks?|n?DCG(?:@\d+)?"
              r"|structural similarity(?: ind(?:ex|ices))?|true positives")),
    (None, (r"positive(?=,? and negative likelihood)|(?<!± )standard (?:deviations?|errors?)(?= (?:of|was|were) )|R\^?2|spatial (?:precision|accuracy)|confidence scores?|(?:model|prediction|mean) confidence(?! interval)|(?:adjusted )?R- ?squared?|R²|coefficients? of (?:determination|variation)|(?:pearson|spearman|kendall)(?:['’]?s)?(?:[- ](?:rank|tau|rho|r))*(?:[- ]correlations?)?(?: coefficients?)?|correlations?(?: coefficients?)?"
           r"|(?:median|average)[- ]absolute(?:[- ]percentage)?[- ]errors?|(?:root[- ])?mean[- ](?:square[ds]?|absolute)(?:[- ]percentage)?[- ](?:errors?|deviations?)(?: of prediction)?|NRMSE|N?RMSEs?|RMSE[CPV]+|N?MAEs?|MAPE|N?MSEs?|rmse|average errors?|prediction errors?"
           r"|(?:diagnostic |positive |negative )?(?:odds|hazard|risk|likelihood)[- ]ratios?|PLRs?|NLRs?|DORs?|LR[+-]|relative risks?|ICCs?|intraclass \w+(?: \w+)?|PSNRs?|LPIPS|NIQE|FIDs?|KIDs?|FVD|hausdorff(?: distances?)?|HD95|A?SSD|ASDs?|surface distances?|VOE|volume overlap errors?|volume errors?"
           r"|(?:calibration )?(?:slopes?|intercepts?)|goodness of fit|(?:huber |cross-entropy |average |test |validation )loss|loss(?:es)?(?= of)|perplexity(?= (?:of|was|is|=|\())|silhouette(?: \w+)?|variance explained|explained variance|heritabilit(?:y|ies)"
           r"|(?:incidence|prevalence|mortality|survival|complication|response|recurrence|infection|participation|remission|readmission|event|adoption|consumption|conversion|relapse|failure|attack success|learning|heart|death|follow-up|completion|positivity) rates?")),
)  # fmt: skip
_ANY = re.compile(
    r"(?<![A-Za-z0-9])(?:" + "|".join(f"(?P<m{i}>{pattern})" for i, (_, pattern) in enumerate(_NAMES)) + r")(?![A-Za-z])", re.IGNORECASE
)
# Abbreviations that are words, or other things, unless in capitals or before a value.
_SHORT: tuple[tuple[str, str], ...] = (
    ("accuracy", r"ACCs?(?!\.)|Acc(?=[@.]|\s*[=:(])|OA(?=\s*[=:,(]|\s+of\b)"),
    ("balanced_accuracy", r"b-?ACCs?|BACs?|BACCs?|BAcc|B-ACC|BA(?=\s*[=:(]|\s+of\b)|UARs?"),
    (
        "sensitivity",
        r"SENS?|Sn(?=\s*[=:/(]|\s+of\b)|Sens|Sen|SE(?=\s*[=:(][^;]{0,40}\bS[Pp]\b)|Se(?=\s*[=:,(]|\s+of\b)|PPA(?=\s*[=:,(]|\s+of\b)",
    ),
    ("specificity", r"SPEC?|Spec|Spe|S[Pp](?=\s*[=:,(]|\s+(?:of|were)\b)|NPA(?=\s*[=:,(]|\s+of\b)"),
    ("auprc", r"AP(?:@?\d[\d.:]*)?(?=\s*[=:(]|\s+of\b)|APS(?=\s*=)|AP(?=_)|(?<=% )AP|(?<=%  )AP|(?<=%   )AP|(?<=% in )AP"),
    ("auc", r"C(?=\s*=\s*0?\.\d)"),
    ("error_rate", r"EERs?"),
)
_CAPITALS = re.compile(r"\b(?:" + "|".join(f"(?P<s{i}>{pattern})" for i, (_, pattern) in enumerate(_SHORT)) + r")(?![A-Za-z])")
_MAP_VALUE = re.compile(r"\s?(?:of|=|:|@\d+)\s?0?\.\d")  # else the mean arterial pressure
_FIBROSIS = re.compile(r"\bF[0234]\b|fibrosis")  # else a stage
_DETECTS = re.compile(r"detect|segment|mAP|\bbox|COCO|average precision|IoU|object|instance|Dice|DSC|benchmark", re.IGNORECASE)
# Names that the pattern above also finds in lower case, where they are words.
_NEVER_LOWER = {"plr", "nlr", "dor", "dors", "map", "maps", "idi", "nri", "ece", "meteor", "aroc", "icc", "iccs", "ssd", "assd", "wer", "cer", "asd", "asds", "fid", "fids", "mse", "mrr", "ari", "nmi", "nsd", "cider", "bleu", "fdr", "pr", "brier"}  # fmt: skip
_WEAK = re.compile(
    r"consistency|accurate|correct|concordan|success|identification|recognition|detection|hit|prediction|true positives", re.IGNORECASE
)
_SAME = re.compile(r"[\s(\[,:-]*(?:the |of |or |curves?|values?|scores?|, or |i\.e\.,? |respectively)*[\s(\[]*")
_CONTINUES = re.compile(
    r"\s*(?:\([^()\d]{0,40}\)|\[[^\]\d]{0,40}\])?\s*\)?(?:scores?|values?|rates?)?(?:,\s*and|,\s*or|,|/|\band\b|\bor\b|&|as well as|\+|-|,?\s*and the|,?\s*plus)?\s*"
    r"(?:the |an? |as well as |mean |average |overall |its |their |diagnostic |classification |prediction |test |macro |micro |weighted |corresponding |and |best )*\s*\(?"
)
# ``, AVD of 5.29 and LF1 of 0.70``: scores of names that we do not know.
_UNKNOWN = re.compile(
    r"(?:[,;(]\s|\band |\bwith |\ban? )(?P<name>[A-Z][A-Z0-9-]{1,6}s?) of (?=(?:0|1\.0|(?P<high>\d{1,3}))?(?:\.\d+)?(?P<sign>\s?%)?)(?=[\d.])"
)
_NO_SCORES = {"OR", "HR", "RR", "SD", "SE", "IQR", "CI", "BMI", "CV", "MD", "SMD", "DOR", "PLR", "NLR", "ICC"}
_AGREES = re.compile(r".*(?:agreement|consistency|concordance)", re.IGNORECASE)
_MACHINE = re.compile(
    r"predict|model|method|approach|framework|pipeline|algorithm|automat|\bAI\b|software|deep|classif|network|machine|LLM|GPT|agent|system",
    re.IGNORECASE,
)
_STRANGER = re.compile(r"(?: \([^()\d]{1,20}\))?, (?P<name>[a-z]{4,16})(?:, and |, | and )")
_NO_NAMES = {
    "however",
    "although",
    "while",
    "whereas",
    "achieving",
    "including",
    "showing",
    "reaching",
    "yielding",
    "then",
    "with",
    "which",
    "respectively",
    "both",
    "where",
    "namely",
    "thus",
    "having",
    "such",
}
_HUMANS_AGREE = re.compile(
    r"(?:inter|intra)[- ]?(?:observer|reader|rater|annotator|operator|examiner|expert|reviewer|grader|coder|pathologist|radiologist)|fleiss|\braters (?:were|agreed|had)|between (?:the )?(?:two |three |third |first |second |other )?(?:raters?|observers?|readers?|annotators?|reviewers?|graders?|coders?)\b",
    re.IGNORECASE,
)


# ``inter-rater reliability between the algorithm and the panel``
_WITH_MACHINE = re.compile(
    r"\bbetween (?:[\w-]+ ){0,4}?(?:models?|algorithms?|AI|software|classifiers?|networks?|systems?|tools?|LLMs?|(?:Chat)?GPT\S*|automat\w+|predict\w+|tree|machine)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One metric as the sentence names it (the name and its abbreviation in brackets are one mention).

    ``metric`` is None for a quantity that is no performance (R², RMSE, a correlation): its values are none either.
    ``weak`` names count only where the number stands beside them.
    """

    start: int
    end: int
    metric: str | None
    weak: bool = False


def _names_metric(text: str, match: re.Match[str]) -> bool:
    """Whether what is spelt as a name is one, and no word, blood pressure or stage of fibrosis."""
    word = match.group()
    if word in _NEVER_LOWER or word == "DiCE":
        return False
    if word == "MAP":
        return _MAP_VALUE.match(text, match.end()) is not None
    return word != "F1" or _FIBROSIS.search(text) is None


def find_metrics(text: str, coined: dict[str, str] | None = None) -> list[Mention]:
    """Return the quantities that a sentence names, in order; ``coined`` are abbreviations that the document introduced."""
    found: list[Mention] = []
    for match in _ANY.finditer(text):
        if _names_metric(text, match):
            metric = _NAMES[int(str(match.lastgroup)[1:])][0]
            found.append(Mention(match.start(), match.end(), metric, metric != "c_index" and bool(_WEAK.match(match.group()))))
    taken = [(m.start, m.end) for m in found]
    found += [
        Mention(m.start(), m.end(), _SHORT[int(str(m.lastgroup)[1:])][0])
        for m in _CAPITALS.finditer(text)
        if not any(a < m.end() and m.start() < b for a, b in taken)
        and (m.group() != "AP" or text[m.end() : m.end() + 1] == "_" or _DETECTS.search(text))
    ]
    for name, metric in (coined or {}).items():
        found += [Mention(m.start(), m.end(), metric) for m in re.finditer(rf"\b{re.escape(name)}s?\b", text)
                  if not any(a < m.end() and m.start() < b for a, b in taken)]  # fmt: skip
    taken = [(m.start, m.end) for m in found]
    for match in _UNKNOWN.finditer(text):
        if match["name"] not in _NO_SCORES and not any(a < match.end("name") and match.start("name") < b for a, b in taken):
            found.append(
                Mention(match.start("name"), match.end("name"), None if match["high"] and not match["sign"] else _kind_of(match["name"]))
            )
    found.sort(key=lambda f: f.start)
    if _HUMANS_AGREE.search(text):
        found = [
            Mention(f.start, f.end, None, f.weak)
            if f.metric in {"kappa", "dice"}
            and _HUMANS_AGREE.search(text, max(0, f.start - 120), _name_ends(text, f.end))
            and not _WITH_MACHINE.search(text, max(0, f.start - 160), f.end + 80)
            else f
            for f in found
        ]
    if not _MACHINE.search(text) or any(f.metric is None and "orrelation" in text[f.start : f.end] for f in found):
        found = [
            Mention(f.start, f.end, None if f.metric in {"accuracy", "other"} and _AGREES.match(text, f.start, f.end) else f.metric, f.weak)
            for f in found
        ]
    if _PROCEDURE.search(text):
        found = [Mention(f.start, f.end, None if "uccess" in text[f.start : f.end] else f.metric, f.weak) for f in found]
    return _merged(text, found)


# What succeeds there is a treatment, not a prediction.
_PROCEDURE = re.compile(
    r"\b(?:biops|procedur|surg|treatment|intubat|extubat|implant|cannulat|punctur|techni|anatomical|clinical success|repair|complication|recanali|operation|ablation|closure|pregnan)",
    re.IGNORECASE,
)


def _name_ends(text: str, end: int) -> int:
    """Return where the words behind a name end that may say whose it is: at the next number, or 50 characters on."""
    number = _DIGIT.search(text, end, end + 50)
    return number.start() if number else end + 50


_DIGIT = re.compile(r"\d")
_INTRODUCED = re.compile(r"\((?P<abbreviation>[A-Z][A-Za-z]{1,5})s?\)")


def coined_names(text: str) -> dict[str, str]:
    """Return the abbreviations that a document introduces behind a metric's name: ``overall accuracy (OA)``.

    Examples
    --------
    >>> coined_names("the classification success rate (CSR) and the area under the curve (AUC)")
    {'CSR': 'accuracy'}
    """
    names: dict[str, str] = {}
    for match in _INTRODUCED.finditer(text):
        word = match["abbreviation"]
        if _ANY.fullmatch(word):
            continue
        before = text[max(0, match.start() - 60) : match.start()].rstrip()
        last = next(iter(reversed(list(_ANY.finditer(before)))), None)
        # The letters must come from the name: ``accuracy (SVM)`` introduces no metric.
        if last is not None and last.end() == len(before) and _spells(word, before):
            metric = _NAMES[int(str(last.lastgroup)[1:])][0]
            if metric is not None:
                names[word] = metric
    return names


def _spells(word: str, before: str) -> bool:
    """Whether the letters of an abbreviation stand in this order in the words before it, the first at a word's beginning."""
    words, letters = before.lower(), [c.lower() for c in word if c.isupper()]
    starts = [m.start() for m in re.finditer(rf"\b{letters[0]}", words)]
    return any(_in_order(letters, words[start:]) for start in starts[-3:])


def _in_order(letters: list[str], words: str) -> bool:
    rest = iter(words)
    return all(letter in rest for letter in letters)


def _kind_of(name: str) -> str:
    """Return the metric that an abbreviation we do not know is likely to be a kind of."""
    return next((metric for part, metric in _PARTS if part in name.upper()), "other")


_PARTS = (
    ("AURO", "auc"),
    ("AUC", "auc"),
    ("ROC", "auc"),
    ("AUPR", "auprc"),
    ("ACC", "accuracy"),
    ("F1", "f1"),
    ("DICE", "dice"),
    ("DSC", "dice"),
    ("IOU", "iou"),
    ("SEN", "sensitivity"),
    ("SPE", "specificity"),
)


def _merged(text: str, found: list[Mention]) -> list[Mention]:
    merged: list[Mention] = []
    for mention in found:
        if merged and merged[-1].metric == mention.metric and _SAME.fullmatch(text, merged[-1].end, mention.start):
            merged[-1] = Mention(merged[-1].start, mention.end, mention.metric, merged[-1].weak and mention.weak)
        elif merged and mention.start < merged[-1].end:
            continue
        else:
            merged.append(mention)
    return merged


def groups(text: str, mentions: list[Mention]) -> list[list[Mention]]:
    """Return mentions in groups: ``accuracy, precision and recall`` is one group of three."""
    found: list[list[Mention]] = []
    for mention in mentions:
        gap = text[found[-1][-1].end : mention.start] if found else ""
        if found and (strange := _STRANGER.fullmatch(gap)) and strange["name"] not in _NO_NAMES:
            # ``precision, efficiency, and AUC``: a name we do not know keeps its place in the list.
            at = found[-1][-1].end + strange.start("name")
            found[-1] += [Mention(at, at + len(strange["name"]), "other"), mention]
            continue
        # ``prediction accuracy (AUC = 0.75)``: what a bracket names stands alone.
        unmarked = gap.isspace() and len(found[-1]) > 1  # ``sensitivity, PPV, NPV LR+ and LR-``: a comma left out
        if found and not gap.rstrip().endswith("(") and (gap.strip() or unmarked) and _CONTINUES.fullmatch(gap):
            found[-1].append(mention)
        else:
            found.append([mention])
    return found
