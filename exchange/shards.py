"""Writing an export to a folder: into a hidden one beside it first, which then takes its name. All or nothing."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

MANIFEST = "manifest.json"
MADE_BY = "Plumbline"
ROWS_PER_SHARD = 10_000
BYTES_PER_SHARD = 256 << 20


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
        self._mine = refuse_foreign(self.out)

    def __enter__(self) -> Self:
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self.scratch = Path(tempfile.mkdtemp(dir=self.out.parent, prefix=f".{self.out.name[:60]}."))
            self.scratch.chmod(0o755)
        except OSError as error:
            raise ExportFault(f"{self.out}: cannot be written ({error.strerror}); name another folder.") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)

    def write_shards(self, rows: Iterable[dict[str, Any]]) -> list[Shard]:
        """Write rows as JSON Lines, so many to a file; returns the files."""
        parts: list[_Part] = []
        try:
            for row in rows:
                line = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
                if not parts or parts[-1].full:
                    if parts:
                        parts[-1].close()
                    parts.append(_Part(self.scratch / f"part-{len(parts):05d}"))
                parts[-1].write(line)
        finally:
            if parts:
                parts[-1].close()
        return [part.named(f"data-{n:05d}-of-{len(parts):05d}.jsonl") for n, part in enumerate(parts)]

    def write(self, name: str, words: str) -> None:
        """Write one more file of the export."""
        with (self.scratch / name).open("w", encoding="utf-8") as file:
            file.write(words)
            file.flush()
            os.fsync(file.fileno())

    def publish(self) -> None:
        """Give the folder its name; an earlier export under that name goes away."""
        old = None
        if self._mine:
            old = Path(tempfile.mkdtemp(dir=self.out.parent, prefix=f".{self.out.name[:60]}.old."))
            self.out.rename(old)
        try:
            self.scratch.rename(self.out)
        except OSError:
            if old is not None:
                old.rename(self.out)
            raise
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)


class _Part:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._digest = hashlib.sha256()
        self._rows = self._bytes = 0

    @property
    def full(self) -> bool:
        return self._rows >= ROWS_PER_SHARD or self._bytes >= BYTES_PER_SHARD

    def write(self, line: bytes) -> None:
        self._file.write(line)
        self._digest.update(line)
        self._rows += 1
        self._bytes += len(line)

    def close(self) -> None:
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def named(self, name: str) -> Shard:
        self._path.rename(self._path.with_name(name))
        return Shard(name, self._rows, self._bytes, self._digest.hexdigest())


def checksums(shards: Iterable[Shard]) -> str:
    """What `sha256sum -c` takes."""
    return "".join(f"{shard.sha256}  {shard.file}\n" for shard in shards)


def as_json(shards: Iterable[Shard]) -> list[dict[str, Any]]:
    """The shards as the manifest lists them."""
    return [asdict(shard) for shard in shards]


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
