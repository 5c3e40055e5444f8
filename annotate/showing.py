"""How the questions of a task are laid out as controls: rows of radio buttons, ticks and one line of text.

A row's name is that of its form field: `a.correct` for the response on the left, `b.correct` for the one on the right,
`overall` for the whole subject, `a.sycophantic.details` for the refinements of an answer. What a person has filled in
travels as `Fields`: names with the values chosen, as shown on the page and not in the comparison's own order.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext

from annotate import keymap
from annotate.answers import CONTROLS, LONGEST
from annotate.keymap import KeyMap
from core.ledger import rubrics

Fields = Mapping[str, Sequence[str]]

NAME = re.compile(r"(?:[ab]\.)?[a-z][a-z0-9_]{0,39}(?:\.details)?")
_MARKS = frozenset({"correct", "sycophantic", "cold"})
_CODES = {rubrics.BOTH_BAD: "both_bad", rubrics.CANNOT_JUDGE: "cannot_judge"}


class Asked(Protocol):
    """One question with whether it must be answered, see `annotate.answers`."""

    @property
    def question(self) -> rubrics.Question: ...

    @property
    def required(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be picked. `steps` draws a strength: how many marks, 0 for the middle."""

    value: str
    label: str
    key: str
    checked: bool
    code: bool = False
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of controls, in the words and the order in which it is shown."""

    name: str
    kind: str
    label: str
    required: bool
    mark: str = ""
    side: str = ""
    choices: tuple[Choice, ...] = ()
    details: tuple[Choice, ...] = ()
    text: str = ""
    cap: str = ""

    @property
    def scale(self) -> bool:
        """Whether the answers lie on a line from A to B."""
        return any(choice.steps for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Controls:
    """The rows of one task by where they stand."""

    a: tuple[Row, ...]
    b: tuple[Row, ...]
    subject: tuple[Row, ...]

    @property
    def thumbs(self) -> dict[str, Row]:
        return {row.side: row for row in (*self.a, *self.b) if row.kind == "thumb"}


def clean(data: Mapping[str, Iterable[Any]]) -> dict[str, list[str]]:
    """The fields of a form that are answers, with everything else left out."""
    return {
        # PostgreSQL's JSON holds every character but NUL.
        name: [str(value).replace("\x00", "")[:LONGEST] for value in values][:20]
        for name, values in data.items()
        if NAME.fullmatch(name) and name not in CONTROLS and any(values)
    }


def controls(
    asked: Sequence[Asked], *, single: bool, fields: Fields | None = None, keys: KeyMap | None = None
) -> Controls:
    """The rows for these questions; `single` when one response is shown. `fields` prefills them."""
    fields = fields or {}
    caps = (keys or keymap.default()).caps
    of_response = [one for one in asked if one.question.per == "response"]
    of_subject = [one for one in asked if one.question.per == "subject"]
    return Controls(
        a=tuple(_row(one, "a", fields, caps) for one in of_response),
        b=() if single else tuple(_row(one, "b", fields, caps) for one in of_response),
        subject=tuple(_row(one, "", fields, caps) for one in of_subject if not (single and one.question.mirrored)),
    )


def render_controls(
    asked: Sequence[Asked], *, single: bool, fields: Fields | None = None, keys: KeyMap | None = None
) -> dict[str, str]:
    """The controls as HTML by place: head_a, head_b, a, b, subject. The keycaps follow `keys`.

    Pairs differ in their texts and hardly ever in their questions, so what is not filled in is rendered once for each
    language and key map.
    """
    keys = keys or keymap.default()
    if not fields:
        return _render_empty(tuple((one.question, one.required) for one in asked), single, keys, get_language())
    return _render(controls(asked, single=single, fields=fields, keys=keys))


@dataclass(frozen=True, slots=True)
class _Plain:
    question: rubrics.Question
    required: bool


@lru_cache(maxsize=512)
def _render_empty(
    asked: tuple[tuple[rubrics.Question, bool], ...], single: bool, keys: KeyMap, _language: str | None
) -> dict[str, str]:
    return _render(controls([_Plain(*one) for one in asked], single=single, keys=keys))


def _render(rows: Controls) -> dict[str, str]:
    thumbs = rows.thumbs
    parts = {
        "head_a": [thumbs["a"]] if "a" in thumbs else [],
        "head_b": [thumbs["b"]] if "b" in thumbs else [],
        "a": [row for row in rows.a if row.kind != "thumb"],
        "b": [row for row in rows.b if row.kind != "thumb"],
        "subject": rows.subject,
    }
    return {place: render_to_string("annotate/_rate_rows.html", {"rows": part}) for place, part in parts.items()}


def _row(one: Asked, side: str, fields: Fields, caps: Mapping[str, str]) -> Row:
    question = one.question
    name = f"{side}.{question.key}" if side else question.key
    chosen = set(fields.get(name, ()))
    kind = "text" if question.text else "thumb" if question.key == "thumb" else "choice"
    return Row(
        name=name,
        kind=kind,
        label=gettext(question.label),
        required=one.required,
        mark=question.key if question.key in _MARKS else "",
        side=side,
        choices=tuple(_choice(question, n, option, chosen, side, caps) for n, option in enumerate(question.options, 1)),
        details=_details(question, set(fields.get(f"{name}.details", ()))),
        text="\n".join(fields.get(name, ())) if question.text else "",
        cap=caps["why"] if question.text else "",
    )


def _choice(
    question: rubrics.Question,
    n: int,
    option: rubrics.Option,
    chosen: set[str],
    side: str,
    caps: Mapping[str, str],
) -> Choice:
    key = str(n)
    if question.key == "thumb" and side == "b":
        key = "90"[n - 1] if n <= 2 else ""
    if question.mirrored and option.value in _CODES:
        key = caps[_CODES[option.value]]
    code = option.value >= rubrics.FIRST_CODE
    long_scale = question.mirrored and len(question.options) > 3
    return Choice(
        value=option.key,
        label=gettext(option.label),
        key=key,
        checked=option.key in chosen,
        code=code and question.mirrored,
        steps=abs(option.value) if long_scale and not code else 0,
    )


def _details(question: rubrics.Question, chosen: set[str]) -> tuple[Choice, ...]:
    return tuple(
        Choice(value=detail.key, label=gettext(detail.label), key=str(n), checked=detail.key in chosen)
        for n, detail in enumerate(question.details, 1)
    )
