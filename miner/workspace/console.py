"""A session of statements and dot-commands on a snapshot: lines in, text out."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.settings import suggest
from miner.store.catalogue import COLUMNS_OF_ONE, COLUMNS_OF_VIEWS, VIEWS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from miner.workspace.reads import Reads

_HELP = """\
.tables          the views, with what they hold
.schema [NAME]   the columns of a view, or of all, with type and meaning
.queries         the named queries
.query NAME [KEY=VALUE …]   run one
.mode FORMAT     how answers look: table, csv, tsv, json, jsonl or md
.quit            leave (as end of file does)
Anything else is one SQL statement that reads."""
_FORMS = ["table", "csv", "tsv", "json", "jsonl", "md"]
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*")


class Console:
    r"""One session: :meth:`take` a line, and give the answer.

    Parameters
    ----------
    place : Workspace
        Whose published snapshot is asked.
    width : callable, optional
        Says how wide the terminal is now, so that tables fit it; nothing is cut without it.

    Examples
    --------
    >>> import tempfile, miner
    >>> console = miner.Workspace.create(tempfile.mkdtemp()).console()
    >>> console.take(".mode csv"), console.take("SELECT count(*) AS n FROM v_paper")
    ('', 'n\n0\n')
    """

    def __init__(self, place: Reads, width: Callable[[], int] | None = None) -> None:
        self._place = place
        self._width = width
        self._form = "table"
        self._waiting: list[str] = []
        self._matches: list[str] = []

    @property
    def open(self) -> bool:
        """Whether a statement goes on in the next line."""
        return bool(self._waiting)

    def drop(self) -> None:
        """Forget the statement that was begun."""
        self._waiting.clear()

    def take(self, line: str | None) -> str | None:
        """Take a line, and return what is to be shown; None to leave, which the end of the input (None) also does once nothing waits.

        Raises
        ------
        MinerError
            If the statement or command cannot be done; the session goes on.
        """
        if line is None and not self.open:
            return None
        text = (line or "").strip()
        if not self.open and (text.startswith(".") or text in {"exit", "quit"}):
            return self._command(text)
        self._waiting.append(text.removesuffix("\\"))
        statement = "\n".join(self._waiting).strip()
        if line is not None and statement and (text.endswith("\\") or _unfinished(statement)):
            return ""
        self.drop()
        return self._shown(self._place.select(statement)) if statement.strip("; \n") else ""

    def complete(self, word: str, line: str, state: int) -> str | None:
        """Return the match of number ``state`` for the word at the end of the line, as readline asks for them."""
        if state == 0:
            self._matches = self._matching(word, line)
        return self._matches[state] if state < len(self._matches) else None

    def _matching(self, word: str, line: str) -> list[str]:
        from miner.store.query import named_queries

        before = line[: len(line) - len(word)].split()
        if not before and word.startswith("."):
            known = [".help", *(part.split()[0] for part in _HELP.splitlines() if part.startswith("."))]
        elif before[:1] == [".query"]:
            queries = named_queries()
            known = list(queries) if len(before) == 1 else [f"{k}=" for k in queries[before[1]].parameters] if before[1] in queries else []
        elif before[:1] in ([".schema"], [".mode"]):
            known = _FORMS if before[0] == ".mode" else [w for w in self._words if w.startswith("v_")]
        else:
            known = self._words
        return sorted({w for w in known if w.lower().startswith(word.lower())})

    @cached_property
    def _words(self) -> list[str]:
        return [str(w) for w in self._place.select(WORDS).column("word").to_pylist()]

    def _shown(self, table: pa.Table) -> str:
        from miner.export.rows import render_rows

        return render_rows(table, self._form, width=self._width() if self._width else None, guard=False).decode()

    def _command(self, text: str) -> str | None:
        name, *rest = text.split()
        commands: dict[str, Any] = {
            ".tables": lambda: self._shown(self._place.select(VIEWS)),
            ".schema": lambda: self._schema(rest),
            ".queries": self._queries,
            ".query": lambda: self._query(rest),
            ".mode": lambda: self._mode(rest),
            ".help": lambda: _HELP + "\n",
        }
        if name in {".quit", ".exit", "quit", "exit"}:
            return None
        if name not in commands:
            raise UsageError(f"there is no command {name}", hint=suggest(name, [*commands, ".quit"]))
        shown: str = commands[name]()
        return shown

    def _schema(self, rest: list[str]) -> str:
        if not rest:
            return self._shown(self._place.select(COLUMNS_OF_VIEWS))
        found = self._place.select(COLUMNS_OF_ONE, {"name": rest[0]})
        if not found.num_rows:
            raise UsageError(f"there is no view {rest[0]!r}", hint=suggest(rest[0], [w for w in self._words if w.startswith("v_")]))
        return self._shown(found)

    def _queries(self) -> str:
        from miner.store.query import named_queries

        return "".join(
            f"{q.name} {' '.join(f'{k}={v}' for k, v in q.parameters.items())}".rstrip() + f"\n    {q.summary}\n"
            for q in named_queries().values()
        )

    def _query(self, rest: list[str]) -> str:
        if not rest:
            raise UsageError("the query is missing", where=".query", hint=".queries lists them")
        given = dict(item.partition("=")[::2] for item in rest[1:])
        return self._shown(self._place.select_named(rest[0], given))

    def _mode(self, rest: list[str]) -> str:
        if len(rest) != 1 or rest[0] not in _FORMS:
            raise UsageError(f"there is no format {' '.join(rest)!r}", where=".mode", hint=suggest(" ".join(rest), _FORMS))
        self._form = rest[0]
        return ""


def _unfinished(statement: str) -> bool:
    r"""Whether a bracket or a quote is open.

    Examples
    --------
    >>> _unfinished("SELECT (1"), _unfinished("SELECT ')'"), _unfinished("SELECT 'it"), _unfinished("SELECT (1) -- (")
    (True, False, True, False)
    """
    rest = _QUOTED.sub("", statement)
    return rest.count("(") > rest.count(")") or "'" in rest or '"' in rest
