"""Setting, changing, trying and removing the endpoints of a project."""

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from core.accounts import audit
from core.accounts.models import Project, User
from core.accounts.secrets import encrypt
from core.catalog.models import Bundle
from core.endpoints import specs
from core.endpoints.adapters import script as scripts
from core.endpoints.asking import Ask, Spent, stream_of
from core.endpoints.bundles import Callable
from core.endpoints.faults import Fault, ModelFault
from core.endpoints.models import Endpoint
from core.outbound.allowed import Allowed
from core.outbound.door import checked_url
from core.outbound.faults import NoAnswer

LONGEST_URL = 2_000
_NAME = re.compile(r"[-a-zA-Z0-9_]{1,60}")
_KEY = re.compile(r"[\x21-\x7e]{1,1000}")
TRIAL = "Answer with the one word: yes"
TRIAL_SECONDS = 20.0


class BadEndpoint(ValueError):
    """An endpoint that cannot be: `problems` says what is wrong, {field: sentence}."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{key}: {problem}" for key, problem in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a trial: its fault, or how many characters came and after how many milliseconds the first did."""

    fault: Fault | None
    first_ms: int = 0
    characters: int = 0


@sensitive_variables("key")
def set_endpoint(
    *, project: Project, name: str, kind: str, by: User | None, url: str = "", key: str | None = None, script: str = ""
) -> Endpoint:
    """Set the endpoint of this name, new or again. Raises BadEndpoint.

    `key`: None keeps the one there is, '' forgets it. It is stored encrypted and never given back; an address at
    another host does not get the key that was meant for the old one.
    """
    problems = _problems(name, kind, url, key, script)
    if problems:
        raise BadEndpoint(problems)
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().filter(project=project, name=name).first()
        if endpoint is not None and endpoint.kind != kind:
            raise BadEndpoint({"name": _("There is an endpoint of this name already, of another kind.")})
        if endpoint is not None and _moved(endpoint, url) and endpoint.key_encrypted and key is None:
            raise BadEndpoint({"key": _("The address is another host's: write its key, or forget the old one.")})
        new = endpoint is None
        endpoint = endpoint or Endpoint(project=project, name=name, kind=kind)
        endpoint.url, endpoint.script = url, script
        if key is not None:
            endpoint.key_encrypted = encrypt(key.encode()) if key else None
        endpoint.set_by = by
        endpoint.set_at = Now()
        endpoint.save()
        endpoint.refresh_from_db(fields=["set_at"])
        data = {"host": _origin(url)[1] if url else "", "kind": kind, "new": new, "key": _key_word(endpoint, key)}
        audit.record(project=project, who=by, verb="endpoint.set", object=f"endpoint:{endpoint.pk}", data=data)
    return endpoint


def remove_endpoint(*, endpoint: Endpoint, by: User | None) -> None:
    """Forget the endpoint and its key. Bundles that name it stay, and cannot be called until it is set again."""
    with transaction.atomic():
        if Endpoint.objects.filter(pk=endpoint.pk).delete()[0]:
            data = {"kind": endpoint.kind}
            audit.record(
                project=endpoint.project, who=by, verb="endpoint.removed", object=f"endpoint:{endpoint.pk}", data=data
            )


def try_endpoint(*, endpoint: Endpoint, model: str) -> Tried:
    """Ask a model of the endpoint for one word. What it said is not told: it may be no model's words."""
    spec = specs.read({"endpoint": endpoint.name, "model": model, "sampling": {"max_tokens": 16}})
    called = Callable(Bundle(project=endpoint.project, name=model), endpoint, spec)
    return async_to_sync(_try)(called)


async def _try(called: Callable) -> Tried:
    begun, first, characters = time.monotonic(), 0, 0
    ask = Ask([{"role": "user", "content": TRIAL}], "trial")
    try:
        async with asyncio.timeout(TRIAL_SECONDS), aclosing(stream_of(called, ask)) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Spent):
                    first = first or int((time.monotonic() - begun) * 1000)
                    characters += len(piece)
    except ModelFault as fault:
        return Tried(fault.fault)
    except TimeoutError:
        return Tried(Fault.SLOW)
    return Tried(None, first, characters)


def _problems(name: str, kind: str, url: str, key: str | None, script: str) -> dict[str, str]:
    problems = {}
    if not _NAME.fullmatch(name):
        problems["name"] = _("A name is made of letters, digits, hyphens and underscores, 60 at most.")
    if kind == Endpoint.Kind.OPENAI:
        problems |= _of_address(url, key)
        if script:
            problems["script"] = _("Only an endpoint that answers from a script has one.")
    elif kind == Endpoint.Kind.SCRIPT:
        if url or key:
            problems["url" if url else "key"] = _("A script has no address and no key.")
        try:
            scripts.read(script)
        except scripts.BadScript as bad:
            problems["script"] = str(bad)
    else:
        problems["kind"] = _("There is no such kind of endpoint.")
    return problems


def _of_address(url: str, key: str | None) -> dict[str, str]:
    problems = {}
    try:
        if checked_url(url, Allowed.by_operator(), plain=True).query or "?" in url or len(url) > LONGEST_URL:
            problems["url"] = _("Write the base address alone, such as https://models.example.org/v1.")
    except NoAnswer as none:
        problems["url"] = str(none)
    if key and not _KEY.fullmatch(key):
        problems["key"] = _("A key is made of letters, digits and signs, without spaces.")
    return problems


def _moved(endpoint: Endpoint, url: str) -> bool:
    return _origin(endpoint.url) != _origin(url)


def _origin(url: str) -> tuple[str, str, int | None]:
    address = urlsplit(url)
    return address.scheme, (address.hostname or "").lower(), address.port


def _key_word(endpoint: Endpoint, key: str | None) -> str:
    if key is None:
        return "kept" if endpoint.key_encrypted else "none"
    return "set" if key else "forgotten"
