"""The page on files that people write: every key with type, default, example and meaning, read from the models that check them."""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = Path(__file__).parent / "examples"
_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", dict: "table", list: "list", Any: "anything"}


def escape(text: object) -> str:
    """Return a cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> list[str]:
    """Return the lines of a table and an empty one."""
    return [
        "| " + " | ".join(head) + " |",
        "| " + " | ".join("---" for _ in head) + " |",
        *("| " + " | ".join(escape(c) for c in row) + " |" for row in rows),
        "",
    ]


def type_words(annotation: Any) -> str:
    """Return a type in words."""
    origin, within = get_origin(annotation), [a for a in get_args(annotation) if a is not NoneType]
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(type_words(a) for a in within))
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in within)
    if origin is list:
        return "tables" if hasattr(within[0], "model_fields") or get_origin(within[0]) is dict else f"list of {type_words(within[0])}"
    if origin is tuple:
        return f"list of {len(within)} ({type_words(within[0])})"
    if origin is dict:
        return f"table of {type_words(within[1])}"
    if origin is not None and within:  # Annotated
        return type_words(within[0])
    return "table" if hasattr(annotation, "model_fields") else _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def meanings(model: type) -> dict[str, str]:
    """Return what the text under each field of a class says."""
    found: dict[str, str] = {}
    for base in reversed([c for c in model.__mro__ if c.__module__.startswith("miner")]):
        body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0].body
        for field, after in itertools.pairwise(body):
            said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str)
            if isinstance(field, ast.AnnAssign) and said:
                found[field.target.id] = after.value.value.replace("``", "`")
    return found


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        key, inner = next(iter(value.items()), ("", ""))
        return f"{key if key.replace('_', '').replace('-', '').isalnum() else json.dumps(key)} = {_toml(inner)}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _shown(value: Any) -> str:
    text = _toml(value)
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`"


def _default(field: Any) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None or value in ([], {}, "") else "as below" if hasattr(type(value), "model_fields") else _shown(value)


def _bounds(field: Any) -> str:
    said = [f"at least {m.ge}" for m in field.metadata if getattr(m, "ge", None) is not None]
    said += [f"at most {m.le}" for m in field.metadata if getattr(m, "le", None) is not None]
    return f" ({', '.join(said)})" if said else ""


def example_of(files: list[dict[str, Any]], place: tuple[str, ...]) -> str:
    """Return the first value that a key has in files that ship with miner."""

    def at(node: Any, rest: tuple[str, ...]) -> Iterator[Any]:
        if isinstance(node, list) and rest:
            for one in node:
                yield from at(one, rest)
        elif not rest:
            yield node
        elif isinstance(node, dict) and rest[0] in node:
            yield from at(node[rest[0]], rest[1:])
        elif isinstance(node, dict) and rest[0] == "*":
            for one in node.values():
                yield from at(one, rest[1:])

    value = next((v for f in files for v in at(f, place) if v not in ([], {}, "")), None)
    if value is None:
        return ""
    if isinstance(value, list) and isinstance(value[0], dict):
        value = value[0]
    return _shown(value[:2] if isinstance(value, list) else value)


def model_keys(model: Any, files: list[dict[str, Any]], place: tuple[str, ...] = ()) -> list[str]:
    """Return the lines on a table and the tables in it."""
    said, rows, within = meanings(model), [], []
    for name, field in model.model_fields.items():
        key = field.alias or name
        rows.append(
            (f"`{key}`", type_words(field.annotation) + _bounds(field), _default(field), example_of(files, (*place, key)), said[name])
        )
        inner = next((a for a in (field.annotation, *get_args(field.annotation)) if hasattr(a, "model_fields")), None)
        if inner is not None:
            brackets = ("[[", "]]") if get_origin(field.annotation) is list else ("[", "]")
            path = ".".join((*place, key))
            within += [f"### `{brackets[0]}{path}{brackets[1]}`", "", inner.__doc__.splitlines()[0].replace("``", "`"), ""]
            within += model_keys(inner, files, (*place, key))
    return [*table(("key", "type", "default", "example", "meaning"), rows), *within]


def _example(name: str) -> str:
    return (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")


def _whole(name: str) -> list[str]:
    return ["All keys in one file:", "", "```toml", _example(name).rstrip(), "```", ""]


def _loaded(*patterns: str) -> list[dict[str, Any]]:
    return [tomllib.loads(p.read_text(encoding="utf-8")) for pattern in patterns for p in sorted(ROOT.glob(pattern))]


def _mapping(sections: dict[str, dict[str, Any]], files: list[dict[str, Any]], several: tuple[str, ...] = ()) -> list[str]:
    lines: list[str] = []
    for section, keys in sections.items():
        if section:
            around = ("[[", "]]") if section in several else ("[", "]")
            lines += [f"### `{around[0]}{section}{around[1]}`", ""]
        inside = (section, "*") if section == "competition" else (section,) if section else ()
        rows = []
        for key, said in keys.items():
            kind, words = said if isinstance(said, tuple) else (None, said)
            example = example_of(files, (*inside, key))
            types = kind if isinstance(kind, tuple) else (kind,)
            rows.append((f"`{key}`", " or ".join(_WORDS[k] for k in types) if kind else "", example, words))
        typed = any(row[1] for row in rows)
        head = ("key", "type", "example", "meaning") if typed else ("key", "example", "meaning")
        lines += table(head, rows if typed else [(a, c, d) for a, _, c, d in rows])
    return lines


def files_page() -> str:
    """Return the page on job, report, rule and mapping files and a workspace's settings."""
    from miner.extract.rule import RuleSpec
    from miner.jobs.definition import Job
    from miner.report.definition import Definition
    from miner.studies.mapping import SECTIONS, parse_mapping
    from miner.studies.sources import KEYS, load_board_mapping, load_count_mapping

    tables = "pipelines/varoquaux2022/*.toml"
    job, report, rule, studies = (tomllib.loads(_example(name)) for name in ("job", "report", "rule", "studies"))
    for model, example in ((Job, job), (Definition, report), (RuleSpec, rule)):
        model.model_validate(example)
    parse_mapping(studies)
    lines = [
        "# Files that you write", "",
        "All are TOML. Made by `make docs` from the models that check them; examples are from files that ship with miner, else from the whole",
        "examples here, which the models check too. A key that is not known is refused with its line and the name that was probably meant.", "",
        "## Jobs", "", "`jobs/NAME.toml`, for `miner run`; `miner init` copies some to change.", "", *model_keys(Job, [*_loaded("pipelines/*.toml"), job]),
        *_whole("job"), "## Reports", "", "`reports/NAME.toml`, for `miner report` ([how](../how-to/make-a-report.md)).", "",
        *model_keys(Definition, [*_loaded("reports/definitions/*.toml"), report]), *_whole("report"),
        "## Rules", "", "`rules/NAME/rule.toml` ([how](../how-to/write-a-rule.md)).", "",
        *model_keys(RuleSpec, [*_loaded("miner/extract/rules/*/rule.toml"), rule]), *_whole("rule"),
        "## Mappings of tables of studies", "", "For `miner import --as studies --mapping FILE`.", "",
        *_mapping(SECTIONS, [*(f for f in _loaded(tables) if "kind" not in f), studies]),
        "Rules of rows have `column`, one of `equals`, `starts_with` and `matches` (a regular expression), and a `reason`.", "", *_whole("studies"),
    ]  # fmt: skip
    for kind, words in (("leaderboards", "leaderboards"), ("counts", "counts of publications"), ("sources", "a folder of all of these")):
        lines += [f"## Mappings of {words}", "", f"For `miner import --as {kind} --mapping FILE`.", ""]
        example = [tomllib.loads(_example(kind))] if kind != "sources" else []
        lines += _mapping(KEYS[kind], [*(f for f in _loaded(tables) if f.get("kind") == kind), *example], ("part",))
        lines += _whole(kind) if example else []
    load_board_mapping(EXAMPLES / "leaderboards.toml")
    load_count_mapping(EXAMPLES / "counts.toml")
    return "\n".join(lines).rstrip() + "\n"
