"""Plumbline's reference client: assign units without asking, send what happened. Python 3.11 or newer, no packages."""

import gzip
import hashlib
import itertools
import json
import time
import urllib.request
import uuid
from datetime import UTC, datetime


def number(salt, purpose, unit):
    return int(hashlib.sha256(f"{salt}:{purpose}:{unit}".encode()).hexdigest()[:8], 16)


def under(drawn, share):
    return drawn * 1_000_000 < share * 2**32


def assign(parameters, unit, segment=None):
    """The arm of this unit (with `key` and `bundle`), or None: it takes no part, and gets what everybody else gets."""
    salt = parameters["salt"]
    eligible = all((segment or {}).get(name) in values for name, values in parameters["eligibility"].items())
    if not eligible or not under(number(salt, "ramp", unit), parameters["ramp"] * 10_000):
        return None
    drawn, upto = number(salt, "arm", unit), itertools.accumulate(arm["share"] for arm in parameters["arms"])
    return next((arm for arm, share in zip(parameters["arms"], upto, strict=True) if under(drawn, share)), None)


def chosen(parameters, conversation, turn):
    """Whether to send this turn of a unit that takes part as an event of kind `turn`, with its messages."""
    return under(number(parameters["salt"], "label", f"{conversation}:{turn}"), parameters["label_share"])


def event(kind, **said):
    return {"event_id": str(uuid.uuid4()), "at": datetime.now(UTC).isoformat(), "kind": kind, **said}


class Client:
    def __init__(self, address, token):
        self.address, self.token, self.held = address.rstrip("/"), token, {}

    def parameters(self, key, seconds=300):
        """The experiment's parameters, at most so many seconds old."""
        if key not in self.held or time.monotonic() - self.held[key][0] > seconds:
            self.held[key] = time.monotonic(), self._ask(f"/api/v1/experiments/{key}/parameters/")
        return self.held[key][1]

    def send(self, events):
        """Send up to 10,000 events; on an OSError send the same list again: nothing is counted twice."""
        body = gzip.compress("\n".join(map(json.dumps, events)).encode(), mtime=0)
        told = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
        return self._ask("/api/v1/feedback/", body, {**told, "Idempotency-Key": hashlib.sha256(body).hexdigest()})

    def _ask(self, path, body=None, headers=None):
        told = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        with urllib.request.urlopen(urllib.request.Request(self.address + path, body, told), timeout=30) as answer:
            return json.load(answer)
