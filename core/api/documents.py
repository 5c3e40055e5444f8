"""The OpenAPI document, the reference made of it, and the answer where nothing is. Nobody needs a token for these."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from core.api.problems import Code, Problem
from core.api.reference import reference
from core.api.schema import document


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3 document."""
    return HttpResponse(json.dumps(document(), default=str), content_type="application/vnd.oai.openapi+json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The reference for people."""
    return render(request, "api/reference.html", {"reference": reference(request.build_absolute_uri("/"))})


@csrf_exempt
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Nothing is here."""
    hint = "" if rest.endswith("/") else " Addresses end with a slash."
    return Problem(Code.NOT_FOUND, f"There is no such address.{hint}").answer()
