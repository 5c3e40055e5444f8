"""Writing an export to a folder: into a hidden one beside it first, which then takes its name. All or nothing.

The hidden folder is locked by the process that writes it, so that one of a process that died is known and removed.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from exchange.files.kinds import Columns, FileKind
from exchange.files.sink import Sink

MANIFEST = "manifest.json"
MADE_BY = "Plumbline"
ROWS_PER_SHARD = 10_000
BYTES_PER_SHARD = 256 << 20

_WRITING, _REPLACED = ".exporting", ".replaced"
_HIDDEN = re.compile(rf"\.(?P<out>.+)\.[a-z0-9_]{{8}}({re.escape(_WRITING)}|{re.escape(_REPLACED)})", re.DOTALL)
_LONGEST_NAME = 200
_WRITTEN = re.compile(r"part-\d+|data-\d+-of-\d+\.[a-z.]+|README\.md|SHA256SUMS|manifest\.json")
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 500, 1 << 20


class ExportFault(Exception):
    """Nothing was exported; the message is one line for people."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of rows."""

    file: str
    rows: int
    bytes: int
    sha256: str


class Folder:
    """The folder of one export while it is being written. Leaves nothing behind unless `publish` was reached."""

    def __init__(self, out: Path) -> None:
        self.out = out.resolve()
        if len(self.out.name.encode()) > _LONGEST_NAME:
            raise ExportFault(f"{self.out}: the folder's name is too long; name another folder.")
        self._mine = refuse_foreign(self.out)

    def __enter__(self) -> Self:
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            sweep_beside(self.out.parent)
            self._mine = refuse_foreign(self.out)
            self.scratch, self._lock = self._make()
            self.scratch.chmod(0o755)
        except OSError as error:
            raise ExportFault(f"{self.out}: cannot be written ({error.strerror}); name another folder.") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.close(self._lock)

    def _make(self) -> tuple[Path, int]:
        while True:
            made = Path(tempfile.mkdtemp(_WRITING, f".{self.out.name}.", self.out.parent))
            lock = _lock(made)
            # Somebody who sweeps may have come in between.
            if lock is not None and made.exists():
                return made, lock

    def write_shards(self, lines: Iterable[bytes], kind: FileKind, columns: Columns) -> list[Shard]:
        """Write lines of JSON to files of this kind, so many to a file; returns the files."""
        parts: list[_Part] = []
        try:
            for line in lines:
                if not parts or parts[-1].full:
                    if parts:
                        parts[-1].close()
                    parts.append(_Part(self.scratch / f"part-{len(parts):05d}", kind, columns))
                parts[-1].write(line)
            if parts:
                parts[-1].close()
        finally:
            if parts:
                parts[-1].sink.close()
        return [part.named(f"data-{n:05d}-of-{len(parts):05d}.{kind.suffix}") for n, part in enumerate(parts)]

    def write(self, name: str, words: str) -> None:
        """Write one more file of the export."""
        with (self.scratch / name).open("w", encoding="utf-8") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())

    def publish(self) -> None:
        """Give the folder its name; an earlier export under that name goes away."""
        if not self._mine:
            self.scratch.rename(self.out)
            return
        lock = _lock(self.out)
        try:
            old = self.out.rename(self.scratch.with_suffix(_REPLACED))
            try:
                self.scratch.rename(self.out)
            except OSError:
                old.rename(self.out)
                raise
            shutil.rmtree(old, ignore_errors=True)
        finally:
            if lock is not None:
                os.close(lock)


class _Part:
    """One file of rows while it is being written."""

    def __init__(self, path: Path, kind: FileKind, columns: Columns) -> None:
        self.sink = Sink(path)
        self._file = kind.rows(self.sink, columns)
        self._lines: list[bytes] = []
        self._waiting = self._rows = self._bytes = 0

    @property
    def full(self) -> bool:
        # By the lines, so that every kind of file is cut at the same rows.
        return self._rows >= ROWS_PER_SHARD or self._bytes >= BYTES_PER_SHARD

    def write(self, line: bytes) -> None:
        size = len(line)
        self._lines.append(line)
        self._rows += 1
        self._bytes += size
        self._waiting += size
        if self._waiting >= _BYTES_AT_ONCE or len(self._lines) >= _ROWS_AT_ONCE:
            self._pass_on()

    def close(self) -> None:
        self._pass_on()
        self._file.close()
        self.sink.close()

    def named(self, name: str) -> Shard:
        self.sink.path.rename(self.sink.path.with_name(name))
        return Shard(name, self._rows, self.sink.bytes, self.sink.sha256)

    def _pass_on(self) -> None:
        if self._lines:
            self._file.write(b"".join(self._lines))
            self._lines, self._waiting = [], 0


def sweep_beside(parent: Path) -> int:
    """Remove what exports that were killed have left hidden in this folder; returns how many were found.

    Killed between its two renamings, `publish` has left the earlier export without its name: that is given back.
    """
    swept = 0
    for path in parent.glob(".*"):
        name = _HIDDEN.fullmatch(path.name)
        lock = _lock(path) if name is not None else None
        if name is None or lock is None:
            continue
        # Held until it is gone: whoever has just made a folder and finds it locked makes another one.
        try:
            if all(_WRITTEN.fullmatch(inside) for inside in os.listdir(lock)):
                _settle(path, parent / name["out"])
                swept += 1
        finally:
            os.close(lock)
    return swept


def _settle(path: Path, out: Path) -> None:
    """Remove a hidden folder that nobody writes to, or give it back the name it had."""
    if path.suffix == _REPLACED and not out.exists():
        path.rename(out)
    else:
        shutil.rmtree(path, ignore_errors=True)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock until it is closed; None if somebody else has it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def checksums(shards: Iterable[Shard]) -> str:
    """What `sha256sum -c` takes."""
    return "".join(f"{shard.sha256}  {shard.file}\n" for shard in shards)


def as_json(shards: Iterable[Shard]) -> list[dict[str, Any]]:
    """The shards as the manifest lists them."""
    return [asdict(shard) for shard in shards]


def differing(out: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """The files of a manifest that are not in the folder as it says, each with what is wrong."""
    for shard in manifest["shards"]:
        try:
            with (out / shard["file"]).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            yield f"{shard['file']} cannot be read ({error.strerror})"
            continue
        if digest != shard["sha256"]:
            yield f"{shard['file']} has another checksum than the manifest"


def refuse_foreign(out: Path) -> bool:
    """Whether `out` is an earlier export, to be replaced; False if nothing is there. Raises ExportFault otherwise."""
    if not out.exists() and not out.is_symlink():
        return False
    if not out.is_dir():
        raise ExportFault(f"{out}: this is a file; name a folder that does not exist yet.")
    there = {path.name for path in out.iterdir()}
    if not there:
        return False
    known = _files_of_export(out)
    strange = sorted(there - known)
    if strange:
        raise ExportFault(
            f"{out}: the folder holds files that no export wrote ({', '.join(strange[:3])}); "
            "name another folder, or empty this one."
        )
    return True


def _files_of_export(out: Path) -> set[str]:
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        if manifest["made_by"] != MADE_BY:
            return set()
        return {MANIFEST, *manifest["files"], *(shard["file"] for shard in manifest["shards"])}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
