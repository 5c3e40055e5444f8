"""A broker that needs no service: rings are files in a folder.

Kombu's file system transport, made safe for several processes at once: a message gets its name only when it is
whole (a reader of half a message would stop the worker), and the table of queues is read and written under a lock.
Chosen by the broker URL `folder://`.
"""

import fcntl
import json
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]  # its own bases differ
        folder = Path(self.data_folder_out)
        name = f"{time_ns():020}_{uuid.uuid4().hex}.{queue}.msg"
        unfinished = folder / f"{name}.part"
        unfinished.write_text(json.dumps(payload))
        unfinished.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f"{name}.{os.getpid()}.taken"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            try:
                return json.loads(taken.read_bytes())
            except ValueError:
                log.warning("Dropped a ring that cannot be read: %s", name)
            finally:
                taken.unlink()
        raise Empty

    def _queue_bind(self, *args: Any) -> None:
        with self._table_lock():
            super()._queue_bind(*args)  # type: ignore[no-untyped-call]

    def get_table(self, exchange: str) -> Any:
        with self._table_lock():
            return super().get_table(exchange)  # type: ignore[no-untyped-call]

    @contextmanager
    def _table_lock(self) -> Iterator[None]:
        with (self.control_folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel


def register(options: dict[str, Any]) -> None:
    """Make `folder://` known to kombu, and the folders named by the transport options there."""
    TRANSPORT_ALIASES["folder"] = f"{__name__}:Transport"
    for option in ("data_folder_in", "data_folder_out", "control_folder"):
        Path(options[option]).mkdir(parents=True, exist_ok=True, mode=0o700)
