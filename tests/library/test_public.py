"""What the library offers is documented, and says what is wrong with anything that it is handed."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import miner
from miner import library, meta, parts, rules, workspace
from miner.errors import MinerError
from miner.extract.frame import extract
from tests.conftest import ROOT

NAN, INF = float("nan"), float("inf")
NO_NUMBER = (-1, 0, NAN, INF, "nope", 1.5)
NO_NAME = ("no-such", "", 3)
NO_PATH = ("/no/such", 3, "a\0b")
NO_TEXT = ("", "  ", 3)

# What is refused, by parameter; where a function means something else by one, by both.
BAD: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("limit", "workers", "number"), NO_NUMBER),
    "timeout": (-1, 0, NAN, INF, "nope"),
    **dict.fromkeys(
        ("name", "form", "job", "engine", "start", "kind", "action", "source", "identifier", "paper_id", "word", "metric"), NO_NAME
    ),
    **dict.fromkeys(("path", "snapshot", "mapping", "gold"), NO_PATH),
    **dict.fromkeys(("reviewer", "words", "query"), NO_TEXT),
    **dict.fromkeys(("since", "until"), ("no-day", "2024-13-01", 3, date(2024, 1, 1))),
    **dict.fromkeys(("output", "figures"), ("/dev/null/file", 3)),
    "folder": ("/dev/null/file", 3),
    "rules": (["/no/such"], "/no/such", [3], 3),
    "folders": (["/no/such"], "/no/such", [3], 3),
    "texts": ("one text", [3], 3, None),
    "paths": ("/one/path", [3], 3, None),
    "files": (3, [3], None),
    "budget": (*tuple(parts.Budget(*spent) for spent in ((-1,), (0,), (NAN,), (None, -1.0), (None, NAN))), 3, {"requests": 3}),
    "years": ((NAN, None), (2020, 2019), ("2020", None), (-1, None), 3, "2019..2021", (2019,), None),
    "value": (NAN, INF, "nope"),
    "parameters": ({"no_such": 1}, 3, "x", [1]),
    "split": (["no-such"], "no-such"),
    "free": (["no-such"], "no-such"),
    "merge": (("no-such", "no-such"), "ab", ("one",)),
    "scheduler": ("tcp://no-such", 3),
    "shards": ("/no/such", 3),
    "ids": ("no-such",),
    "archive": NO_PATH,
    "before": NO_NAME,
    "now": (3,),
    "former": ("burn", 3),
    "Jobs.check name": ("no-such", 3),
    "Jobs.change text": ("", 3, "x = [", 'name = "x"'),
    "Jobs.new question": NO_TEXT,
    "Jobs.new queries": (3, {"no-such": "x"}, {"pubmed": ""}),
    "Jobs.new metrics": (["no-such"], "no-such", 3, [3]),
    "Jobs.new name": ("Not So", "", 3, "alzheimer-mri"),
    "Jobs.new schedule": ("no-cron", 3),
    "Jobs.new report": ("no-such", 3),
    "Reports.check name": (3,),
    "Reports.definition name": ("no-such", 3),
    "Reports.check job": (3, ""),
    "Reports.check output": (3,),
    "Reports.check snapshot": (3,),
    "Workspace.create path": ("/dev/null/place", 3),
    "Reviews.write_sheet path": ("/no/such/sheet.csv", 3),
    "Workspace.sql query": (*NO_TEXT, "DROP TABLE paper", "SELECT", "no-such"),
    "Workspace.select query": (*NO_TEXT, "DROP TABLE paper", "SELECT", "no-such"),
    "Workspace.export query": ("", "no-such", 3),
    "Workspace.harvest job": NO_TEXT,
    "Workspace.plan_harvest job": NO_TEXT,
    "Workspace.enrich job": NO_TEXT,
    "Workspace.import_files job": NO_TEXT,
    "Workspace.foresee_import job": NO_TEXT,
    "Workspace.add_user name": ("", "no/such", 3),
    "Workspace.add_user password": ("short", "", 3),
    "write_template name": ("No Name", "", 3),
    "write_template folder": ("/dev/null/rule", 3),
}
# What may be anything of its type: switches, notes, who listens, names that an empty workspace cannot know.
FREE = {
    "say", "replay", "again", "interactive", "note", "tables", "crontab", "dry_run", "once", "stop", "raw", "records", "samples", "width", "task", "origin", "also", "report", "lines", "trace", "ready",
    # objects of miner's own, and what is only described: a workspace that may be missing
    "self", "check_names words", "check_up path", "chosen rules", "extract_lines rules", "halves window", "read_whole most", "read_whole path",
    "run_examples rules", "score rules",
}  # fmt: skip
GOOD: dict[str, Any] = {
    "job": "alzheimer-mri", "source": "pubmed", "query": "sleep", "limit": 1, "files": "x.ris", "identifier": "no-such", "action": "accept", "reviewer": "ada",
    "archive": "no-such.tar.gz", "words": "sleep", "question": "Why?", "text": "x", "name": "metrics-used", "form": "ris", "paper_id": "no-such", "word": "include", "texts": ["A text."], "paths": [], "lines": [], "password": "three words of it",
}  # fmt: skip
OF_PLACE = {"Jobs": "jobs", "Reports": "reports", "Reviews": "reviews", "Schedule": "schedule"}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every public function and method, by name; methods still want their object."""
    for owner in (miner.Workspace, workspace.Jobs, workspace.Reports, workspace.Reviews, workspace.Schedule):
        for name, member in inspect.getmembers(owner, callable):
            if not name.startswith("_"):
                yield f"{owner.__name__}.{name}", member
    yield from {"extract": extract, "extract_file": miner.extract_file, "read_files": miner.read_files, "run_demo": miner.run_demo}.items()
    for module in (rules, parts):
        for name in module.__all__:
            if inspect.isfunction(found := getattr(module, name)):
                yield name, found
    yield "check_up", workspace.check_up


