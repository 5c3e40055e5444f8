"""Errors as the API says them: problem+json (RFC 9457) with a stable `code`, and in no other form."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from rest_framework import exceptions

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/v1/"
REFERENCE = f"{PREFIX}docs/"
CHALLENGE = 'Bearer realm="plumbline"'


class Code(StrEnum):
    """Every code there is. They are part of the contract: none is renamed or given another meaning."""

    MALFORMED = "malformed"
    INVALID = "invalid"
    BAD_CURSOR = "bad_cursor"
    KEY_MISSING = "idempotency_key_missing"
    KEY_INVALID = "idempotency_key_invalid"
    NOT_AUTHENTICATED = "not_authenticated"
    BAD_TOKEN = "bad_token"  # noqa: S105  (a code, no secret)
    SCOPE_MISSING = "scope_missing"
    RIGHT_MISSING = "right_missing"
    CHECK_OWED = "spot_check_owed"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    IN_PROGRESS = "idempotency_in_progress"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported_media_type"
    KEY_REUSED = "idempotency_key_reused"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class About:
    """What a code means: its status, its title, and what to do about it."""

    status: int
    title: str
    remedy: str


CODES: Mapping[Code, About] = {
    Code.MALFORMED: About(400, "The request cannot be read", "Send the body in the form that its Content-Type names."),
    Code.INVALID: About(400, "Something in the request is not as it must be", "`errors` names each field and why."),
    Code.BAD_CURSOR: About(400, "The cursor is not one of ours", "Take `cursor` from the `next` of the page before."),
    Code.KEY_MISSING: About(400, "The header Idempotency-Key is missing", "Send a new random one with each new thing."),
    Code.KEY_INVALID: About(400, "The header Idempotency-Key cannot be used", "1 to 255 visible ASCII characters."),
    Code.NOT_AUTHENTICATED: About(401, "A token is needed", "Send `Authorization: Bearer plb_…`."),
    Code.BAD_TOKEN: About(401, "The token is not good", "It is unknown, expired or revoked, or its maker has left."),
    Code.SCOPE_MISSING: About(403, "The token may not do this", "Make a token with one of the scopes that are named."),
    Code.RIGHT_MISSING: About(403, "The token's maker may not do this", "Have somebody with the right make the token."),
    Code.CHECK_OWED: About(403, "The token's maker owes a spot check", "Have them write it, or decline it, first."),
    Code.NOT_FOUND: About(404, "There is no such thing", "It does not exist, or it is of another project."),
    Code.METHOD_NOT_ALLOWED: About(405, "This address does not take that method", "The header Allow names the others."),
    Code.CONFLICT: About(409, "It is not in a state in which this can be done", "Read it again and decide anew."),
    Code.IN_PROGRESS: About(409, "The same request is being answered", "Ask again after Retry-After seconds."),
    Code.TOO_LARGE: About(413, "The request is too large", "Send less at once, or compress the file."),
    Code.UNSUPPORTED: About(415, "The body is in a form that is not taken here", "JSON in UTF-8, or a form for files."),
    Code.KEY_REUSED: About(422, "The Idempotency-Key was used for another request", "Use a new key for a new request."),
    Code.THROTTLED: About(429, "The token asks too often", "Ask again after Retry-After seconds."),
    Code.SERVER_ERROR: About(500, "Something went wrong here", "Ask again; if it stays, tell the operator when."),
    Code.UNAVAILABLE: About(503, "The database is away", "Ask again after Retry-After seconds."),
}

# What may stand in the `code` of one field; what a library says besides these is said as "invalid".
FIELD_CODES: Mapping[str, str] = {
    "required": "it must be there",
    "null": "it must not be null",
    "blank": "it must not be empty",
    "invalid": "it has the wrong form",
    "invalid_choice": "it is not one of the values that are taken",
    "max_length": "it is too long",
    "min_length": "it is too short",
    "max_value": "it is too large",
    "min_value": "it is too small",
    "empty": "it must not be empty",
    "does_not_exist": "there is no such thing in the project",
    "unknown_field": "the body has no such field",
    "unknown_parameter": "the address takes no such parameter",
    "repeated_parameter": "it is there more than once",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field (`a.b` or `a.0` inside of others; empty: the body as a whole)."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or CODES[code].title)
        self.code = code
        self.detail = detail or CODES[code].remedy
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def answer(self) -> HttpResponse:
        """The response."""
        about = CODES[self.code]
        body: dict[str, Any] = {
            "type": f"{REFERENCE}#{self.code}",
            "title": about.title,
            "status": about.status,
            "detail": self.detail,
            "code": self.code.value,
        }
        if self.faults:
            body["errors"] = [asdict(fault) for fault in self.faults]
        headers = {"Cache-Control": "no-store", **self.headers}
        if about.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = CHALLENGE
        # Half a surrogate pair, which a caller's JSON may hold and an error may name, becomes JSON's own escape again.
        words = json.dumps(body, ensure_ascii=False).encode(errors="backslashreplace")
        return HttpResponse(words, status=about.status, content_type=MEDIA_TYPE, headers=headers)


def invalid(field: str, detail: str, code: str = "invalid") -> Problem:
    """The problem of one field."""
    return Problem(Code.INVALID, f"{field}: {detail}", faults=[Fault(field, code, detail)])


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """REST framework's exception handler; None for what nobody expected, which is an error 500."""
    problem = error if isinstance(error, Problem) else _translated(error)
    return problem.answer() if problem is not None else None


def _translated(error: Exception) -> Problem | None:
    if isinstance(error, exceptions.ValidationError):
        faults = list(_faults(error.detail))
        return Problem(Code.INVALID, "; ".join(f"{f.field or 'the body'}: {f.detail}" for f in faults), faults=faults)
    if isinstance(error, exceptions.MethodNotAllowed):
        return Problem(Code.METHOD_NOT_ALLOWED)
    for kinds, code in _PLAIN:
        if isinstance(error, kinds):
            return Problem(code, _words(error))
    return None


_PLAIN: tuple[tuple[tuple[type[Exception], ...], Code], ...] = (
    ((exceptions.NotAuthenticated,), Code.NOT_AUTHENTICATED),
    ((exceptions.AuthenticationFailed,), Code.BAD_TOKEN),
    ((exceptions.PermissionDenied, PermissionDenied), Code.RIGHT_MISSING),
    ((exceptions.NotFound, Http404), Code.NOT_FOUND),
    ((exceptions.UnsupportedMediaType,), Code.UNSUPPORTED),
    ((RequestDataTooBig,), Code.TOO_LARGE),
    ((exceptions.ParseError, SuspiciousOperation), Code.MALFORMED),
)


def _words(error: Exception) -> str:
    # What is not there and who is not known is said in one way only.
    return str(error.detail) if isinstance(error, exceptions.ParseError | exceptions.UnsupportedMediaType) else ""


def _faults(detail: Any, path: str = "") -> Iterator[Fault]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from _faults(inner, ".".join(part for part in (path, here) if part))
    elif isinstance(detail, list | tuple):
        for n, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from _faults(inner, f"{path}.{n}" if nested and path else path)
    else:
        code = getattr(detail, "code", "invalid")
        yield Fault(path, code if code in FIELD_CODES else "invalid", str(detail))
