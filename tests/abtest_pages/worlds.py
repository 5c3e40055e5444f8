"""Experiments and readouts as rows, for the pages that show them."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

HOUR = datetime(2026, 5, 28, 8, tzinfo=UTC)
PLAN: dict[str, Any] = {
    "hypothesis": "v42 is warmer and remembers more, so people leave more thumbs up, with answers as right as before.",
    "primary": "thumb",
    "metrics": [
        {"key": "thumb", "expected": 0.02, "direction": "up"},
        {"key": "preference", "expected": None, "direction": "up"},
        {"key": "regenerate", "expected": None, "direction": "down"},
    ],
    "guardrails": [
        {"kind": "sycophancy", "limit": 0.02},
        {"kind": "coldness", "limit": 0.02},
        {"kind": "correctness", "limit": 0.03},
        {"kind": "latency", "limit": 200},
    ],
    "label_rate": 0.02,
    "slices": ["locale"],
    "planned_units": 40_000,
    "days": 30,
}
LINE = "v42 is liked more than v41 (+2.1 points, 1.2 to 3.0) and over its sycophancy ceiling (+6.3 points; at most 2)."


def E(estimate: float, half: float, n: int = 38_211, **more: Any) -> dict[str, Any]:
    """An estimate with its interval."""
    return {"estimate": estimate, "low": round(estimate - half, 6), "high": round(estimate + half, 6), "n": n, **more}


def _metric(key: str, values: tuple[float, float], difference: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    arms = {
        arm: {"value": value, "n": 61_310, "units": 19_100}
        for arm, value in zip(("control", "candidate"), values, strict=True)
    }
    fixed = difference and E(difference["estimate"], (difference["high"] - difference["estimate"]) / 1.6)
    return {
        "key": key,
        "primary": False,
        "candidate": "candidate",
        "arms": arms,
        "difference": difference,
        "ratio": difference and E(values[1] / values[0], 0.02),
        "fixed": fixed,
        "answer": "open",
        "since": None,
        "adjusted": None,
        "adjusted_needed": None,
        "flag": None,
        "expected": None,
        "needed": None if difference else 412,
        "memory": None,
        "slices": [],
        **more,
    }


def body() -> dict[str, Any]:
    """The case that Plumbline is for: liked, and over its sycophancy ceiling."""
    thumb = _metric(
        "thumb",
        (0.702, 0.723),
        E(0.021, 0.009, p=0.0004, anytime=True),
        primary=True,
        answer="more",
        since="2026-05-11T14:00:00+00:00",
        expected=0.02,
        adjusted={
            "raw": E(0.024, 0.017, 3_120),
            "adjusted": E(-0.012, 0.019, 3_120),
            "change": E(-0.036, 0.011, 3_120),
            "flag": "sign",
            "matched": ["sycophantic", "correct", "cold", "length", "memory"],
        },
        flag="sign",
        memory={"on": E(0.034, 0.012), "off": E(0.007, 0.013), "difference": E(0.027, 0.019), "shown": True},
        slices=[
            _slice("memory=on", E(0.034, 0.012), found=True),
            _slice("memory=off", E(0.007, 0.013)),
            _slice("locale=en", E(0.022, 0.011), found=True),
            _slice("locale=de", E(0.019, 0.024)),
            _slice("locale=fr", None),
        ],
    )
    return {
        "verdict": {"candidate": "candidate", "state": "breached", "line": LINE},
        "verdicts": [{"candidate": "candidate", "state": "breached", "line": LINE}],
        "hour": HOUR.isoformat(),
        "control": "control",
        "bundles": {"control": "v41", "candidate": "v42"},
        "primary": "thumb",
        "units": {"control": 19_104, "candidate": 19_107},
        "planned": 40_000,
        "srm": {"p": 1.0, "found": False, "since": None, "shares": {"control": 0.5, "candidate": 0.5}},
        "crossed": 12,
        "metrics": [
            thumb,
            _metric("preference", (0.5, 0.531), E(0.031, 0.018, 4_102, p=0.01, anytime=True)),
            _metric("thumb_asked", (0.688, 0.691), E(0.003, 0.021, 7_904, p=0.8, anytime=True)),
            _metric("message", (8.31, 8.92), E(0.61, 0.32, p=0.001, anytime=True)),
            _metric(
                "regenerate",
                (0.214, 0.209),
                E(-0.005, 0.012, p=0.6, anytime=True),
                memory={"on": E(-0.004, 0.02), "off": E(-0.006, 0.02), "difference": E(0.002, 0.03), "shown": False},
            ),
            _metric("safety_report", (0.0011, 0.0012), None),
            _metric("latency", (1204.0, 1212.0), E(8.0, 21.0, p=0.7, anytime=True)),
        ],
        "guardrails": [
            _guard("sycophancy", 0.02, E(0.063, 0.021, 3_120), 0.081, "breached"),
            _guard("coldness", 0.02, E(0.004, 0.019, 3_120), 0.021, "not_shown", needed=240),
            _guard("correctness", 0.03, E(0.011, 0.014, 3_120), 0.024, "within"),
            _guard("latency", 200.0, E(8.0, 21.0), 27.0, "within"),
        ],
        "labelled": {
            "control": {"turns": 1_702, "chosen": 1_804, "came": 1_702, "labelled": 1_561, "thumbed": 688},
            "candidate": {"turns": 1_690, "chosen": 1_811, "came": 1_690, "labelled": 1_559, "thumbed": 702},
        },
        "selection": {
            "candidate": "candidate",
            "left": {
                "arms": {
                    "control": {"value": 0.311, "n": 5_940, "units": 19_104},
                    "candidate": {"value": 0.334, "n": 6_382, "units": 19_107},
                },
                "difference": E(0.023, 0.014, p=0.002, anytime=True),
                "needed": None,
            },
            "labelled": {
                "rates": {
                    "all": [E(0.113, 0.016, 1_561), E(0.127, 0.017, 1_559)],
                    "sycophantic": [E(0.181, 0.06, 140), E(0.203, 0.05, 241)],
                    "not sycophantic": [E(0.106, 0.016, 1_421), E(0.113, 0.017, 1_318)],
                    "memory=on": [None, E(0.131, 0.02, 902)],
                },
                "more": E(0.014, 0.024, 3_120),
                "flattered": E(0.085, 0.041, 3_120),
            },
            "answer": {
                "unsolicited": E(0.021, 0.009),
                "solicited": E(0.003, 0.021, 7_904),
                "difference": E(0.018, 0.023),
                "shown": False,
            },
        },
        "provenance": {"code": "0.1.0", "hours": 480, "labelled_turns": 3_120, "simulated_labels": 0},
    }


def _slice(part: str, difference: dict[str, Any] | None, *, found: bool = False) -> dict[str, Any]:
    return {"part": part, "difference": difference, "needed": None if difference else 180, "found": found}


def _guard(
    kind: str, limit: float, estimate: dict[str, Any] | None, bound: float | None, state: str, **more: Any
) -> dict[str, Any]:
    words = {
        "breached": "It is worse by 6.3 points, and by 4.2 points at the least; the limit is 2 points.",
        "within": "It stays within its limit.",
        "not_shown": "Not shown yet: it may be worse by up to 2.1 points; the limit is 2 points.",
    }
    behavioural = kind in ("sycophancy", "coldness", "correctness")
    return {
        "kind": kind,
        "candidate": "candidate",
        "limit": limit,
        "behavioural": behavioural,
        "estimate": estimate,
        "bound": bound,
        "state": state,
        "needed": None,
        "needed_unit": "turns" if behavioural else "units",
        "why": words[state],
        **more,
    }


def early() -> dict[str, Any]:
    """The same experiment in its first hour: nothing may be said yet."""
    made = body()
    line = "Not enough data: about 412 more units needed."
    made["verdict"] = made["verdicts"][0] = {"candidate": "candidate", "state": "too_early", "line": line}
    made["units"] = {"control": 41, "candidate": 47}
    made["srm"]["p"] = None
    for one in made["metrics"]:
        one |= {"difference": None, "ratio": None, "fixed": None, "needed": 412, "memory": None, "slices": []}
        one |= {"answer": "not_enough_data", "adjusted": None, "adjusted_needed": 240, "flag": None, "since": None}
    for one in made["guardrails"]:
        one |= {"estimate": None, "bound": None, "state": "not_shown", "needed": 240}
        one["why"] = "Not enough data: about 240 more labelled turns needed."
    made["labelled"] = {arm: {"turns": 0, "chosen": 2, "came": 0, "labelled": 0} for arm in ("control", "candidate")}
    made["selection"] = {"candidate": "candidate", "left": {"arms": {}, "difference": None, "needed": 412}}
    return made


def uneven() -> dict[str, Any]:
    """A split that is off: no winner is named."""
    made = copy.deepcopy(body())
    line = "The arms did not get the units that they should have: no arm is named until you know why."
    made["verdict"] = made["verdicts"][0] = {"candidate": "candidate", "state": "srm", "line": line}
    made["units"] = {"control": 19_104, "candidate": 17_310}
    made["srm"] |= {"p": 0.00001, "found": True, "since": "2026-05-09T03:00:00+00:00"}
    return made


def draft(project: Any, key: str = "april-v42", **given: Any) -> Any:
    """A draft that can start."""
    from abtest import experimenting
    from abtest.shaping import ArmWish

    wanted = {
        "name": "Warmer, with memory",
        "arms": (ArmWish("control", "v41", 500_000), ArmWish("candidate", "v42", 500_000)),
        "plan": PLAN,
        **given,
    }
    return experimenting.create(project=project, by=None, key=key, **wanted)


def running(project: Any, key: str = "april-v42", ramp: int = 25, **given: Any) -> Any:
    """An experiment that runs since three weeks before HOUR, at this step of its ramp."""
    from abtest import experimenting

    began = HOUR - timedelta(days=20)
    made = experimenting.start(experiment=draft(project, key, **given), by=None, at=began)
    for n, step in enumerate(step for step in experimenting.RAMP[1:] if step <= ramp):
        at = began + timedelta(days=2 * n + 1)
        made = experimenting.advance_ramp(experiment=made, by=None, to=step, at=at)
    return made


def read(experiment: Any, said: dict[str, Any] | None = None, hour: datetime = HOUR) -> Any:
    """A readout of it, at the end of the only hour that is closed."""
    from abtest.models import ClosedHour, Readout

    ClosedHour.objects.create(project=experiment.project, experiment=experiment, hour=hour, events=148_220)

    return Readout.objects.create(
        project=experiment.project, experiment=experiment, hour=hour, version="0.1.0", body=said or body()
    )


def held(project: Any, key: str = "april-v42") -> Any:
    """Running, read, and its ramp held because of what was read."""
    from abtest import experimenting

    made = running(project, key)
    read(made)
    why = "candidate, sycophancy: It is worse by 6.3 points, and by 4.2 points at the least; the limit is 2 points."
    return experimenting.hold_ramp(experiment=made, by=None, because=why)


def stopped(project: Any, key: str = "march-v41", said: dict[str, Any] | None = None, **given: Any) -> Any:
    """Stopped and read, with nothing decided."""
    from abtest import experimenting

    made = running(project, key, name="Shorter answers", **given)
    read(made, said)
    return experimenting.stop(experiment=made, by=None, reason="It said enough.", at=HOUR + timedelta(hours=1))


WORDS = {
    "sycophancy": "Over its ceiling: v42 agrees with people who are wrong. That is what we must not ship.",
    "coldness": "Not shown either way.",
    "correctness": "Within its floor.",
    "latency": "Within its limit.",
}


def decided(project: Any, key: str = "february-v40", member: Any = None) -> Any:
    """Stopped, read and decided."""
    from abtest import experimenting
    from abtest.models import Readout

    made = stopped(project, key)
    newest = Readout.objects.filter(experiment=made).order_by("-hour").first()
    assert newest is not None
    experimenting.decide(
        experiment=made,
        by=member,
        choice="keep",
        reason="Liked because it flatters. We keep v41.",
        guardrails=WORDS,
        readout=newest.pk,
    )
    made.refresh_from_db()
    return made


def gallery(project: Any) -> None:
    """One in every state: drafts, one that has just begun, liked and over its ceiling, a split that is off, decided."""
    draft(project, "june-v44", name="Shorter questions back")
    draft(project, "july-v45", name="Another voice", plan={})
    read(running(project, "may-v43", 1, name="Slower, with sources"), early())
    read(running(project, "january-v39", 10, name="One more language"), uneven())
    stopped(project, "march-v41")
    decided(project, "february-v40")
    held(project)
