"""Two bundles whose every trace is known, so that a crawl can look for all of them in every byte that is sent."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import pytest
from django.test import Client

from tests.annotate_pages.pairs import bundle, campaign, comparison


def disguises(word: str) -> set[str]:
    """A word as it may leak: itself, in base64 at any offset, in hexadecimal, and the beginning of its hash."""
    raw = word.encode()
    found = {
        word.lower(),
        raw.hex(),
        hashlib.sha256(raw).hexdigest()[:12],
        hashlib.md5(raw, usedforsecurity=False).hexdigest()[:12],
    }
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        # The ends also depend on the neighbours, so only the middle is certain.
        found.add(encoded[4:-4].lower())
    return {form for form in found if len(form) >= 8}


def ids(objects: Iterable[Any]) -> set[str]:
    """The identifiers of these rows, with hyphens and without."""
    return {form for one in objects for form in (str(one.pk), one.pk.hex)}


def sent(response: Any) -> str:
    """Every byte of an answer, status line and headers included, in lower case."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    cookies = response.cookies.output() if response.cookies else ""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{response.status_code}\n{headers}\n{cookies}\n{body.decode()}".lower()


class Secrets:
    """A project with two bundles, a campaign of their pairs, and all that must never reach a rater."""

    NAMES = ("zephyr-canary-7781", "quartz-canary-3364")

    def __init__(self, project: Any, name: str = "blind", pairs: int = 6, **fields: Any) -> None:
        self.project = project
        self.bundles = tuple(bundle(project, name) for name in self.NAMES)
        for n, one in enumerate(self.bundles):
            one.spec = {"endpoint": "none", "model": f"endpoint-canary-{n}", "system": f"be-warm-canary-{n}"}
            one.digest = hashlib.sha256(one.name.encode()).digest()
            one.save()
        self.campaign = campaign(project, name, pairs=0, **fields)
        self.comparisons = [
            comparison(
                project,
                f"{name}: what is heavier, lead or feathers, in case {n}?",
                (f"Lead is heavier per volume, case {n}.", f"What a lovely question. A kilogram is a kilogram, {n}."),
                self.bundles if n % 2 else self.bundles[::-1],
            )
            for n in range(pairs)
        ]
        from annotate.planning import Planned, add_tasks

        add_tasks(campaign=self.campaign, planned=[Planned(comparison=one.pk) for one in self.comparisons])

    def all(self) -> set[str]:
        """Every string of which none may be seen."""
        from annotate.models import Slot, Task
        from core.catalog.models import Bundle, Comparison, Content, Prompt, Response

        words = [*self.NAMES, "endpoint-canary-0", "endpoint-canary-1", "be-warm-canary-0", "be-warm-canary-1"]
        forms = {form for word in words for form in disguises(word)}
        forms |= {one.digest.hex()[:16] for one in self.bundles}
        for model in (Bundle, Comparison, Content, Prompt, Response, Slot, Task):
            rows = list(model.objects.filter(project=self.project))
            forms |= ids(rows)
            forms |= {bytes(one.digest).hex()[:16] for one in rows if getattr(one, "digest", None)}
        return forms

    def found_in(self, text: str) -> set[str]:
        return {form for form in self.all() if form in text}


@pytest.fixture
def secrets(project: Any) -> Secrets:
    return Secrets(project)


@pytest.fixture
def client(rater: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(rater, backend="core.accounts.backend.AuthenticationBackend")
    return client
