"""One process's hold on the private cluster."""

import os
import threading

from config.cluster import layout, lifecycle

_calls = threading.Lock()
_held: int | None = None
# In a forked child: the process on whose hold it lives.
_parent: int | None = None


def hold() -> None:
    """Keep the private cluster up for as long as this process lives; make and start it first if need be.

    Does nothing where DATABASE_URL names a server, nothing the second time, and nothing in a forked child of a process
    that holds: one that outlives its parent must not keep the server up. Raises ClusterError.
    """
    global _held
    if os.environ.get("DATABASE_URL"):
        return
    with _calls:
        if _held is None and os.getppid() != _parent:
            _held = lifecycle.join(layout.find())


def _let_go_in_child() -> None:
    global _held, _calls, _parent
    _calls = threading.Lock()
    if _held is not None:
        # Closing a copy of the descriptor leaves the parent's lock alone.
        os.close(_held)
        _held = None
        _parent = os.getppid()


os.register_at_fork(after_in_child=_let_go_in_child)
