"""The file of rejected lines: what was wrong with each, and the line itself, to be mended and imported again."""

import json
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.files.opening import FileFault, excerpt
from exchange.reading import Line
from exchange.rows import RowFault

_WHOLE = 64 << 10


def place_for(path: Path, folder: Path | None = None) -> Path:
    """Where the rejected lines of this file go: beside it, or into the current folder if that one is read-only."""
    name = f"{path.name}.rejected.jsonl"
    if folder is not None:
        return folder / name
    beside = path.parent
    # The mode as well as the right: root may write anywhere, also where somebody said that nobody should.
    open_to_writing = beside.is_dir() and beside.stat().st_mode & 0o222 and os.access(beside, os.W_OK)
    return (beside if open_to_writing else Path.cwd()) / name


class Rejects:
    """Writes rejected lines; the file appears under its name, whole, when all are written, and only if there are any.

    Raises FileFault on entering if there is no place to write to.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0

    def __enter__(self) -> Self:
        if self.path is not None:
            try:
                handle, self._scratch = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name[:60]}.")
            except OSError as error:
                raise FileFault(
                    f"{self.path}: rejected lines cannot be written there ({error.strerror}); name another file "
                    "with --rejected."
                ) from None
            self._file = os.fdopen(handle, "w", encoding="utf-8")
        return self

    def add(self, line: Line, fault: RowFault) -> None:
        """Note one rejected line."""
        self.count += 1
        if self.path is not None:
            noted = {"line": line.number, "code": fault.code, "reason": fault.reason, "row": _original(line)}
            self._file.write(json.dumps(noted) + "\n")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.path is None:
            return
        self._file.close()
        if kind is None and self.count:
            os.chmod(self._scratch, 0o640)
            os.replace(self._scratch, self.path)
        else:
            os.unlink(self._scratch)


def _original(line: Line) -> Any:
    if len(line.raw) > _WHOLE or line.length != len(line.raw):
        return excerpt(line.raw)
    try:
        return json.loads(line.raw)
    except (ValueError, RecursionError):
        return excerpt(line.raw)
