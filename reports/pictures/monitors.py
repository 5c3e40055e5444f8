"""What the pages call the monitors of drift: what each asks, in what it is measured, and what its states mean."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, pgettext

from reports.pictures.numbers import Body, Number, number_at, signed, spanned

KEYS = ("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10")
STATES = ("WARMING_UP", "OK", "WATCH", "ALARM", "STALE")


@dataclass(frozen=True, slots=True)
class Watched:
    """A monitor for people. `question` is answered with yes where it has drifted, `calm` is what no says, `drifted`
    what yes says; `unit` is in what the value and the tolerance are, times `factor`.

    `change`: the value is the change since the reference, whose own is then 0.
    """

    title: str
    question: str
    calm: str
    drifted: str
    unit: str
    meaning: str = ""
    digits: int = 2
    factor: float = 1.0
    tolerated: tuple[str, float] | None = None

    @property
    def tolerance(self) -> tuple[str, float]:
        """The unit and the factor of its tolerance."""
        return self.tolerated or (self.unit, self.factor)


_LOG_ODDS = gettext_noop("log-odds")
_POINTS = gettext_noop("percentage points")
WATCHED = {
    "M1": Watched(
        gettext_noop("Bias coefficient"),
        gettext_noop("Do users' thumbs reward flattery more than they did?"),
        gettext_noop("users' thumbs do not reward flattery more than they did"),
        gettext_noop("users' thumbs reward flattery more"),
        _LOG_ODDS,
        "sycophantic",
    ),
    "M2": Watched(
        gettext_noop("Raw gap"),
        gettext_noop("Has the gap between thumbs on flattering and on upright answers grown?"),
        gettext_noop("the gap between thumbs on flattering and on upright answers has not grown"),
        gettext_noop("the gap between thumbs on flattering and on upright answers has grown"),
        _POINTS,
        "sycophantic",
        1,
        100.0,
    ),
    "M3": Watched(
        gettext_noop("Calibration"),
        gettext_noop("Do thumbs agree with experts less than they did?"),
        gettext_noop("thumbs agree with experts as they did"),
        gettext_noop("thumbs agree with experts less"),
        gettext_noop("Brier score"),
        "correct",
        3,
    ),
    "M4": Watched(
        gettext_noop("Selection"),
        gettext_noop("Do others leave thumbs than those who did?"),
        gettext_noop("those who leave thumbs are as they were"),
        gettext_noop("others leave thumbs than those who did"),
        _LOG_ODDS,
        tolerated=(_POINTS, 100.0),
    ),
    "M5": Watched(
        gettext_noop("Conflation"),
        gettext_noop("Do warmth and agreement go together more than they did?"),
        gettext_noop("warmth and agreement do not go together more than they did"),
        gettext_noop("warmth and agreement go together more"),
        _LOG_ODDS,
        "sycophantic",
    ),
    "M6": Watched(
        gettext_noop("Mix"),
        gettext_noop("Are users and prompts mixed otherwise than in the reference?"),
        gettext_noop("users and prompts are mixed as in the reference"),
        gettext_noop("users and prompts are mixed otherwise"),
        gettext_noop("stability index"),
    ),
    "M7": Watched(
        gettext_noop("Rater drift"),
        gettext_noop("Do raters judge the anchors otherwise than they did?"),
        gettext_noop("raters judge the anchors as they did"),
        gettext_noop("raters judge the anchors otherwise"),
        _POINTS,
        "",
        1,
        100.0,
    ),
    "M8": Watched(
        gettext_noop("Volume and labels"),
        gettext_noop("Do thumbs and their labels come otherwise than they did?"),
        gettext_noop("thumbs and their labels come as they did"),
        gettext_noop("thumbs and their labels come otherwise"),
        gettext_noop("labelled thumbs a day"),
        "",
        0,
    ),
    "M9": Watched(
        gettext_noop("Memory modifier"),
        gettext_noop("Does memory make thumbs reward flattery more than it did?"),
        gettext_noop("memory does not make thumbs reward flattery more than it did"),
        gettext_noop("memory makes thumbs reward flattery more"),
        _LOG_ODDS,
        "sycophantic",
    ),
    "M10": Watched(
        gettext_noop("Vulnerable tail"),
        gettext_noop("Are there more users whose thumbs reward flattery strongly?"),
        gettext_noop("there are not more users whose thumbs reward flattery strongly"),
        gettext_noop("there are more users whose thumbs reward flattery strongly"),
        gettext_noop("percent of users"),
        "sycophantic",
        1,
        100.0,
        tolerated=(_LOG_ODDS, 1.0),
    ),
}

_SIGNS = {
    "OK": ("done", gettext_noop("OK")),
    "WATCH": ("warn", gettext_noop("watch")),
    "ALARM": ("fail", gettext_noop("alarm")),
    "WARMING_UP": ("wait", gettext_noop("warming up")),
    "STALE": ("off", gettext_noop("stale")),
}
_FAULT = ("warn", gettext_noop("fault"))
SUSPECTED = {
    "bias_drift": gettext_noop("bias drift"),
    "label_drift": gettext_noop("label drift"),
    "mix_shift": gettext_noop("mix shift"),
    "data_fault": gettext_noop("data fault"),
    "known_launch": gettext_noop("known launch"),
}
_LEFT_OUT = {
    "correct": gettext_noop("on correct answers, which this monitor does not ask about"),
    "unlabelled": gettext_noop("without a label that this monitor needs"),
    "unseen_warmth": gettext_noop("without a label of how warm the answer is"),
    "unseen_segment": gettext_noop("in a segment that the reference has not"),
    "unseen_arm": gettext_noop("in an arm that the reference has not"),
    "unseen_memory": gettext_noop("with a memory condition that the reference has not"),
    "unseen_domain": gettext_noop("in a domain that the reference has not"),
    "unseen_language": gettext_noop("in a language that the reference has not"),
    "unseen_solicited": gettext_noop("asked for otherwise than all of the reference"),
    "clock_back": gettext_noop("whose clock went back"),
    "a clock that went back": gettext_noop("whose clock went back"),
    "no expert's label": gettext_noop("without an expert's label"),
    "the reference's own": gettext_noop("added to the reference, which had too few"),
    "users judged for the reference": gettext_noop("users judged for the reference, which had too few"),
    "a rater's own reference": gettext_noop("first ones of a rater, who is compared with them"),
    "more raters than are followed": gettext_noop("by more raters than are followed one by one"),
    "not known whether it was asked for": gettext_noop("of which it is not known whether they were asked for"),
}


def title_of(key: str) -> str:
    return _(WATCHED[key].title)


def sign_of(found: Body) -> tuple[str, str]:
    """The sign and the word of a monitor's state; a fault is said before all but an alarm."""
    state = found["state"]
    kind, word = _FAULT if found.get("fault") and state not in ("ALARM", "STALE") else _SIGNS[state]
    return kind, _(word)


