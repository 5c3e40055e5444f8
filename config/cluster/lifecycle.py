"""Joining a cluster: make it, start it, hold it."""

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from config.cluster import binaries, folders, keeper, locks, making, postmaster
from config.cluster import layout as places
from config.cluster import owner as owners
from config.cluster.errors import ClusterError
from config.cluster.layout import Layout
from config.cluster.owner import Owner

# Given at every start, so that an old cluster gets what a newer version of this code asks for.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    # A client that was killed in mid-statement gives its row locks back within this, not when the statement ends.
    "client_connection_check_interval": "2s",
}
LOG_LIMIT_BYTES = 20 * 1024 * 1024


def join(layout: Layout) -> int:
    """Make the cluster be there and up, and return the descriptor whose lock keeps it so.

    Waits while another process makes, starts or stops it. Raises ClusterError.
    """
    owner = owners.find()
    folders.prepare(layout, owner)
    try:
        with locks.exclusive(layout.start_lock):
            _move_orphan(layout, owner)
            folders.prepare_home(layout, owner)
            held = locks.take(layout.users_lock, shared=True)
            if held is None:
                raise ClusterError(f"{layout.users_lock} cannot be locked.")
            try:
                _bring_up(layout, owner)
            except BaseException:
                os.close(held)
                raise
    except (OSError, subprocess.SubprocessError) as error:
        raise ClusterError(f"cannot use {layout.home}: {error}.") from None
    return held


def _bring_up(layout: Layout, owner: Owner) -> None:
    keeper.ensure(layout)
    server = postmaster.find(layout)
    if server is not None and server.ready:
        return
    programs = binaries.find(layout, owner)
    if not layout.made:
        making.make(layout, owner, programs)
    _start(layout, owner, programs["pg_ctl"])


def _start(layout: Layout, owner: Owner, pg_ctl: Path) -> None:
    sockets = folders.prepare_sockets(layout, owner)
    server = postmaster.find(layout)
    if server is not None:
        # Alive and not ready: left in mid-start by a process that was killed, or cut off from its socket.
        postmaster.stop(server.pid, layout.cluster)
    postmaster.clear(layout, sockets)
    if layout.log.exists() and layout.log.stat().st_size > LOG_LIMIT_BYTES:
        layout.log.unlink()
    options = {**OPTIONS, "unix_socket_directories": str(sockets)}
    # pg_ctl hands this to a shell.
    line = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
    answer = owner.run([pg_ctl, "start", "-w", "-t", "90", "-D", layout.cluster, "-l", layout.log, "-o", line])
    if answer.returncode != 0:
        raise ClusterError(f"PostgreSQL did not start: {_last_words(layout)} The whole log: {layout.log}")


def _last_words(layout: Layout) -> str:
    try:
        lines = layout.log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it wrote no log."
    telling = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line or "ERROR" in line]
    return (telling or lines or ["its log is empty."])[-1].strip()


def remove(layout: Layout) -> None:
    """Stop the cluster and remove its home. Call it under the start lock.

    Raises ClusterError while somebody uses it.
    """
    if layout.home.exists():
        with _alone(layout):
            shutil.rmtree(layout.home)
            folders.drop_sockets(layout, owners.find())


def set_aside(layout: Layout) -> Path:
    """Where root's cluster goes when its data folder is gone: one generation is kept."""
    return layout.home.with_name(layout.home.name + ".old")


def _move_orphan(layout: Layout, owner: Owner) -> None:
    """A fresh clone in the place of a removed one starts afresh, as it does for an ordinary user."""
    if not owner.switch or not layout.home.exists() or places.names(layout):
        return
    with _alone(layout):
        shutil.rmtree(set_aside(layout), ignore_errors=True)
        layout.home.rename(set_aside(layout))


@contextlib.contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Stop server and keeper, and let nobody use the cluster for the length of the block."""
    alone = locks.take(layout.users_lock, wait=False)
    if alone is None and not set(locks.holders(layout.users_lock)) - {keeper.pid(layout)}:
        # The last user has just gone: the keeper is stopping the server, and gives way when it is done.
        alone = locks.take(layout.users_lock)
    if alone is None:
        users = ", ".join(str(pid) for pid in locks.holders(layout.users_lock)) or "unknown"
        raise ClusterError(f"the database in {layout.home} is in use (process {users}): stop that first.")
    try:
        server = postmaster.find(layout)
        if server is not None:
            postmaster.stop(server.pid, layout.cluster)
        keeper.dismiss(layout)
        yield
    finally:
        os.close(alone)
