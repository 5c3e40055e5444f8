"""The reference for people, made of the OpenAPI document: one page, no script, nothing from elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.api.problems import CODES, FIELD_CODES
from core.api.schema import document

_FORM = "multipart/form-data"
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field. `path` is `a.b` inside of others and `a[].b` inside of lists."""

    path: str
    kind: str
    words: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    words: str
    scope: str
    parameters: list[Row]
    body: list[Row]
    body_type: str
    status: str
    answer: list[Row]
    curl: str


@dataclass(slots=True)
class Section:
    """What is about one kind of thing."""

    name: str
    operations: list[Operation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole page."""

    sections: list[Section]
    codes: list[tuple[str, int, str, str]]
    field_codes: list[tuple[str, str]]


def reference(base: str) -> Reference:
    """The reference of the API; `base` is the site's address, for the examples."""
    whole = document()
    sections: dict[str, Section] = {}
    for path, methods in whole["paths"].items():
        for method, told in methods.items():
            name = told["tags"][0]
            section = sections.setdefault(name, Section(name))
            section.operations.append(_operation(whole, path, method.upper(), told, base.rstrip("/")))
    codes = [(code.value, about.status, about.title, about.remedy) for code, about in CODES.items()]
    return Reference([sections[name] for name in sorted(sections)], codes, sorted(FIELD_CODES.items()))


def _operation(whole: Mapping[str, Any], path: str, method: str, told: Mapping[str, Any], base: str) -> Operation:
    words, _, scope = _plain(told.get("description", "")).partition("\n\nScope: ")
    parameters = [
        Row(one["name"], _kind(one["schema"]), _plain(one.get("description", "")), one.get("required", False))
        for one in sorted(told.get("parameters", []), key=lambda one: not one.get("required", False))
    ]
    content = told.get("requestBody", {}).get("content", {})
    body_type = _FORM if _FORM in content else next(iter(content), "")
    body = list(_rows(whole, content[body_type]["schema"])) if body_type else []
    status, answer = _answer(whole, told["responses"])
    return Operation(
        anchor=told["operationId"],
        method=method,
        path=path,
        words=words,
        scope=scope.rstrip("."),
        parameters=parameters,
        body=body,
        body_type=body_type,
        status=status,
        answer=answer,
        curl=_curl(base + path, method, parameters, body, body_type),
    )


def _answer(whole: Mapping[str, Any], responses: Mapping[str, Any]) -> tuple[str, list[Row]]:
    status = next(code for code in responses if int(code) in _OK)
    content = responses[status].get("content", {})
    json_one = content.get("application/json")
    if json_one:
        return status, list(_rows(whole, json_one["schema"]))
    return status, [Row("", "a file", "")] if content else []


def _rows(whole: Mapping[str, Any], schema: Mapping[str, Any], path: str = "") -> Iterator[Row]:
    schema = _resolved(whole, schema)
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}{name}"
        resolved = _resolved(whole, inner)
        words = inner.get("description", resolved.get("description", ""))
        yield Row(here, _kind(resolved), _plain(" ".join(words.split())), name in required)
        item = _resolved(whole, resolved.get("items", {}))
        yield from _rows(whole, item, f"{here}[].") if item.get("properties") else _rows(whole, resolved, f"{here}.")


def _resolved(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference leads to, with what stands beside the reference."""
    for inner in ({"$ref": schema["$ref"]} if "$ref" in schema else {}, *schema.get("allOf", [])):
        if "$ref" in inner:
            name = inner["$ref"].rsplit("/", 1)[-1]
            beside = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
            return {**whole["components"]["schemas"][name], **beside}
    return schema


def _plain(words: str) -> str:
    """Without the marks that the OpenAPI document has for code."""
    return words.replace("`", "")


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(value) if value != "" else "“”" for value in schema["enum"] if value is not None)
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = {"uuid": "id", "date-time": "time", "binary": "file", "uri": "address"}.get(schema.get("format", ""), kind)
    return f"{kind} or null" if schema.get("nullable") else kind


def _curl(url: str, method: str, parameters: list[Row], body: list[Row], body_type: str) -> str:
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    if any(one.path == "Idempotency-Key" for one in parameters):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    wanted = [row for row in body if row.required and "." not in row.path]
    if body_type == _FORM:
        lines += [f"-F {row.path}={'@pairs.jsonl' if row.kind == 'file' else 'my-first'}" for row in wanted]
    elif body_type:
        fields = ", ".join(f'"{row.path}": {_example(row)}' for row in wanted)
        lines += ["-H 'Content-Type: application/json'", f"-d '{{{fields}}}'"]
    if method in ("DELETE", "PATCH") or (method == "POST" and not body_type):
        lines.append(f"-X {method}")
    for name in ("id", "slug", "name"):
        url = url.replace(f"{{{name}}}", f"${name.upper()}")
    return " \\\n     ".join([*lines, f'"{url}"'])


def _example(row: Row) -> str:
    return f'"{row.kind.split(" | ")[0]}"' if " | " in row.kind else '"…"'
