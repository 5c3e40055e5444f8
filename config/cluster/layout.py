"""Where the private cluster lies. Nothing here touches the disk."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT_HOME = Path("/var/lib/plumbline")
PORT = 5432
# sun_path of a Unix socket has 108 bytes, one of them the closing zero.
SOCKET_LIMIT = 107


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one cluster."""

    data_dir: Path
    home: Path

    @property
    def start_lock(self) -> Path:
        """Held alone while the cluster is made, started or removed."""
        return self.home.with_name(self.home.name + ".lock")

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the cluster."""
        return self.home / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held by the one keeper; its text is the keeper's process id."""
        return self.home / "keeper.lock"

    @property
    def passwords(self) -> Path:
        """A libpq password file, readable by its owner alone."""
        return self.home / "passwords"

    @property
    def claim(self) -> Path:
        """Says whose data folder a home outside of it belongs to."""
        return self.home / "belongs-to"

    @property
    def server(self) -> Path:
        """The folder that belongs to the server's user."""
        return self.home / "server"

    @property
    def cluster(self) -> Path:
        return self.server / "cluster"

    @property
    def log(self) -> Path:
        return self.server / "postgres.log"

    @property
    def made(self) -> bool:
        return (self.cluster / "PG_VERSION").exists()

    def sockets(self, uid: int) -> Path:
        """The folder of the server's socket: beside the cluster, or a short one where that path is too long."""
        natural = self.server / "socket"
        # The setting is a comma-separated list in which quotes and a leading @ mean something.
        plain = not re.search(r"[,\"@\n]", str(natural))
        if plain and len(os.fsencode(natural / f".s.PGSQL.{PORT}")) <= SOCKET_LIMIT:
            return natural
        return Path("/tmp") / f"plumbline-{uid}-{_digest(natural)}"  # noqa: S108 -- owner and mode are checked on use


def data_dir() -> Path:
    """The folder of everything that Plumbline writes: `.data/`, or what PLUMBLINE_DATA_DIR names."""
    repository = Path(__file__).resolve().parents[2]
    return Path(os.path.realpath(os.environ.get("PLUMBLINE_DATA_DIR") or repository / ".data"))


def pointer(data: Path) -> Path:
    """The file in the data folder that names root's home of the cluster."""
    return data / "postgres.path"


def names(layout: Layout) -> bool:
    """Whether the data folder names this home as its own."""
    try:
        return pointer(layout.data_dir).read_text().strip() == str(layout.home)
    except OSError:
        return False


def find() -> Layout:
    """Where this clone's cluster lies, or will lie."""
    data = data_dir()
    if os.geteuid() != 0:
        return Layout(data_dir=data, home=data / "postgres")
    return Layout(data_dir=data, home=_named_home(data) or _default_home(data))


def _default_home(data: Path) -> Path:
    clone = data.parent if data.name == ".data" else data
    short = re.sub(r"[^A-Za-z0-9._-]+", "-", clone.name).strip("-.")[:24] or "clone"
    return ROOT_HOME / f"{short}-{_digest(data)}"


def _named_home(data: Path) -> Path | None:
    """The home that the data folder names, if it is this one's: a copied clone must not share its original's."""
    try:
        home = Path(pointer(data).read_text().strip())
        claimed = Path(Layout(data_dir=data, home=home).claim.read_text().strip())
    except (OSError, ValueError):
        return None
    moved_here = not pointer(claimed).exists()
    return home if home.parent == ROOT_HOME and (claimed == data or moved_here) else None


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