def suspected_said(key: str | None) -> str:
    return _(SUSPECTED[key]) if key in SUSPECTED else ""


def left_out_said(reason: str) -> str:
    """Why events were left out; a reason that we have no words for stands as it is."""
    return _(_LEFT_OUT[reason]) if reason in _LEFT_OUT else reason.replace("_", " ")


def left_out_intro(key: str) -> str:
    """What being left out means, above the reasons."""
    if key == "M7":
        return _("These judgments of anchors count for all raters together, not for one alone.")
    return _("These labelled thumbs were read and not used; they count neither for nor against a change.")


def unit_of(key: str) -> str:
    return _(WATCHED[key].unit)


def value_of(found: Body) -> Number | None:
    """The value in the unit that people read."""
    number = number_at(found, "value")
    return number.times(WATCHED[found["key"]].factor) if number else None


def counted(key: str, n: int) -> str:
    """`8,000 labelled thumbs`: what the monitor reads."""
    if key == "M7":
        words = ngettext("%(n)s judgment of anchors", "%(n)s judgments of anchors", n)
    else:
        words = ngettext("%(n)s labelled thumb", "%(n)s labelled thumbs", n)
    return words % {"n": f"{n:,}"}


def more(key: str, n: int) -> str:
    """`8,000 more labelled thumbs`."""
    if key == "M7":
        words = ngettext("%(n)s more judgment of anchors", "%(n)s more judgments of anchors", n)
    else:
        words = ngettext("%(n)s more labelled thumb", "%(n)s more labelled thumbs", n)
    return words % {"n": f"{n:,}"}


