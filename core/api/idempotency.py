"""Doing what a request asks for exactly once, however often it is sent.

The answer is kept in the transaction of the effect: a crash leaves neither. Only success is kept; a refused request
may be mended and sent again under its key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer

from core.accounts.tokens import Bearer
from core.api.models import KeptAnswer
from core.api.problems import Code, Problem
from core.tables import locks

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT = timedelta(days=8)
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: the status, what to answer, and the address of what was made."""

    status: int
    data: Any
    location: str = ""


def once(*, bearer: Bearer, endpoint: str, key: str | None, asked: bytes, effect: Callable[[], Done]) -> HttpResponse:
    """The answer of `effect`, done now or, if it was done under this key before, kept from then.

    `asked` is the digest of the request. The key is the token's, for this endpoint. Raises Problem: the key is
    missing or cannot be used, the same request is being answered now, or the key was used for another request.
    """
    if key is None:
        raise Problem(Code.KEY_MISSING)
    if not _KEY.match(key):
        raise Problem(Code.KEY_INVALID)
    with transaction.atomic():
        _take_turn(bearer, endpoint, key)
        kept = KeptAnswer.objects.filter(project=bearer.token.project, token=bearer.token, endpoint=endpoint, key=key)
        found = kept.first()
        if found is None:
            return _answer(_do(bearer, endpoint, key, asked, effect))
    if bytes(found.request_digest) != asked:
        raise Problem(Code.KEY_REUSED)
    answer = _answer(found)
    answer[REPLAYED] = "true"
    return answer


def digest_of(path: str, data: Any, files: dict[str, UploadedFile] | None = None) -> bytes:
    """The digest of a request: its address, its fields in any order, and what its files hold."""
    held = {name: _digest_of_file(file) for name, file in (files or {}).items()}
    words = json.dumps([path, data, held], sort_keys=True, default=str)
    return hashlib.sha256(words.encode()).digest()


def sweep() -> int:
    """Forget answers that were kept long enough; returns how many."""
    return KeptAnswer.objects.filter(at__lt=Now() - KEPT).delete()[0]


def _take_turn(bearer: Bearer, endpoint: str, key: str) -> None:
    if not locks.take_now(f"{bearer.token.project_id} {bearer.token.pk} {endpoint} {key}"):
        raise Problem(Code.IN_PROGRESS, headers={"Retry-After": "1"})


def _do(bearer: Bearer, endpoint: str, key: str, asked: bytes, effect: Callable[[], Done]) -> KeptAnswer:
    done = effect()
    return KeptAnswer.objects.create(
        project=bearer.token.project,
        token=bearer.token,
        endpoint=endpoint,
        key=key,
        request_digest=asked,
        status=done.status,
        location=done.location,
        body=JSONRenderer().render(done.data).decode(),
    )


def _answer(kept: KeptAnswer) -> HttpResponse:
    answer = HttpResponse(kept.body, status=kept.status, content_type="application/json")
    if kept.location:
        answer["Location"] = kept.location
    return answer


def _digest_of_file(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
