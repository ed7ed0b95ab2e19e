"""What a study is set against: the words for unaided people, other methods and earlier work."""

from __future__ import annotations

import re

HUMAN = (
    r"radiologists?|clinicians?|physicians?|doctors?|dermatologists?|pathologists?|ophthalmologists?|experts?|humans|human (?:readers?|experts?|performance|votes?|raters?|annotators?|observers?|subjects?|participants?|players?|users?|coders?|baseline|evaluators?|level)|readers?|surgeons?|cardiologists?|endoscopists?|nurses?|residents?|sonographers?|observers?|neurologists?|"
    r"psychiatrists?|practitioners?|specialists?|graders?|dentists?|oncologists?|urologists?|gastroenterologists?|hepatologists?|raters?|technicians?|p(?:a)?ediatricians?|trainees|novices|beginners|veterans|professionals|scientists"
)
METHOD = r"(?:methods?|models?|approach(?:es)?|studies|study|work|works|algorithms?|techniques?|systems?|scores?|tools?|classifiers?|results?|bests?|regressions?|networks?|baselines?|rules?|criteria|pipelines?|frameworks?|reports?|literature|state|risk|features?|measures?|markers?|biomarkers?|nomograms?|statistical|machine|ML|deep|supervised)"
BASE = (
    rf"(?:\d+|two|three|four|other|the) compared (?:[\w-]+ ){{0,3}}{METHOD}\b|baselines\b|baseline(?! (?:(?-i:[A-Z][a-z]?[A-Z]\w*\d)|serum|plasma|glucose|status|cognit|function|characteristic|data|MRI|feature|clinical|variable|and|CT|visit|value|demographic|patient|participant|age\b|scan|imag|laborator|blood|level|assess|measure|severity|symptom|question|EEG|covariate|predictor|factor|information|exam))|(?:conventional|traditional|existing|previous|prior|earlier|previously (?:reported|published|described|proposed|developed)|competing|(?<!the )current|published|classic(?:al)?|other|second[- ]best|best[- ]reported|vanilla|naive(?! bayes)) (?:[\w-]+ ){{0,3}}{METHOD}\b"
    r"|(?<![a-z] )the (?:current|existing|previous) state[- ]of[- ]the[- ]art|the state of the art (?:on [\w -]{3,40} )?(?:is|was)\b|state[- ]of[- ]the[- ]art(?! (?:performance|results?|accurac|AUC|segmentation|F1|Dice|scores?|in\b|on\b|for\b|[\d~≈$]))|SOTA(?! (?:performance|results?|accurac))|competitors?|routine (?:care|practice)|(?:manual|visual) (?:assessment|inspection|reading|scoring|interpretation|review)|"
    r"without (?:the )?(?:AI|assistance|aid|augmentation|deep)\b|unaided|unassisted|\bpoorly\b|commercial (?:\w+ ){0,2}(?:models?|tools?|systems?|solutions?)|random (?:guess\w*|chance|performance)|clinician reference|(?:in|by) comparison(?=,)|so far|to date|(?<!above )(?<!than )chance(?! to\b)"
)
RIVAL_NAME = re.compile(rf"\b(?:{HUMAN}|{BASE})\b", re.IGNORECASE)
