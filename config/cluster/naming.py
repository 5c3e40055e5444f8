"""How to connect, for Django."""

import os
from typing import Any
from urllib.parse import unquote

from config.cluster import layout, making
from config.cluster import owner as owners


def settings() -> dict[str, Any]:
    """The entry for DATABASES["default"]. It starts and writes nothing.

    Raises ClusterError where root finds no user to run a server as.
    """
    url = os.environ.get("DATABASE_URL")
    if url:
        import environ

        named: dict[str, Any] = environ.Env.db_url_config(url)
        # The path of a Unix socket stands quoted in a URL.
        return {**named, "HOST": unquote(named["HOST"])}
    place = layout.find()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": making.DATABASE,
        "USER": making.USER,
        "HOST": str(place.sockets(owners.find().uid)),
        "PORT": "",
        "OPTIONS": {"passfile": str(place.passwords)},
    }
