"""Reading a compressed file ahead: decompression runs beside parsing, since it does not hold the interpreter's lock."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Any, BinaryIO

CHUNK = 1 << 20
AHEAD = 4  # chunks


class Gunzip:
    """A compressed file as a stream: of a file that is cut short or damaged, all that can be read is given before the error is.

    Parameters
    ----------
    raw : file-like
        The compressed bytes; closed with this one.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._part = self._new()

    @staticmethod
    def _new() -> Any:
        from isal import isal_zlib

        return isal_zlib.decompressobj(wbits=31)

    def read(self, size: int = CHUNK, /) -> bytes:
        """Return some bytes, ``size`` at most; none at the end.

        Raises
        ------
        EOFError
            If the file ends before its content does.
        OSError
            If it is damaged.
        """
        from isal import isal_zlib

        while True:
            data = self._part.unused_data if self._part.eof else self._part.unconsumed_tail
            data = data or self._raw.read(CHUNK)
            if self._part.eof:
                if not data.strip(b"\0"):  # padding
                    return b""
                self._part = self._new()
            elif not data:
                raise EOFError("compressed file ended before the end-of-stream marker was reached")
            try:
                found: bytes = self._part.decompress(data, size)
            except isal_zlib.IsalError as error:  # type: ignore[misc] # its type information says it is no class
                raise OSError(f"the compressed data is damaged: {error}") from None
            if found:
                return found

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


class ReadAhead:
    """A stream whose next chunks are read by a thread.

    Parameters
    ----------
    stream : file-like
        Closed with this one.
    """

    def __init__(self, stream: BinaryIO | Gunzip) -> None:
        self._stream = stream
        self._queue: Queue[bytes | BaseException] = Queue(AHEAD)
        self._stop = threading.Event()
        self._rest = b""
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        item: bytes | BaseException = b"-"
        while item and not self._stop.is_set():
            try:
                item = self._stream.read(CHUNK)
            except Exception as error:  # noqa: BLE001 -- raised again where it is read
                item = error
            while not self._stop.is_set():
                try:
                    self._queue.put(item, timeout=0.2)
                    break
                except Full:
                    continue
            if isinstance(item, BaseException):
                return

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes; none at the end. What reading the file raised is raised here."""
        if size < 0:
            parts = []
            while part := self.read(CHUNK):
                parts.append(part)
            return b"".join(parts)
        if not self._rest and not self._ended:
            item = self._queue.get()
            if isinstance(item, BaseException):
                self._ended = True
                raise item
            self._ended = not item
            self._rest = item
        part, self._rest = self._rest[:size], self._rest[size:]
        return part

    def close(self) -> None:
        """Stop the thread and close the stream."""
        self._stop.set()
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            pass
        self._thread.join()
        self._stream.close()

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_binary(path: Path) -> BinaryIO | ReadAhead:
    """Open a file; where it begins as gzip does, it is decompressed by a thread of its own."""
    handle = path.open("rb")
    zipped = handle.read(2) == b"\x1f\x8b"
    handle.seek(0)
    return ReadAhead(Gunzip(handle)) if zipped else handle
