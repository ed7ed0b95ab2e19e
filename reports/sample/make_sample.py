"""Write the demo's sample: some sixty INVENTED papers in the real wire formats (PubMed XML, arXiv Atom).

Every paper says that it is invented: in its title, its journal and its authors. PMIDs from 99,000,001 on, arXiv identifiers of a month 99
and DOIs of the prefix 10.5555 (reserved for examples) belong to nobody.

    python reports/sample/make_sample.py
"""

from __future__ import annotations

import math
import random
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
TASKS = {
    "AD vs HC": ("Alzheimer's disease patients and healthy controls", "AD", "healthy controls", 0.93),
    "pMCI vs sMCI": ("progressive and stable mild cognitive impairment", "pMCI", "sMCI", 0.80),
    "MCI vs HC": ("mild cognitive impairment and healthy controls", "MCI", "healthy controls", 0.83),
    "MCI vs AD": ("mild cognitive impairment and Alzheimer's disease", "MCI", "AD", 0.82),
}
METHODS = ("convolutional neural network", "support vector machine", "random forest", "vision transformer", "logistic regression")
MODALITIES = ("structural MRI", "FDG-PET", "T1-weighted MRI", "resting-state fMRI", "amyloid PET")
SETS = ("ADNI", "OASIS", "AIBL")
PARTS = (
    "hippocampal shape",
    "cortical thickness",
    "grey-matter maps",
    "network features",
    "multi-scale patches",
    "texture",
    "atrophy scores",
)


def percent(x: float) -> str:
    return f"{100 * x:.1f}%"


