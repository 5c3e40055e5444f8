"""The operating-system user that the server runs as. PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.cluster.errors import ClusterError

TIMEOUT_SECONDS = 120
# Never one made by us: adding an account is the machine's owner's business.
UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose process the server is, and whether starting it means giving up root's rights first."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(self, arguments: Sequence[str | Path], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL as this user, with an environment of its own, and return what it said."""
        return subprocess.run(  # noqa: S603 -- our own list of arguments, no shell
            [str(argument) for argument in arguments],
            input=stdin,
            text=True,
            errors="replace",
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
            cwd="/",
            umask=0o077,
            # A translated or customised server would not say what we look for, and PG* variables would reach into it.
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )


def find() -> Owner:
    """The user for the server: who runs this, or an existing unprivileged one if that is root.

    Raises ClusterError where root finds none.
    """
    uid = os.geteuid()
    if uid != 0:
        return Owner(name=str(uid), uid=uid, gid=os.getegid(), switch=False)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(name=name, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
    raise ClusterError(
        "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody': "
        "run this as an ordinary user, or name a server in DATABASE_URL."
    )
