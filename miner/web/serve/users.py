"""Named users and their passwords, as Argon2 hashes in a file that only its owner reads."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from threading import Lock
from time import monotonic

from miner.errors import ConfigError, UsageError

FILE = "users.toml"
SHORTEST = 10
_TRIES, _PAUSE = 5, 60.0  # wrong passwords for a name, and the seconds until the next is looked at


class Users:
    """Who may sign in.

    Parameters
    ----------
    file : pathlib.Path
        ``users.toml`` of the workspace.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """

    def __init__(self, file: Path) -> None:
        from argon2 import PasswordHasher

        self._hasher, self._lock = PasswordHasher(), Lock()
        self._hashes = read_users(file)
        self._wrong: dict[str, tuple[int, float]] = {}
        self._nobody = self._hasher.hash("nobody's password")

    def __len__(self) -> int:
        return len(self._hashes)

    def waits(self, name: str) -> float:
        """Return for how many seconds no password is looked at for a name; strangers share one."""
        tries, since = self._wrong.get(name if name in self._hashes else "", (0, 0.0))
        return max(0.0, since + _PAUSE - monotonic()) if tries >= _TRIES else 0.0

    def knows(self, name: str, password: str) -> bool:
        """Tell whether the password is this person's; for a stranger that takes as long."""
        from argon2.exceptions import VerificationError

        with self._lock:  # one at a time: each takes 64 MB
            if self.waits(name):
                return False
            key = name if name in self._hashes else ""
            try:
                self._hasher.verify(self._hashes.get(name, self._nobody), password)
            except VerificationError:
                tries, since = self._wrong.get(key, (0, 0.0))
                self._wrong[key] = (1 if monotonic() - since > _PAUSE else tries + 1, monotonic())
                return False
            self._wrong.pop(key, None)
            return name in self._hashes


def read_users(file: Path) -> dict[str, str]:
    """Return the hashes by name; none where there is no file."""
    if not file.exists():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")).get("users", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"it cannot be read: {error}", where=str(file), hint="remove it, and add the users again") from error
    if not isinstance(found, dict) or not all(isinstance(v, str) and v.startswith("$argon2") for v in found.values()):
        raise ConfigError("below [users] stands a hash a name", where=str(file), hint="remove it, and add the users again")
    return found


def add_user(file: Path, name: str, password: str) -> None:
    """Add a user, or change the password of one.

    Raises
    ------
    UsageError
        If the name or the password cannot be one.
    """
    from argon2 import PasswordHasher

    if not re.fullmatch(r"[\w][\w .@-]{0,39}", name):
        raise UsageError(f"it is {name!r}", where="name", hint="letters, digits, spaces, . @ - and _, forty at most")
    if len(password) < SHORTEST:
        raise UsageError(f"the password is shorter than {SHORTEST} letters", hint="three words make a good one")
    users = read_users(file) | {name: PasswordHasher().hash(password)}
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
        handle.write("# Who may use miner serve beyond this machine; miner serve --add-user NAME adds one.\n[users]\n")
        handle.writelines(f"{json.dumps(n)} = {json.dumps(h)}\n" for n, h in sorted(users.items()))
    part.replace(file)
