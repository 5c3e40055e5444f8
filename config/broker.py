"""How Celery talks to its broker: a folder where there is no service, Redis or RabbitMQ in production.

The broker is a doorbell. Whatever it loses, the sweeper finds in the job table; whatever it says twice, the job's row
refuses the second time. So these settings are about time: how soon a lost ring is noticed, and that a broker which
accepts connections and never answers (a black hole) holds nobody for ever.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A worker waits one second at a time for Redis to hand it a ring (BRPOP); a socket with less patience than that would
# break in every quiet second. Five is far from it, and still the longest that a publisher hangs on a black hole.
SOCKET_TIMEOUT_SECONDS = 5
CONNECT_TIMEOUT_SECONDS = 1
# Kombu drops a connection whose answer is overdue by this; the worker then connects anew.
HEALTH_SECONDS = 5
# A ring that its worker neither did nor gave back comes again after this. Long jobs outlive it: their row is taken, so
# the second ring does nothing.
VISIBILITY_SECONDS = 900
# Kombu looks for such rings this often. By itself it looks every 10 s and acts on every tenth look.
RESTORE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Broker:
    """What the settings take from the broker's address.

    `acks_late`: a ring is done with when its job has ended, and given back when the process that had it is killed.
    The folder cannot take a ring back, so there it is done with when it begins.
    """

    url: str
    options: dict[str, Any]
    acks_late: bool


def broker(url: str, data_dir: Path) -> Broker:
    """The broker at `url`; `folder://` keeps its rings in the data folder."""
    scheme = url.partition(":")[0]
    if scheme == "folder":
        return Broker(url=url, options=_folder(data_dir), acks_late=False)
    return Broker(url=url, options=_redis() if scheme in ("redis", "rediss") else {}, acks_late=True)


def _folder(data_dir: Path) -> dict[str, Any]:
    return {
        "data_folder_in": str(data_dir / "broker"),
        "data_folder_out": str(data_dir / "broker"),
        "control_folder": str(data_dir / "broker-control"),
        "polling_interval": 0.2,
    }


def _redis() -> dict[str, Any]:
    return {
        "visibility_timeout": VISIBILITY_SECONDS,
        "unacked_restore_interval": RESTORE_SECONDS,
        "unacked_restore_throttle": 1,
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": HEALTH_SECONDS,
    }
