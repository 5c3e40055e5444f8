"""Kinds of jobs that only the tests have, and a bell that is written down instead of rung."""

import pytest

from core.jobs import bell, registry


@pytest.fixture
def rings(monkeypatch):
    """The ids rung for, in order; no broker is asked."""
    rung = []
    monkeypatch.setattr(bell, "ring", lambda job_id: rung.append(job_id))
    return rung


@pytest.fixture
def on_kind(monkeypatch):
    """`on_kind("x", f)` makes f the handler of that kind for one test."""

    def register(kind, function):
        monkeypatch.setitem(registry._handlers, kind, function)

    return register
