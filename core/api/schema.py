"""The OpenAPI document: drf-spectacular's, with what all our addresses have in common."""

import re
from functools import lru_cache
from typing import Any

from django import forms
from django_filters import FilterSet
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from core.api import idempotency, paging
from core.api.problems import CODES, FIELD_CODES, MEDIA_TYPE, PREFIX, Code

_OF_ALL = (400, 401, 403, 404, 405, 415, 429, 500, 503)
_OF_WRITES = (409, 413, 422)


class FaultSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="`a.b` or `a.0` inside of others; empty: the body as a whole.")
    code = serializers.ChoiceField(choices=sorted(FIELD_CODES))
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error, as RFC 9457 has it. `code` is stable; words may change."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.ChoiceField(choices=[code.value for code in Code])
    errors = FaultSerializer(many=True, required=False)


class Described(AutoSchema):
    """An address's description: scopes, filters, pages, the idempotency key, and every error it may give."""

    def get_operation_id(self) -> str:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()
        return f"{name}_{self.method.lower()}"

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).split("/")[0]]

    def get_description(self) -> str:
        method = getattr(self.view, self.method.lower(), None)
        words = " ".join((getattr(method, "__doc__", None) or "").split())
        scopes = " or ".join(f"`{scope}`" for scope in sorted(self.view.scopes.get(self.method, ())))
        return f"{words}\n\nScope: {scopes}." if scopes else words

    def get_override_parameters(self) -> list[Any]:
        if self.method == "POST" and getattr(self.view, "keyed", False):
            words = "A new random string for each new thing; sent again, it brings the first answer again."
            return [OpenApiParameter(idempotency.HEADER, str, "header", required=True, description=words)]
        if self.method != "GET" or not hasattr(self.view, "filters"):
            return []
        return [*_filters(self.view.filters), *_pages(self.view.most)]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in (*_OF_ALL, *(() if self.method == "GET" else _OF_WRITES)):
            described = self._get_response_for_code(ProblemSerializer, str(status), media_types=[MEDIA_TYPE])
            titles = [about.title for about in CODES.values() if about.status == status]
            bodies[str(status)] = {**described, "description": "; ".join(titles) + "."}
        return bodies


def page_of(serializer: type[serializers.Serializer]) -> Any:
    """How a page of these is described."""
    name = serializer.__name__.removesuffix("Serializer")
    words = "Where the next page is; null on the last."
    fields = {"results": serializer(many=True), "next": serializers.URLField(allow_null=True, help_text=words)}
    return inline_serializer(f"PageOf{name}", fields)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI document of this installation; made once per process, since it never changes while one runs."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def _filters(filters: type[FilterSet] | None) -> list[OpenApiParameter]:
    found = []
    for name, one in filters.base_filters.items() if filters else ():
        schema: dict[str, Any] = {"type": "string", "minLength": 1}
        if isinstance(one.field, forms.ChoiceField):
            schema["enum"] = [value for value, _ in one.extra["choices"]]
        elif isinstance(one.field, forms.UUIDField):
            schema["format"] = "uuid"
        elif isinstance(one.field, forms.DateTimeField):
            schema["format"] = "date-time"
        elif "max_length" in one.extra:
            schema["maxLength"] = one.extra["max_length"]
        found.append(OpenApiParameter(name, schema, description=str(one.extra.get("help_text", ""))))
    return found


def _pages(most: int) -> list[OpenApiParameter]:
    limit = {"type": "integer", "minimum": 1, "maximum": most, "default": min(paging.LIMIT, most)}
    cursor = {"type": "string", "minLength": 22, "maxLength": 22}
    return [
        OpenApiParameter("limit", limit, description="How many on a page."),
        OpenApiParameter("cursor", cursor, description="From the `next` of the page before."),
    ]
