"""The raw store: every response once, under the SHA-256 of its bytes, compressed."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
from pathlib import Path

from miner.errors import StoreError

_NAME = re.compile(r"[0-9a-f]{64}")


class RawStore:
    """A folder of ``<ab>/<sha256>.gz``.

    Parameters
    ----------
    folder : pathlib.Path
        Made when the first response comes.

    Examples
    --------
    >>> import tempfile
    >>> store = RawStore(Path(tempfile.mkdtemp()))
    >>> store.get(store.put(b"<feed/>"))
    b'<feed/>'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the content of that checksum lies, or would lie."""
        if not _NAME.fullmatch(sha256):
            raise StoreError(f"not a SHA-256: {sha256!r}", where=str(self.folder))
        return self.folder / sha256[:2] / f"{sha256}.gz"

    def put(self, content: bytes) -> str:
        """Keep ``content``; return its SHA-256. It is there whole or not at all.

        Raises
        ------
        StoreError
            If it cannot be written, for example where the disk is full.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if path.exists():
            return sha256
        part = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(gzip.compress(content, 6, mtime=0))
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except OSError as error:
            if part:
                Path(part).unlink(missing_ok=True)
            raise StoreError(
                f"cannot keep a response: {error.strerror}", where=str(self.folder), hint="free some space, run again"
            ) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the content of that checksum.

        Raises
        ------
        StoreError
            If it is not there, or no longer what it was.
        """
        path = self.path(sha256)
        try:
            content = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, ValueError) as error:
            raise StoreError(f"a kept response cannot be read: {error}", where=str(path), hint="harvest again") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError("a kept response is not what it was", where=str(path), hint="delete the file, harvest again")
        return content
