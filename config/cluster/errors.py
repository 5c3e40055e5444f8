"""The one error of this package."""


class ClusterError(Exception):
    """The private PostgreSQL cannot be used. The message is one line and says what to do."""
