"""The database of an installation: the server that DATABASE_URL names, or a private PostgreSQL of this clone's own.

Two calls are all that others need: `settings()` says how to connect, `hold()` keeps the private server up while this
process lives. Importing the package does nothing.
"""

from config.cluster.errors import ClusterError
from config.cluster.holding import hold
from config.cluster.layout import data_dir
from config.cluster.naming import settings

__all__ = ["ClusterError", "data_dir", "hold", "settings"]
