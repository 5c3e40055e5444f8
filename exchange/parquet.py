"""Parquet files as JSON Lines: decoded by a process of its own, under the limits of any other file."""

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.files.opening import CHUNK, Capped, FileFault, Limits, readable
from exchange import unpacking

_LONGEST_WORDS = 4000
# All that the decoder is told of the environment: it reads what strangers wrote, and has no use for our secrets.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE")


def survey(path: Path, limits: Limits, tick: Callable[[], None]) -> tuple[bytes, int]:
    """The digest of the file and its number of rows, after all of it was decoded once. Raises FileFault."""
    digest = hashlib.sha256()
    with readable(path), path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            tick()
    with _decoding(path, limits, quiet=True) as (_, stream):
        return digest.digest(), int(stream.readline() or 0)


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[tuple[list[str], IO[bytes]]]:
    """The names of the columns, and the rows as lines of JSON. Raises FileFault, also while they are read."""
    with _decoding(path, limits, quiet=False) as found:
        yield found


@contextmanager
def _decoding(path: Path, limits: Limits, *, quiet: bool) -> Iterator[tuple[list[str], IO[bytes]]]:
    orders = {"quiet": quiet, **{name: getattr(limits, name) for name in ("memory", "rows", "ratio", "free")}}
    with readable(path):
        # Isolated: neither this folder's modules nor the environment's can take the place of the library's.
        decoder = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", unpacking.__file__, os.path.abspath(path), json.dumps(orders)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
        assert decoder.stdout is not None
        try:
            source = _Ended(path, decoder)
            stream = io.BufferedReader(Capped(path, source, limits, _Whole(path)), CHUNK)
            columns: list[str] = json.loads(stream.readline())
            yield columns, stream
        finally:
            decoder.kill()
            decoder.wait()
            for pipe in (decoder.stdout, decoder.stderr):
                assert pipe is not None
                pipe.close()


class _Ended:
    """What the decoder writes; that it ended without having written all of it is a fault of the file."""

    def __init__(self, path: Path, decoder: "subprocess.Popen[bytes]") -> None:
        self._path = path
        self._decoder = decoder

    def read(self, size: int, /) -> bytes:
        assert self._decoder.stdout is not None
        chunk = self._decoder.stdout.read1(size) if isinstance(self._decoder.stdout, io.BufferedReader) else b""
        if not chunk and self._decoder.wait() != 0:
            raise FileFault(f"{self._path}: {self._reason()}")
        return chunk

    def _reason(self) -> str:
        assert self._decoder.stderr is not None
        words = self._decoder.stderr.read(_LONGEST_WORDS).decode("utf-8", "replace").strip().splitlines()
        if self._decoder.returncode == unpacking.CANNOT and words:
            return words[-1]
        return "the Parquet cannot be decoded; write it again."


class _Whole:
    """A file of which all was taken in: its index lies at its end."""

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size

    def tell(self) -> int:
        return self._size
