"""The one error tree: each message says what is wrong, where, and the next thing to do."""

from __future__ import annotations


class MinerError(Exception):
    """Base of all errors that miner raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence.
    where : str, optional
        The file, line, URL, identifier or option that it is about.
    hint : str, optional
        The next thing to do.

    Attributes
    ----------
    exit_code : int
        What the command line exits with when this error ends a command.

    Examples
    --------
    >>> print(MinerError("unknown key 'qurey'", where="job.toml, line 3", hint="did you mean 'query'?"))
    job.toml, line 3: unknown key 'qurey' (did you mean 'query'?)
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what, self.where, self.hint = what, where, hint
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message} ({hint})" if hint else message)


class UsageError(MinerError):
    """A command, option or file was used in a way that cannot work."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration or job file says something that is not understood."""


class WorkspaceError(UsageError):
    """No workspace was found, or the folder given is not one."""


class LockedError(MinerError):
    """Another run holds the lock."""

    exit_code = 4


class GateError(MinerError):
    """A quality gate fell short."""

    exit_code = 5


class HarvestError(MinerError):
    """A service could not be harvested."""


class ServiceError(HarvestError):
    """A service answered with something that is not what was asked; may pass by itself."""


class EndpointError(MinerError):
    """The endpoint of a language model refused, or gave no usable answer."""


class ParseError(MinerError):
    """A document or record could not be read."""


class FullTextError(ParseError):
    """A PDF or JATS document could not be read."""


class RuleError(MinerError):
    """An extraction rule is malformed, or one of its examples fails."""


class StoreError(MinerError):
    """The database is missing, damaged, or was asked for something it does not do."""


class QueryError(StoreError):
    """An SQL query was refused or failed."""


class MetaError(MinerError):
    """A meta-analysis cannot be computed from the data given."""


class ExportError(MinerError):
    """An export could not be written."""
