"""Reading requests strictly: what is not understood is an error, never ignored."""

import json
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser

from core.api.problems import Code, Fault, Problem


class JSONBody(BaseParser):
    """A JSON object in UTF-8, as RFC 8259 has it: no NaN, no name twice, no bomb."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise Problem(Code.TOO_LARGE, f"A JSON body has at most {most} bytes.")
        try:
            value = json.loads(raw.decode(), parse_constant=_refuse, object_pairs_hook=_once)
        except RecursionError:
            raise ParseError("The JSON is nested too deep.") from None
        except ValueError as error:
            raise ParseError(f"The body is not JSON in UTF-8: {error}") from None
        if not isinstance(value, dict):
            raise ParseError("The body must be a JSON object.")
        return value


class JSONOnly(BaseContentNegotiation):
    """Everything is answered in JSON, whatever the caller would accept."""

    def select_parser(self, request: Any, parsers: list[Any]) -> Any:
        given = request.content_type.partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(self, request: Any, renderers: list[Any], format_suffix: Any = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


def require_utf8(request: HttpRequest) -> None:
    """Raise Problem for a Content-Type with another charset: Django would read the address itself in it."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.strip("\"' ").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(Code.UNSUPPORTED, "The charset of the Content-Type is not UTF-8.")


def require_known(request: HttpRequest, known: set[str]) -> None:
    """Raise Problem naming each parameter of the address that is not known, repeated or without a value."""
    faults = []
    for name, values in request.GET.lists():
        if name not in known:
            said = f"takes {', '.join(sorted(known))}" if known else "takes no parameters"
            faults.append(Fault(name, "unknown_parameter", f"unknown; this address {said}"))
        elif len(values) > 1:
            faults.append(Fault(name, "repeated_parameter", "give it once"))
        elif not values[0]:
            faults.append(Fault(name, "blank", "give it a value, or leave it out"))
    if faults:
        raise Problem(Code.INVALID, "; ".join(f"{f.field}: {f.detail}" for f in faults), faults=faults)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