def reference_of(found: Body) -> Number | None:
    """What it was in the reference, in the unit that people read."""
    number = number_at(found, "reference")
    return number.times(WATCHED[found["key"]].factor) if number else None


def value_said(found: Body) -> str:
    """`+0.81 (+0.60 to +1.02) log-odds`; empty where there is no value."""
    key, number = found["key"], value_of(found)
    if number is None:
        return ""
    return _("%(value)s %(unit)s") % {"value": spanned(number, WATCHED[key].digits), "unit": unit_of(key)}


def amount_said(key: str, value: float) -> str:
    """`0.8 log-odds`: how much a value has moved, without its sign."""
    watched = WATCHED[key]
    digits = max(1, watched.digits - 1)
    said = f"{abs(value):.{digits}f}"
    return _("%(value)s %(unit)s") % {"value": said, "unit": unit_of(key)}


def tolerance_said(key: str, tolerance: float) -> str:
    """`0.1 log-odds`, a tolerance as it is declared."""
    unit, factor = WATCHED[key].tolerance
    return _("%(value)s %(unit)s") % {"value": f"{tolerance * factor:g}", "unit": _(unit)}


def plain_signed(key: str, value: float | None) -> str:
    watched = WATCHED[key]
    return signed(None if value is None else value * watched.factor, watched.digits)


def level_said(factor: str, level: str) -> str:
    """`where memory is on`: to whom or where a change belongs."""
    if factor == "everywhere":
        return _("everywhere alike")
    words = {
        "memory": _("where memory is %(level)s"),
        "segment": _("in the segment %(level)s"),
        "arm": _("in the arm %(level)s"),
        "domain": _("in the domain %(level)s"),
        "language": _("in the language %(level)s"),
    }
    if factor == "solicited":
        asked = level in ("yes", "true", "True", "1", "solicited")
        return _("where thumbs were asked for") if asked else _("where nobody asked for thumbs")
    if factor not in words:
        return f"{factor}: {level}"
    known = {"on": pgettext("memory", "on"), "off": pgettext("memory", "off")} if factor == "memory" else {}
    return words[factor] % {"level": known.get(level, level)}


def factor_of(key: str) -> str:
    """What a factor of the context is called."""
    words = {
        "memory": _("memory"),
        "segment": _("segment"),
        "arm": _("arm"),
        "domain": _("domain"),
        "language": _("language"),
        "solicited": _("asked for"),
        "everywhere": _("everywhere"),
    }
    return words.get(key, key)


def at_of(said: Any) -> datetime | None:
    """A moment as bodies hold it: ISO 8601 or seconds since the epoch."""
    if said is None or said == "":
        return None
    if isinstance(said, int | float):
        return datetime.fromtimestamp(said, tz=timezone.get_default_timezone())
    return datetime.fromisoformat(str(said)) if not isinstance(said, datetime) else said


def day_said(at: datetime) -> str:
    """`3 May`, with the year where it is not the present one; in the reader's time zone."""
    local = timezone.localtime(at)
    year = "" if local.year == timezone.localtime().year else " Y"
    return dateformat.format(local, f"j F{year}")


def moment_said(at: datetime) -> str:
    """`3 May, 14:02`."""
    return f"{day_said(at)}, {dateformat.format(timezone.localtime(at), 'H:i')}"