class Writer:
    """Draws invented results in which accuracy falls as samples grow, as the paper found."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def accuracy(self, task: str, n: int, year: int) -> float:
        mean = TASKS[task][3] - 0.045 * (math.log10(n) - 2.3) + 0.004 * (year - 2017)
        return min(0.99, max(0.55, self.random.gauss(mean, 0.5 * math.sqrt(mean * (1 - mean) / n) + 0.018)))

    def paper(self, i: int) -> dict[str, str | int]:
        rng = self.random
        task = list(TASKS)[i % 4] if i % 3 else "AD vs HC"
        year = rng.randint(2012, 2024)
        n = round(10 ** rng.uniform(1.6, 3.3))
        acc = self.accuracy(task, n, year)
        facts = {
            "words": TASKS[task][0],
            "a": TASKS[task][1],
            "b": TASKS[task][2],
            "n": n,
            "na": n // 2,
            "nb": n - n // 2,
            "test": max(20, n // 4),
            "train": n - max(20, n // 4),
            "acc": percent(acc),
            "accf": f"{acc:.2f}",
            "base": percent(acc - 0.061),
            "sens": percent(acc - 0.013),
            "spec": percent(acc + 0.009),
            "auc": f"{min(0.995, acc + 0.034):.3f}",
            "lo": f"{max(0.5, acc - 0.02):.2f}",
            "hi": f"{min(0.99, acc + 0.07):.2f}",
            "f1": f"{acc - 0.004:.2f}",
            "sd": f"{rng.uniform(0.8, 3.2):.1f}",
            "k": rng.choice((5, 10)),
            "method": rng.choice(METHODS),
            "modality": rng.choice(MODALITIES),
            "set": rng.choice(SETS),
            "part": rng.choice(PARTS),
            "task": task,
            "year": year,
        }
        facts["title"] = (
            f"[Invented] {facts['part'].capitalize()} from {facts['modality']} for {task} with a {facts['method']} (demo paper {i + 1})"
        )
        facts["abstract"] = ABSTRACTS[i % len(ABSTRACTS)].format(**facts)
        return facts


# Each form that the rules read stands in one of these at least.
ABSTRACTS = (
    "Distinguishing {words} early matters. We studied {n} participants ({na} {a} and {nb} {b}) from {set}. A {method} trained on {modality} "
    "reached an accuracy of {acc} (sensitivity {sens}, specificity {spec}) for {task} in {k}-fold cross-validation.",
    "We propose a {method} that reads {modality}. In total, {n} subjects of the {set} cohort were included. For {task} classification the "
    "proposed model achieved {acc} accuracy and an AUC of {auc} (95% CI {lo}-{hi}), compared with {base} for a support vector machine baseline.",
    "BACKGROUND: Machine learning may separate {words}. METHODS: {modality} of {train} training subjects and {test} test subjects was analysed. "
    "RESULTS: On the test set, accuracy was {acc} for {task}, with sensitivity and specificity of {sens} and {spec}, respectively. "
    "CONCLUSIONS: These figures are invented.",
    "A cohort of patients (n = {n}) underwent {modality}. Using {part} and leave-one-out cross-validation, our {method} classified {task} with "
    "an accuracy of {acc} ± {sd}%. The F1-score was {f1}.",
    "This study included {na} patients with {a} and {nb} {b}. The {method} improved the accuracy of {task} classification from {base} to {acc}. "
    "Results were confirmed by {k}-fold cross-validation on {set}.",
    "Data of {n} participants were split into a training set (n={train}) and an independent test set (n={test}). The {method} obtained an AUC = "
    "{auc} and accuracy = {acc} in {task} on the test set. A human reader had {base} accuracy.",
)
EXTRA_ABSTRACTS = (
    (
        "[Invented] Dice of hippocampus segmentation on T1-weighted MRI",
        "We segmented the hippocampus in 210 MRI scans of 105 patients. The mean Dice coefficient was 0.89 ± 0.03, against 0.84 of FreeSurfer.",
    ),
    (
        "[Invented] Chest radiographs and a deep network",
        "A network trained on 1,234 chest radiographs from 876 patients detected pneumonia with a sensitivity/specificity of 91%/87% on an "
        "external validation set of 312 radiographs; the radiologists reached a sensitivity of 88%.",
    ),
    (
        "[Invented] A review of invented classifiers",
        "Twelve studies with a total of two thousand four hundred and five participants were included. Pooled sensitivity was 0.86 (95% CI "
        "0.81 to 0.90) and pooled specificity was 0.83 (0.78-0.87).",
    ),
    (
        "[Invented] A protocol without results",
        "We will recruit 300 participants over three years and shall report the accuracy of a classifier when the trial has ended.",
    ),
    ("[Invented] A letter without an abstract", ""),
    (
        "[Invented] Dementia in the world",
        "Dementia affects some 55 million people. We discuss what a prediction would be worth, and report no experiment of our own.",
    ),
)


def pubmed_record(number: int, paper: dict, *, doi: str, retracted: bool = False) -> str:
    sections = "".join(f"<AbstractText>{escape(str(paper['abstract']), quote=False)}</AbstractText>" if paper["abstract"] else "")
    abstract = f"<Abstract>{sections}</Abstract>" if sections else ""
    kind = '<PublicationType UI="D016441">Retracted Publication</PublicationType>' if retracted else ""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{99000001 + number}</PMID>'
        f'<Article PubModel="Print"><Journal><ISSN IssnType="Print">0000-0000</ISSN><JournalIssue CitedMedium="Print"><Volume>1</Volume><PubDate>'
        f"<Year>{paper['year']}</Year><Month>Mar</Month></PubDate></JournalIssue><Title>Journal of Invented Results</Title>"
        f"<ISOAbbreviation>J Invented Results</ISOAbbreviation></Journal><ArticleTitle>{escape(str(paper['title']), quote=False)}</ArticleTitle>"
        f'<ELocationID EIdType="doi" ValidYN="Y">{doi}</ELocationID>{abstract}'
        f'<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Invented</LastName><ForeName>Ada {number + 1}</ForeName><Initials>A</Initials></Author>'
        f'</AuthorList><Language>eng</Language><PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType>{kind}'
        f'</PublicationTypeList></Article></MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">{99000001 + number}</ArticleId>'
        f'<ArticleId IdType="doi">{doi}</ArticleId></ArticleIdList></PubmedData></PubmedArticle>\n'
    )


def atom_entry(number: int, paper: dict, *, doi: str | None = None, comment: str | None = None) -> str:
    identifier = f"9999.{number + 1:05d}v1"
    more = f"<arxiv:doi>{doi}</arxiv:doi>" if doi else ""
    more += f"<arxiv:comment>{escape(comment)}</arxiv:comment>" if comment else ""
    return (
        f"<entry><id>http://arxiv.org/abs/{identifier}</id><title>{escape(str(paper['title']), quote=False)}</title>"
        f"<updated>{paper['year']}-05-02T00:00:00Z</updated><published>{paper['year']}-05-02T00:00:00Z</published>"
        f"<summary>{escape(str(paper['abstract']), quote=False)}</summary><author><name>Ada Invented</name></author>{more}"
        f'<link href="http://arxiv.org/abs/{identifier}" rel="alternate" type="text/html"/>'
        f'<arxiv:primary_category term="eess.IV" scheme="http://arxiv.org/schemas/atom"/><category term="eess.IV" scheme="http://arxiv.org/schemas/atom"/>'
        "</entry>\n"
    )


def main() -> None:
    writer = Writer(20220412)
    papers = [writer.paper(i) for i in range(52)]
    others = [{"title": t, "abstract": a, "year": 2015 + i} for i, (t, a) in enumerate(EXTRA_ABSTRACTS)]
    doi = "10.5555/invented.{}".format
    pubmed = [pubmed_record(i, p, doi=doi(i)) for i, p in enumerate(papers[:36])]
    pubmed += [pubmed_record(36 + i, p, doi=doi(36 + i)) for i, p in enumerate(others)]
    retracted = {**papers[3], "title": str(papers[3]["title"]).replace("(demo", "(retracted demo")}
    pubmed.append(pubmed_record(60, retracted, doi=doi(60), retracted=True))
    arxiv = [atom_entry(i, {**p, "abstract": str(p["abstract"]).replace("%", r"\%")}) for i, p in enumerate(papers[36:])]
    arxiv.append(atom_entry(20, papers[0], doi=doi(0), comment="Preprint of the first demo paper"))
    arxiv.append(
        atom_entry(21, {**papers[40], "abstract": "This paper has been withdrawn by its author."}, comment="This paper has been withdrawn")
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    note = "<!-- Invented papers for the demo; made by reports/sample/make_sample.py. None of them exists. -->\n"
    (HERE / "pubmed.xml").write_text(f"{head}{note}<PubmedArticleSet>\n{''.join(pubmed)}</PubmedArticleSet>\n", encoding="utf-8")
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"><id>invented</id><title>Invented papers for the demo</title><updated>2024-12-31T00:00:00Z</updated><opensearch:totalResults>{len(arxiv)}</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex><opensearch:itemsPerPage>{len(arxiv)}</opensearch:itemsPerPage>\n'
    (HERE / "arxiv.atom").write_text(f"{head}{note}{feed}{''.join(arxiv)}</feed>\n", encoding="utf-8")
    print(len(pubmed), "PubMed records,", len(arxiv), "arXiv entries")


if __name__ == "__main__":
    main()
