"""The folders of a cluster: made with the right owner and mode, and refused when somebody else got there first."""

import contextlib
import os
import shutil
import stat
from pathlib import Path

from config.cluster import layout as places
from config.cluster.errors import ClusterError
from config.cluster.layout import Layout
from config.cluster.owner import Owner

NEEDED_BYTES = 250 * 1024 * 1024


def prepare(layout: Layout, owner: Owner) -> None:
    """Make the folders above the cluster's home, so that its start lock can be taken. Existing ones keep their modes.

    Raises ClusterError if this user may not write there.
    """
    try:
        layout.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if owner.switch:
            make(layout.home.parent, mode=0o755)
    except OSError as error:
        raise ClusterError(
            f"cannot make {layout.data_dir}: {error.strerror}. Name a folder you may write in by PLUMBLINE_DATA_DIR."
        ) from None
    here = layout.data_dir.stat()
    if not owner.switch and here.st_uid != owner.uid:
        raise ClusterError(
            f"{layout.data_dir} belongs to another user (uid {here.st_uid}): run this as that user, "
            "or name a folder of your own by PLUMBLINE_DATA_DIR."
        )


def prepare_home(layout: Layout, owner: Owner) -> None:
    """Make the cluster's home and mark whose it is. Call it under the start lock."""
    make(layout.home, mode=0o755 if owner.switch else 0o700)
    make(layout.server, mode=0o700, owner=owner)
    if owner.switch:
        # Rewritten on every start: a clone that was moved keeps its cluster under its new path.
        _write(layout.claim, f"{layout.data_dir}\n")
        _write(places.pointer(layout.data_dir), f"{layout.home}\n")


def prepare_sockets(layout: Layout, owner: Owner) -> Path:
    """The folder of the socket, made if need be.

    Raises ClusterError if it is not a folder of the server's user that is closed to all others.
    """
    folder = layout.sockets(owner.uid)
    make(folder, mode=0o700, owner=owner)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise ClusterError(
            f"{folder} is not a private folder of user {owner.name}, so somebody else could listen there: remove it."
        )
    return folder


def drop_sockets(layout: Layout, owner: Owner) -> None:
    """Remove the folder of the socket where it lies outside of the cluster's home."""
    folder = layout.sockets(owner.uid)
    if not folder.is_relative_to(layout.home):
        # Gone already, or somebody else's: neither is ours to complain about here.
        with contextlib.suppress(OSError):
            folder.rmdir()


def check_space(layout: Layout) -> None:
    """Raise ClusterError if there is no room for a new cluster."""
    free = shutil.disk_usage(layout.home).free
    if free < NEEDED_BYTES:
        raise ClusterError(
            f"{layout.home} has {free // 1024**2} MB left and a new database needs {NEEDED_BYTES // 1024**2} MB: "
            "make room, or name another folder by PLUMBLINE_DATA_DIR."
        )


def make(folder: Path, *, mode: int, owner: Owner | None = None) -> None:
    """Make one folder if it is not there. Only a folder made here gets a mode and an owner: never an existing one."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    if owner is not None and owner.switch:
        os.chown(folder, owner.uid, owner.gid, follow_symlinks=False)
    folder.chmod(mode)


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    path.write_text(text)
