"""Which function does which kind of job."""

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import autodiscover_modules

Handler = Callable[..., dict[str, Any] | None]
_handlers: dict[str, Handler] = {}
_labels: dict[str, str] = {}


class Failed(Exception):
    """Raised by a handler for work that no further attempt can do; the message is shown to the person who asked."""


class Fenced(Exception):
    """The job was taken from this attempt (its heartbeat was lost): whoever sees this must stop and write nothing."""


class UnknownKind(Failed):
    """No installed app has a handler for this kind of job."""


def handler(kind: str, *, label: str = "") -> Callable[[Handler], Handler]:
    """Register `f(run, **args) -> dict | None` for jobs of this kind; what it returns is kept as the job's result.

    `label` names the work on the jobs page ("Import comparisons"); a result's `said` is shown there as its outcome.
    Handlers live in an app's `tasks.py` and may run more than once: they are idempotent, or end their transaction
    with `run.heartbeat()`, which refuses the commit of an attempt that was given up. Any exception is retried;
    `Failed` is not.
    """

    def register(function: Handler) -> Handler:
        known = _handlers.get(kind)
        if known is not None and (known.__module__, known.__qualname__) != (function.__module__, function.__qualname__):
            raise ValueError(f"Two handlers for {kind!r}: in {known.__module__} and in {function.__module__}.")
        _handlers[kind] = function
        _labels[kind] = label or kind
        return function

    return register


def handler_of(kind: str) -> Handler:
    """The handler of this kind. Raises UnknownKind."""
    if kind not in _handlers:
        autodiscover_modules("tasks")
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKind(f"No installed app does jobs of the kind {kind!r}.") from None


def label_of(kind: str) -> str:
    """What people call this kind of work."""
    if kind not in _labels:
        autodiscover_modules("tasks")
    return _labels.get(kind, kind)
