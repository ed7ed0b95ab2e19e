"""What people got right in a task of theirs is no prediction: ``Participants performed the memory task with an accuracy of 95%``."""

from __future__ import annotations

import re

_PEOPLE = r"(?:participants?|subjects?|volunteers|observers|children|adolescents|adults|students|listeners|infants|players|individuals|patients|controls|groups?|monkeys|animals|mice|rats|musicians|speakers|readers of \w+)"
_TASK = r"(?:tasks?|trials?|n-back|\d-back|go/no-?go|stroop|flanker|memory|stimul\w+|responses?|catch trials|questions|judge?ments?|button|recognition test|quiz|items|maze|lever)"
# In a task: who does it, and that it is done.
_DID = re.compile(
    rf"\b{_PEOPLE}\b[^.;]{{0,60}}\b(?:perform\w*|respond\w*|answer\w*|complet\w*|recall\w*|recogni[sz]ed|remember\w*|judg\w+|solved|practi[sc]ed|learn(?:ed|t)|were|had|made|show\w*|achiev\w*|reach\w*|did|carried out)\b"
    rf"[^.;]{{0,80}}\b{_TASK}\b|\b{_TASK}\b[^.;]{{0,60}}\b(?:by|of|for) (?:the |all |both |each )?(?:\w+ )?{_PEOPLE}\b",
    re.IGNORECASE,
)
_BEHAVIOUR = re.compile(
    r"\b(?:behaviou?ral (?:accurac\w+|performance|data|results|responses)|response accurac\w+|accurac\w+ of (?:the )?responses|task (?:accurac\w+|performance)|performance (?:on|in|of) the (?:[\w-]+ ){0,3}tasks?"
    r"|(?:mean|median|average)?\s?(?:reaction|response) times?|RTs?\b|percent(?:age)? (?:of )?correct (?:responses|answers|trials)|(?:detection|hit) of (?:targets|catch trials)|hit rates?[^;]{0,120}false alarms?|button press\w*|attention checks?|practi[sc]e (?:session|trials))",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"classif|decod|predict|\bmodels?\b|network|algorithm|\bSVM\b|machine|deep learning|detector|segment|\bAUC|\bROC\b|diagnos|\bAI\b|automat|comput|regression|\bLLM|GPT|search light|searchlight|multivariate|MVPA|software|screening|biomarker|questionnaire|\btests?\b(?! phase)",
    re.IGNORECASE,
)
_METRICS = frozenset({"accuracy", "sensitivity", "error_rate", "false_positive_rate", "false_negative_rate", "specificity"})


def is_of_people(text: str, metric: str | None) -> bool:
    """Whether a sentence tells how well people did, with no machine or test in it that could have done so."""
    return metric in _METRICS and _MACHINE.search(text) is None and (_DID.search(text) is not None or _BEHAVIOUR.search(text) is not None)
