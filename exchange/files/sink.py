"""The bytes of one file on their way to the disk: counted and hashed as they pass."""

import hashlib
import os
from pathlib import Path


class Sink:
    """A file that is only written to, from its begin to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        self.closed = False
        self._file = path.open("wb")
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self._digest.update(data)
        self.bytes += len(data)
        return len(data)

    def tell(self) -> int:
        return self.bytes

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Have it on the disk. May be called again."""
        if not self.closed:
            self.closed = True
            try:
                self._file.flush()
                os.fsync(self._file.fileno())
            finally:
                self._file.close()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
