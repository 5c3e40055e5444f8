"""Whether something drifts, in a sentence: what the first line of each page of monitors says."""

from typing import Any

from django.utils.translation import gettext as _

from reports.pictures.monitors import (
    WATCHED,
    amount_said,
    at_of,
    counted,
    day_said,
    level_said,
    moment_said,
    more,
    reference_of,
    sign_of,
    suspected_said,
    value_of,
    value_said,
)
from reports.pictures.numbers import Body, Number, number_at, signed

NOMINAL = frozenset({"M2"})
"""Monitors whose run length is not promised."""

CLEAR = 0.05
"""A part of a change is named in the first line when its adjusted p is at most this."""


def answer_said(found: Body) -> str:
    """The answer to the monitor's question: no, yes, perhaps, not known, or not enough data."""
    state = found["state"]
    if state == "STALE":
        return _stale_said(found)
    if state == "WARMING_UP":
        return needed_said(found)
    if found.get("fault") and state != "ALARM":
        return _("Not known: %(fault)s The monitor holds its state; it raises no alarm for a fault of its own.") % {
            "fault": sentence(str(found["fault"]))
        }
    if state == "ALARM":
        return _alarm_said(found)
    if state == "WATCH":
        return _watch_said(found)
    return _calm_said(found)


def needed_said(found: Body) -> str:
    """How much is missing before there is a verdict."""
    needed = _needed(found)
    count = needed.get("events") or 0
    words = _("Not enough data: about %(more)s.") if count else _("Not enough data.")
    said = [words % {"more": more(found["key"], count)}]
    for name, words in (
        ("sycophantic", _("The reference also lacks %(n)s on sycophantic answers.")),
        ("others", _("The reference also lacks %(n)s on answers that are not sycophantic.")),
    ):
        if needed.get(name):
            said.append(words % {"n": f"{needed[name]:,}"})
    if found.get("fault"):
        said.append(_("A shorter reference could not be used: %(why)s") % {"why": sentence(str(found["fault"]))})
    return " ".join(said)


def _needed(found: Body) -> dict[str, int]:
    """What is missing by what it is: labelled thumbs, and those of them on sycophantic answers and on others."""
    given = found.get("needed")
    if isinstance(given, int):
        return {"events": given}
    return {name: int(count) for name, count in (given or {}).items() if isinstance(count, int)}


def _calm_said(found: Body) -> str:
    n = found.get("events") or 0
    seen = counted(found["key"], n)
    if value_of(found) is None:
        words = _("Not enough data: only %(seen)s since the reference.") % {"seen": seen}
        lacks = found.get("lacks")
        return words + (" " + _("A value takes about %(more)s.") % {"more": more(found["key"], lacks)} if lacks else "")
    words = _("No: since the reference, over %(seen)s, %(calm)s.")
    return words % {"seen": seen, "calm": _(WATCHED[found["key"]].calm)} + _value(found)


def _watch_said(found: Body) -> str:
    since = at_of(found.get("since"))
    words = _("Perhaps: since %(day)s there are early signs that %(drifted)s.")
    if since is None:
        words = _("Perhaps: there are early signs that %(drifted)s.")
    said = words % {"day": day_said(since) if since else "", "drifted": _(WATCHED[found["key"]].drifted)}
    no_alarm = _("It is no alarm: an early warning comes sooner and promises nothing about false ones.")
    return f"{said} {no_alarm}{_value(found)}"


def _alarm_said(found: Body) -> str:
    drifted = _(WATCHED[found["key"]].drifted)
    changed = at_of((found.get("change_point") or {}).get("at")) or at_of(found.get("since"))
    day = day_said(changed) if changed else _("the reference")
    suspected = found.get("suspected")
    # That the labels drift is what M7 itself says.
    if suspected and suspected != "bias_drift" and found["key"] != "M7":
        return _suspected_said(found, day)
    moved = _moved(found)
    main = found.get("attribution") or ()
    if found["key"] == "M1" and moved:
        words = _("Yes: since %(day)s users' thumbs reward flattery by %(moved)s more%(sure)s%(most)s.")
        said = {"day": day, "moved": moved, "most": _most_said(main), "sure": _sure_said(found)}
        return words % said + _provisional(found)
    words = _("Yes: since %(day)s %(drifted)s%(most)s.")
    return words % {"day": day, "drifted": drifted, "most": _most_said(main)} + _value(found) + _provisional(found)


def _suspected_said(found: Body, day: str) -> str:
    """What is likelier than that users changed."""
    suspected = found["suspected"]
    words = {
        "label_drift": _(
            "Label drift suspected: since %(day)s it looks as if %(drifted)s, but raters judge the anchors otherwise "
            "too. What changed may be the labels, not the thumbs."
        ),
        "mix_shift": _(
            "Mix shift suspected: since %(day)s it looks as if %(drifted)s, but who and what is asked changed too."
        ),
        "data_fault": _(
            "Data fault suspected: since %(day)s it looks as if %(drifted)s, but the thumbs or their labels came "
            "otherwise too."
        ),
    }.get(suspected, _("Since %(day)s it looks as if %(drifted)s."))
    return words % {"day": day, "drifted": _(WATCHED[found["key"]].drifted)}


