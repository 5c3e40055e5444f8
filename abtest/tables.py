"""The tables of a result page: every metric liked next to right, the guardrails, the labelled slice, slices, memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from abtest.metrics import METRICS
from abtest.pictures.liked import flag_said
from abtest.pictures.numbers import (
    GUARDED,
    MEANINGS,
    UNITS,
    Body,
    amount_said,
    behaviour_number,
    difference_said,
    direction_of,
    guardrail_name,
    label_of,
    lacks_said,
    needed_said,
    number_in,
    p_said,
    ratio_said,
    shown_of,
    signed_in,
    value_said,
)
from abtest.showing import Sign
from core.charts.words import percent


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric: the arms' values, the difference raw and at matched behaviour, and what it was expected to be."""

    key: str
    name: str
    primary: bool
    liked: bool
    values: Sequence[str]
    difference: str
    clear: bool
    p: str
    ratio: str
    fixed: str
    matched: str
    labelled: str
    flag: str
    expected: str


def metric_lines(body: Body, arms: Sequence[str]) -> list[MetricLine]:
    """Every metric that was read, the primary one first."""
    return sorted((_metric(one, arms) for one in body.get("metrics") or ()), key=lambda line: not line.primary)


def _metric(found: Mapping[str, Any], arms: Sequence[str]) -> MetricLine:
    key = found["key"]
    shown, known = shown_of(key), METRICS.get(key)
    difference = number_in(shown, found, "difference")
    values = found.get("arms") or {}
    return MetricLine(
        key=key,
        name=label_of(key),
        primary=bool(found.get("primary")),
        liked=bool(known and known.liked),
        values=[value_said(shown, (values.get(arm) or {}).get("value")) for arm in arms],
        difference=difference_said(shown, difference) if difference else lacks_said(found),
        clear=bool(difference and difference.clear),
        p=p_said((found.get("difference") or {}).get("p")) if difference else "–",
        ratio=ratio_said(found.get("ratio")),
        fixed=difference_said(shown, number_in(shown, found, "fixed")),
        matched=_matched(found),
        labelled=difference_said(shown, number_in(shown, found, "adjusted", "raw")) if found.get("adjusted") else "",
        flag=flag_said(found["flag"]) if found.get("flag") else "",
        expected=_expected(found),
    )


def _matched(found: Mapping[str, Any]) -> str:
    number = number_in(shown_of(found["key"]), found, "adjusted", "adjusted")
    if number:
        return difference_said(shown_of(found["key"]), number)
    return needed_said(found["adjusted_needed"], labelled=True) if found.get("adjusted_needed") else "–"


def _expected(found: Mapping[str, Any]) -> str:
    if found.get("expected") is None:
        return "–"
    shown = shown_of(found["key"])
    return f"{signed_in(shown, float(found['expected']))} {UNITS[shown].word}"


@dataclass(frozen=True, slots=True)
class GuardrailLine:
    """One guardrail: how it stands, its estimate, its bound and its limit."""

    kind: str
    name: str
    meaning: str
    sign: Sign
    estimate: str
    bound: str
    limit: str
    why: str


def guardrail_lines(body: Body) -> list[GuardrailLine]:
    """Every guardrail as it was read."""
    return [_guardrail(one) for one in body.get("guardrails") or ()]


def _guardrail(found: Mapping[str, Any]) -> GuardrailLine:
    kind = found["kind"]
    shown = GUARDED.get(kind, "share")
    number, bound = behaviour_number(found), found.get("bound")
    return GuardrailLine(
        kind=kind,
        name=guardrail_name(kind),
        meaning=MEANINGS.get(kind, ""),
        sign=guardrail_sign(str(found.get("state") or "")),
        estimate=difference_said(shown, number) if number else "–",
        bound=signed_in(shown, bound * direction_of(kind)) if isinstance(bound, int | float) else "–",
        limit=amount_said(shown, found.get("limit")),
        why=str(found.get("why") or "") or ("" if number else lacks_said(found)),
    )


def guardrail_sign(state: str) -> Sign:
    """How a guardrail stands. What is not shown is no pass."""
    if state == "within":
        return Sign("done", _("within its limit"))
    if state == "breached":
        return Sign("fail", _("over its limit"))
    return Sign("wait", _("not shown yet"))


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """What became of one arm's turns that the hash chose."""

    arm: str
    turns: str
    chosen: str
    came: str
    silent: str
    labelled: str


def labelled_lines(body: Body) -> list[LabelledLine]:
    """The labelled slice by arm, with the share of chosen turns whose words never came."""
    return list(_labelled(body))


def _labelled(body: Body) -> Iterator[LabelledLine]:
    for arm, found in (body.get("labelled") or {}).items():
        chosen, came = found.get("chosen"), found.get("came")
        silent = percent(1 - came / chosen) if chosen and came is not None else "–"
        yield LabelledLine(
            arm=arm,
            turns=_count(found.get("turns")),
            chosen=_count(chosen),
            came=_count(came),
            silent=silent,
            labelled=_count(found.get("labelled")),
        )


def _count(value: Any) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else "–"


@dataclass(frozen=True, slots=True)
class MemoryLine:
    """How one metric differs with memory on and off, and by how much more with it on."""

    name: str
    on: str
    off: str
    interaction: str
    differs: bool
    said: str


def memory_lines(body: Body) -> list[MemoryLine]:
    """The interaction of memory and arm for every metric that has one."""
    return [_memory(one) for one in body.get("metrics") or () if one.get("memory")]


def _memory(found: Mapping[str, Any]) -> MemoryLine:
    shown, memory = shown_of(found["key"]), found["memory"]
    number = number_in(shown, memory, "difference")
    if number is None:
        said = _("cannot be said")
    else:
        said = _("differs with memory") if memory.get("shown") else _("no broad effect shown")
    return MemoryLine(
        name=label_of(found["key"]),
        on=difference_said(shown, number_in(shown, memory, "on")),
        off=difference_said(shown, number_in(shown, memory, "off")),
        interaction=difference_said(shown, number),
        differs=bool(memory.get("shown")),
        said=said,
    )


def srm_said(body: Body) -> tuple[Sign, str]:
    """Whether the units fell into the arms as they should."""
    found = body.get("srm") or {}
    if found.get("found"):
        words = _(
            "The arms have not had the shares of the units that they should since %(since)s (p %(p)s). What is behind "
            "it may also be behind any difference, so no winner is named."
        )
        told = {"since": hour_said(found.get("since")), "p": p_said(found.get("p"))}
        return Sign("fail", _("the split is off")), words % told
    if found.get("p") is None:
        return Sign("wait", _("not shown yet")), _("There are too few units to say.")
    words = _("The units fall into the arms as they should (p %(p)s, valid at any look).")
    return Sign("done", _("the split holds")), words % {"p": p_said(found.get("p"))}


def hour_said(hour: Any) -> str:
    """`11 May 2026, 14:00`: an hour as a readout names it."""
    if not hour:
        return "–"
    at = timezone.localtime(datetime.fromisoformat(str(hour)))
    return f"{at:%-d %b %Y, %H:%M}"


def units_said(body: Body) -> list[tuple[str, str]]:
    """How many exposed units each arm has."""
    return [(arm, f"{int(n):,}") for arm, n in (body.get("units") or {}).items()]
