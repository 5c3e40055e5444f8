"""One process's hold on the private cluster."""

import os
import threading

from config.cluster import layout, lifecycle

_calls = threading.Lock()
_held: int | None = None


def hold() -> None:
    """Keep the private cluster up for as long as this process lives; make and start it first if need be.

    Does nothing where DATABASE_URL names a server, and nothing the second time. Raises ClusterError.
    """
    global _held
    if os.environ.get("DATABASE_URL"):
        return
    with _calls:
        if _held is None:
            _held = lifecycle.join(layout.find())


def _let_go_in_child() -> None:
    """A forked child lives on its parent's hold. Its own would keep the server up for as long as it is forgotten."""
    global _held, _calls
    _calls = threading.Lock()
    if _held is not None:
        # Closing a copy of the descriptor leaves the parent's lock alone.
        os.close(_held)
        _held = None


os.register_at_fork(after_in_child=_let_go_in_child)
