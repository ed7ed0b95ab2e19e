"""Reading a compressed file ahead: decompression runs beside parsing, since it does not hold the interpreter's lock."""

from __future__ import annotations

import threading
from queue import Empty, Full, Queue
from types import TracebackType
from typing import BinaryIO

CHUNK = 1 << 20
AHEAD = 4  # chunks


class ReadAhead:
    """A stream whose next chunks are read by a thread.

    Parameters
    ----------
    stream : file-like
        Closed with this one.
    """

    def __init__(self, stream: BinaryIO) -> None:
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