def _rise(found: Body) -> Number | None:
    """By how much it moved: from the refit where there is one, else the value less that of the reference."""
    refit, now, usual = number_at(found, "change"), value_of(found), reference_of(found)
    if refit:
        return refit.times(WATCHED[found["key"]].factor)
    if now is None or usual is None:
        return None
    return Number(now.estimate - usual.estimate, None, None, now.n)


def _moved(found: Body) -> str:
    """`0.8 log-odds`: by how much."""
    rise = _rise(found)
    return amount_said(found["key"], rise.estimate) if rise and rise.estimate > 0 else ""


def _sure_said(found: Body) -> str:
    """How sure the amount is: ` (95 % interval 0.6 to 1.0)`."""
    rise = _rise(found)
    if rise is None or rise.low is None or rise.high is None:
        return ""
    digits = max(1, WATCHED[found["key"]].digits - 1)
    words = _(" (95 %% interval %(low)s to %(high)s)")
    return words % {"low": plain(rise.low, digits), "high": plain(rise.high, digits)}


def _most_said(attribution: Any) -> str:
    """`, most of it where memory is on`; nothing where no part is told apart."""
    first = next(iter(attribution), None)
    if (
        not first
        or first["factor"] == "everywhere"
        or (first.get("p_adjusted") is not None and first["p_adjusted"] > CLEAR)
    ):
        return ""
    return _(", most of it %(where)s") % {"where": level_said(str(first["factor"]), str(first["level"]))}


def _provisional(found: Body) -> str:
    if not found.get("provisional"):
        return ""
    return " " + _("Where it comes from is provisional: it is named for good 4,000 labelled thumbs after the change.")


def _value(found: Body) -> str:
    said, usual = value_said(found), reference_of(found)
    if not said:
        return ""
    if usual is None:
        return " " + _("Now it is %(value)s.") % {"value": said}
    words = _("Now it is %(value)s; it was %(usual)s in the reference.")
    return " " + words % {"value": said, "usual": signed(usual.estimate, WATCHED[found["key"]].digits)}


def _stale_said(found: Body) -> str:
    stepped = at_of(found.get("stepped_at"))
    word = sign_of({**found, "state": found.get("standing") or "WARMING_UP", "fault": ""})[1]
    if stepped is None:
        return _("Not known: labelled thumbs wait, and the monitor has never stepped.")
    words = _("Not known: labelled thumbs wait, and the monitor has not stepped since %(at)s. It last said: %(word)s.")
    return words % {"at": moment_said(stepped), "word": word}


def sentence(words: str) -> str:
    """The words as a sentence that ends."""
    words = words.strip()
    return words if words.endswith((".", "?")) else f"{words}."


def promise_said(found: Body) -> str:
    """What is promised about false alarms, and what that means."""
    declared = found.get("declared") or {}
    length = int(declared.get("run_length") or 0)
    if not declared.get("alarms", True) or not length:
        return _("This monitor is for display: it warns, and raises no alarm of its own.")
    run = counted(found["key"], length)
    if found["key"] in NOMINAL:
        return _("Its limits take blocks for normal: its run length of %(run)s is nominal, no promise.") % {"run": run}
    words = _(
        "Without a change, a false alarm comes on average after %(run)s or later. An average run of %(length)s can "
        "still mean a chance of up to 63 %% that there is one within %(length)s."
    )
    return words % {"run": run, "length": f"{length:,}"}


def power_said(power: Body | None) -> str:
    """How soon a rise would be found: `At 200 labelled thumbs a day, a rise of 0.4 is found in 8 to 18 days.`"""
    rows = list((power or {}).get("rises") or ())
    if not power or not rows:
        return ""
    words = _("At %(n)s labelled thumbs a day, %(found)s. That is by half and by nine tenths of simulated streams.")
    return words % {"n": f"{power['per_day']:,.0f}", "found": "; ".join(_found_said(row) for row in rows)}


def _found_said(row: Body) -> str:
    median, slow = row.get("median_days"), row.get("q90_days")
    said = {"rise": f"{row['rise']:g}", "median": days(median or 0), "slow": days(slow or 0)}
    if median is None:
        return _("a rise of %(rise)s log-odds is mostly not found within 20,000 of them") % said
    if slow is None:
        return _("a rise of %(rise)s log-odds is found in %(median)s days or much later") % said
    return _("a rise of %(rise)s log-odds is found in %(median)s to %(slow)s days") % said


def days(value: float) -> str:
    """`8`, `1.5`: days as they are said."""
    return f"{value:.0f}" if value >= 3 else f"{value:.1f}".removesuffix(".0")


def triage_said(verdict: str) -> str:
    """What a person decided an alarm is."""
    return suspected_said(verdict) or verdict


def interval_said(found: Body) -> str:
    """`between 1 May and 4 May, at best 3 May`: when the change came."""
    change = found.get("change_point") or {}
    at, low, high = (at_of(change.get(name)) for name in ("at", "low_at", "high_at"))
    if at is None:
        return ""
    if low is None or high is None:
        return day_said(at)
    words = _("%(at)s, between %(low)s and %(high)s")
    return words % {"at": day_said(at), "low": day_said(low), "high": day_said(high)}


def plain(value: float, digits: int) -> str:
    """`0.8`, `−0.1`: a number without a plus."""
    return signed(value, digits).removeprefix("+")
