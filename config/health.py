"""`/livez` and `/readyz`, answered before anything else looks at the request; and the page for a database that is away.

Probes come with any Host, without TLS and without a session, so they are answered by the outermost middleware.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable

import psycopg
from django.db import InterfaceError, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.api.problems import PREFIX, Code, Problem
from core.live.listener import parameters

log = logging.getLogger(__name__)

# So long one answer is good for everybody who asks: probes must not become a load.
GOOD_FOR_SECONDS = 1.0
ANSWER_SECONDS = 2
RETRY_SECONDS = "5"

_lock = threading.Lock()
_asked_at = float("-inf")
_trouble: str | None = None
_migrated = False


def probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: `/livez` says that the process is up; `/readyz` says 503 unless the database can be worked with."""

    def respond(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/livez":
            return _say("ok", 200)
        if request.path_info == "/readyz":
            return _say("not ready", 503) if trouble() else _say("ok", 200)
        return get_response(request)

    return respond


def trouble() -> str | None:
    """Why this process cannot serve pages now, None if it can. For the log; the probe's answer does not tell."""
    global _asked_at, _trouble
    with _lock:
        if time.monotonic() - _asked_at > GOOD_FOR_SECONDS:
            _trouble = _look()
            _asked_at = time.monotonic()
            if _trouble:
                log.warning("Not ready: %s", _trouble)
        return _trouble


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an error nobody caught: 503 and "come again" if the database was away, 500 otherwise."""
    error = sys.exc_info()[1]
    away = isinstance(error, OperationalError | InterfaceError)
    if request.path_info.startswith(PREFIX):
        problem = (
            Problem(Code.UNAVAILABLE, headers={"Retry-After": RETRY_SECONDS}) if away else Problem(Code.SERVER_ERROR)
        )
        return problem.answer()
    if away:
        response = render(request, "503.html", status=503)
        response["Retry-After"] = RETRY_SECONDS
        return response
    return render(request, "500.html", status=500)


def _look() -> str | None:
    # A connection of its own with a short patience: the pool's may be long, and all of it may be in use.
    try:
        with psycopg.connect(**{**parameters(), "connect_timeout": ANSWER_SECONDS}, autocommit=True) as connection:
            connection.execute(f"SET statement_timeout = '{ANSWER_SECONDS}s'")
            connection.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except (psycopg.Error, OSError) as error:
        return str(error)
    return None if _all_migrated() else "migrations are not applied; run `migrate`"


def _all_migrated() -> bool:
    # The files do not change under a running process, so once they are applied the answer stands.
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connections["default"])
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        finally:
            connections["default"].close_if_unusable_or_obsolete()
    return _migrated


def _say(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
