"""How Django connects: a pool and limits for those who serve pages, plain connections for commands and workers."""

from typing import Any

import environ

# A page that takes longer has lost its reader; a lock that is not given in time is somebody else's long work.
SERVING_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
}
# The pool's own patience would double its pauses for minutes, so that after a long absence of the database nobody would
# look for it for long. Given up after this, it is asked for anew by the next page.
RECONNECT_SECONDS = 2.0
# A server that lets connections hang, by address; one that is not there refuses at once.
CONNECT_SECONDS = 5


def tuned(database: dict[str, Any], env: environ.Env) -> dict[str, Any]:
    """`database` with what this process needs. DATABASE_POOL=1 (set by `config.asgi`) says that it serves pages.

    Other variables: DATABASE_POOL_MIN, DATABASE_POOL_MAX, DATABASE_POOL_WAIT_SECONDS, and for proxies that cannot have
    them DATABASE_LIMITS=0 (start-up options) and DATABASE_PREPARE=0 (prepared statements).
    """
    options: dict[str, Any] = dict(database.get("OPTIONS", {}))
    serves = env.bool("DATABASE_POOL", default=False)
    if serves:
        options["pool"] = {
            "min_size": env.int("DATABASE_POOL_MIN", default=2),
            "max_size": env.int("DATABASE_POOL_MAX", default=16),
            # Longer than a restart takes, and short enough that a page says "come again" while somebody still waits.
            "timeout": env.float("DATABASE_POOL_WAIT_SECONDS", default=4.0),
            "reconnect_timeout": RECONNECT_SECONDS,
        }
        options.setdefault("connect_timeout", CONNECT_SECONDS)
        if env.bool("DATABASE_LIMITS", default=True):
            limits = " ".join(f"-c {name}={value}" for name, value in SERVING_LIMITS.items())
            options["options"] = f"{options.get('options', '')} {limits}".strip()
    # Prepared are only the statements of `core.tables.prepared`; Django's own cursors bind on the client.
    options["prepare_threshold"] = 5 if env.bool("DATABASE_PREPARE", default=True) else None
    # Without the check a restart of the server costs the next requests of every connection.
    return {**database, "OPTIONS": options, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 0}
