"""The entry point: every module beside this one registers its commands; errors become messages and exit codes once, here."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

# Before numpy is loaded: our matrices are small, so threads of linear algebra only wait for each other (15 times slower on a busy
# machine), and their sums would depend on how many there are. All cores are used by processes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import miner.cli
from miner.cli.called import COMMANDS, as_called
from miner.cli.common import STOPPED, complain, outliving, settle, talk, terminal_width
from miner.errors import MinerError


class _Commands(TyperGroup):
    """The commands; all take -q and -v, before or after their names; Ctrl-C ends any of them with a word, and with the code that shells give."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        _give_talk(self, typer.main.get_command(_talks).params)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            complain("stopped; run again to go on")
            raise typer.Exit(STOPPED) from None


def _give_talk(group: Any, given: list[Any]) -> None:
    """Let every command take -q and -v too, where it has no such option of its own (``harvest -q`` is its query)."""
    for command in group.commands.values():
        if hasattr(command, "commands"):
            _give_talk(command, given)
        else:
            taken = {o for p in command.params for o in p.opts}
            command.params += [o for o in given if taken.isdisjoint(o.opts)]


QUIET, VERBOSE = "Say nothing but errors; also after a command (but harvest: its -q is --query).", "Say more; also after a command."
_talks = typer.Typer(add_completion=False)


@_talks.command()
def _talk(
    quiet: Annotated[
        bool, typer.Option("--quiet", help=QUIET, hidden=True, expose_value=False, callback=lambda given: _note(quiet=given))
    ] = False,
    q: Annotated[bool, typer.Option("-q", help=QUIET, hidden=True, expose_value=False, callback=lambda given: _note(quiet=given))] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help=VERBOSE, hidden=True, expose_value=False, callback=lambda given: _note(verbose=given))
    ] = False,
) -> None:
    """Hold the options that all commands share."""


def _note(**given: bool) -> None:
    for name, value in given.items():
        if value:
            setattr(talk, name, True)


app = typer.Typer(
    name="miner",
    cls=_Commands,
    help="Mine the literature for reported accuracies and sample sizes, and meta-analyse them.\n\nExample: miner demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would add 0.3 s to each --help
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from miner import __version__

        typer.echo(f"miner {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    workspace: Annotated[Path | None, typer.Option("--workspace", metavar="DIR", help="The workspace, for any command.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=QUIET)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help=VERBOSE)] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)] = False,  # noqa: ARG001
) -> None:
    talk.workspace, talk.quiet, talk.verbose = workspace, quiet, verbose


# Every module here but the helpers has ``register(app)``; what is heavy is imported inside the commands, so that --help is fast.
for _module in sorted(m.name for m in iter_modules(miner.cli.__path__)):
    if _module not in {"main", "called", "common", "complete", "explain"}:
        import_module(f"miner.cli.{_module}").register(app)
COMMANDS.update(command.name for command in app.registered_commands if command.name)
COMMANDS.update(group.name for group in app.registered_groups if group.name)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        try:
            app(arguments, prog_name="miner", terminal_width=min(terminal_width(), 80) - 2)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with outliving(stream):
                    stream.flush()
    except SystemExit as ended:
        # Of help whose reader has gone typer makes an error of its own; it is none.
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(0)
        raise
    except MinerError as error:
        said = f"{error.where}: {error.what}" if error.where else error.what
        complain(f"Error: {said} ({as_called(error.hint)})" if error.hint else f"Error: {said}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of a pipe has gone (miner sql … | head): that is no error. Standard error is closed so that the
        # interpreter does not complain at exit.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # A full disk, a folder that may not be written: the message says which; what was complete before is kept.
        complain(f"Error: {error.filename or 'a file'}: {error.strerror or error} (see to space and permissions, then run again)")
        sys.exit(1)
    except Exception as error:
        duckdb = sys.modules.get("duckdb")
        if duckdb is None or not isinstance(error, duckdb.Error):
            raise
        if isinstance(error, duckdb.InterruptException):  # Ctrl-C in the midst of a statement
            complain("stopped; run again to go on")
            sys.exit(STOPPED)
        complain(f"Error: the database: {error} (see to space and memory, then run again)")
        sys.exit(1)
    finally:
        settle()