def cases() -> Iterator[tuple[str, str, Any]]:
    """Yield each parameter with each value that it must refuse."""
    for function, call in functions():
        for name, parameter in inspect.signature(call).parameters.items():
            if name in FREE or f"{function} {name}" in FREE or parameter.kind is parameter.VAR_KEYWORD:
                continue
            if f"{function} {name}" in BAD or name in BAD:  # what is in neither table fails below
                for value in BAD.get(f"{function} {name}", BAD.get(name, ())):
                    yield function, name, value
            else:
                yield function, name, "nowhere in BAD or FREE"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> miner.Workspace:
    return miner.Workspace.create(tmp_path_factory.mktemp("public") / "w")


@pytest.fixture(scope="module")
def loaded() -> rules.RuleSet:
    return rules.load_rules()


def used(call: Callable[..., Any], *several: Any, **given: Any) -> None:
    found = call(*several, **given)
    if inspect.isgenerator(found):
        list(found)


@pytest.mark.parametrize(("function", "name", "value"), list(cases()))
def test_a_bad_value_is_told(function: str, name: str, value: Any, place: miner.Workspace, loaded: rules.RuleSet, tmp_path: Path) -> None:
    call = dict(functions())[function]
    owner, _, method = function.rpartition(".")
    if owner and not inspect.ismethod(call):
        call = getattr(place if owner == "Workspace" else getattr(place, OF_PLACE[owner]), method)
    given: dict[str, Any] = {}
    several: tuple[Any, ...] = ()
    for other, parameter in inspect.signature(call).parameters.items():
        if other == name:
            if parameter.kind is parameter.VAR_POSITIONAL:
                several = (value,)
            else:
                given[other] = value
        elif parameter.default is parameter.empty and parameter.kind not in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}:
            given[other] = {"rules": loaded, "output": tmp_path / "out", "gold": tmp_path / "x", "path": tmp_path / "x"}.get(
                other, GOOD.get(other)
            )
    with pytest.raises(MinerError) as told:
        used(call, *(given.values() if several else ()), *several, **({} if several else given))
    assert told.value.what
    assert told.value.where or told.value.hint


def test_every_public_name_is_in_the_reference() -> None:
    pages = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "reference").glob("api-*.md"))
    documented = set(re.findall(r"^\.\. auto\w+:: ([\w.]+)$", pages, re.MULTILINE))
    missing = []
    for module in (miner, library, parts, rules, workspace, meta):
        for name in module.__all__:
            found = getattr(module, name)
            home = f"{getattr(found, '__module__', '')}.{getattr(found, '__name__', name)}"
            if not (
                inspect.ismodule(found)
                or name == "__version__"
                or any(d in {home, f"{module.__name__}.{name}"} or d.endswith(f".{name}") for d in documented)
            ):
                missing.append(f"{module.__name__}.{name}")
    assert missing == []
    assert parts.__all__ == sorted(set(dir(parts)), key=parts.__all__.index)


YI, VI, N = [0.1, 0.3, 0.35, 0.65, 0.45, 0.15], [0.03, 0.03, 0.05, 0.01, 0.05, 0.02], [40, 50, 30, 80, 70, 90]
COLUMNS: dict[str, Any] = {
    "yi": YI, "vi": VI, "x": N, "n": N, "ai": N, "ci": N, "n1i": [100] * 6, "n2i": [100] * 6, "y": YI, "t": YI, "values": YI, "mods": {"a": N}, "measure": "PLO",
    "estimate": [0.6, 0.7, 0.8, 0.65, 0.75, 0.9], "auc": 0.8, "n_positive": 50, "n_negative": 50, "cluster": [1, 1, 2, 2, 3, 3],
}  # fmt: skip
NO_COLUMN = ([], [NAN] * 6, "abc", [-1] * 6, [0] * 6, [1, 2], [INF] * 6, ["a"] * 6, [[1, 2], [3, 4]], 3, None)
NO_SCALAR = (-1, NAN, "no-such", [], object())
# Those that compute for seconds where a value is good after all; their columns and numbers go through the same checks.
HEAVY = {
    "analyse_table", "bivariate", "glmm", "glmm_arms", "gosh", "limit_meta_rucker", "location_scale", "lowess_band", "mixed", "multilevel", "p_uniform", "permutation_test",
    "profile_interval", "selection_model",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in meta.__all__ if callable(getattr(meta, n)) and n not in HEAVY])
def test_statistics_take_a_value_or_say_what_is_wrong_with_it(name: str) -> None:
    method = getattr(meta, name)
    parameters = [p for p in inspect.signature(method).parameters.values() if p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    good = {p.name: meta.pool(YI, VI) if p.name == "fit" else COLUMNS.get(p.name, YI) for p in parameters if p.default is p.empty}
    if name == "effect_sizes_arms":
        good["measure"] = "OR"
    for parameter in parameters:
        for value in NO_COLUMN if parameter.name in good else NO_SCALAR:
            with contextlib.suppress(MinerError, TypeError):
                method(**{**good, parameter.name: value})
