"""Monitors, alarms and labelled thumbs as rows, and their bodies, for the pages that show them."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

BEGAN = datetime(2026, 5, 1, tzinfo=UTC)
STEP = timedelta(hours=6)
POINTS = 80
REFERENCE = 8000
EACH = 100
"""Labelled thumbs between two points."""

ATTRIBUTION: list[dict[str, Any]] = [
    {"factor": "memory", "level": "on", "delta": 0.84, "se": 0.17, "p_adjusted": 0.00001},
    {"factor": "everywhere", "level": "all", "delta": 0.81, "se": 0.09, "p_adjusted": 0.0000001},
    {"factor": "segment", "level": "teen", "delta": 0.36, "se": 0.2, "p_adjusted": 0.6},
    {"factor": "arm", "level": "candidate", "delta": 0.11, "se": 0.15, "p_adjusted": 1.0},
    {"factor": "domain", "level": "health", "delta": -0.08, "se": 0.18, "p_adjusted": 1.0},
    {"factor": "solicited", "level": "yes", "delta": 0.02, "se": 0.22, "p_adjusted": 1.0},
]
KITAGAWA = {"gap_before": 0.031, "gap_after": 0.098, "mix": 0.004, "coefficient": 0.063}
CHANGE = {
    "event": REFERENCE + 4000,
    "low": REFERENCE + 3700,
    "high": REFERENCE + 4300,
    "at": (BEGAN + 40 * STEP).timestamp(),
    "low_at": (BEGAN + 37 * STEP).timestamp(),
    "high_at": (BEGAN + 43 * STEP).timestamp(),
}
RISE = {"estimate": 0.81, "low": 0.63, "high": 0.99, "n": 4000}
USUAL = 0.3


def declared(key: str, **given: Any) -> dict[str, Any]:
    """What a monitor is told by default."""
    from reports.drift.declaring import default_of

    return default_of(key).as_json() | given


def path(*, drifts: bool, scale: float = 0.8, points: int = POINTS, most: float = 12.0) -> list[dict[str, Any]]:
    """Points of a timeline; what drifts does so from the half on."""
    made = []
    for n in range(points):
        rise = scale * min(1.0, max(0, n - points // 2) / (points / 5)) if drifts else 0.0
        statistic = math.exp(min(most, 0.35 * max(0, n - points // 2))) if drifts else 3.0 + math.sin(n / 3)
        made.append(
            {
                "event": REFERENCE + EACH * (n + 1),
                "at": (BEGAN + n * STEP).timestamp(),
                "value": (value := round(scale * USUAL + 0.05 * scale * math.sin(n / 4) + rise, 4)),
                "low": round(value - 0.21 * scale, 4),
                "high": round(value + 0.21 * scale, 4),
                "statistic": round(statistic, 3),
                "warning": round(min(3.0, 0.2 + 4 * rise), 3),
            }
        )
    return made


def reading(*, drifts: bool, scale: float = 0.8, alarms: bool = True, **given: Any) -> dict[str, Any]:
    """What a machine says of itself, as it is stored."""
    points = path(drifts=drifts, scale=scale, most=12.0 if alarms else 8.0)
    value = points[-1]["value"]
    return {
        "value": {"estimate": value, "low": value - 0.21 * scale, "high": value + 0.21 * scale, "n": EACH * POINTS},
        "statistic": points[-1]["statistic"],
        "threshold": 20000.0,
        "warning": points[-1]["warning"],
        "since": REFERENCE + 5600 if drifts else None,
        "events": EACH * POINTS,
        "left_out": {"unseen_segment": 14},
        "path": points,
        "segments": {
            f"{factor}:{level}": {
                "factor": factor,
                "level": level,
                "events": EACH * POINTS // 2,
                "statistic": points[-1]["statistic"] if (drifts and level == "on") else 12.5,
                "named": drifts and alarms and level == "on",
            }
            for factor, level in (("memory", "on"), ("memory", "off"), ("segment", "teen"), ("segment", "adult"))
        },
        "reference": {
            "estimate": scale * USUAL,
            "low": scale * (USUAL - 0.08),
            "high": scale * (USUAL + 0.08),
            "n": REFERENCE,
        },
        **given,
    }


def monitor(project: Any, key: str, **given: Any) -> Any:
    """A monitor as the engine stores it, calm unless `given` says otherwise."""
    from reports.models import Monitor

    values = {
        "declared": declared(key),
        "state": {"made": "up"},
        "reading": reading(drifts=False),
        "standing": "OK",
        "last_number": REFERENCE + EACH * POINTS,
        "since": None,
        "stepped_at": datetime.now(UTC),
        **given,
    }
    return Monitor.objects.create(project=project, key=key, **values)


def alarm(made: Any, **given: Any) -> Any:
    """An alarm of this monitor, explained."""
    from reports.models import Alarm

    numbers = given.pop("contributors", [])
    body = {
        "statistic": 23411.0,
        "threshold": 20000.0,
        "change_point": CHANGE,
        "change": RISE,
        "attribution": ATTRIBUTION,
        "kitagawa": KITAGAWA,
        "go_lives": [{"bundle": "v42", "at": (BEGAN + 39 * STEP).isoformat(), "share": 0.5}],
        "contributors": numbers,
    }
    values = {
        "run": made.run,
        "number": REFERENCE + 5600,
        "at": BEGAN + 55 * STEP,
        "suspect_from": BEGAN + 37 * STEP,
        "provisional": False,
        "suspected": "bias_drift",
        "body": body | given.pop("body", {}),
        **given,
    }
    return Alarm.objects.create(project=made.project, monitor=made, **values)


def drifting(project: Any, stale: str = "", **given: Any) -> Any:
    """All ten monitors, of which M1 alarms, M9 warns, M3 has a fault and M7 still warms up; returns the alarm.

    The monitor `stale` has not been stepped although events, which `thumbs` makes, wait for it.
    """
    since = BEGAN + 55 * STEP
    calm = [key for key in ("M2", "M4", "M5", "M6", "M8", "M10") if key != stale]
    first = monitor(
        project,
        "M1",
        reading=reading(drifts=True),
        standing="ALARM",
        since=since,
        suspected="bias_drift",
        declared=declared("M1", tolerance=0.1),
    )
    for key in calm:
        monitor(project, key, reading=reading(drifts=False, scale=0.1))
    if stale:
        asleep = datetime.now(UTC) - timedelta(hours=2)
        monitor(project, stale, reading=reading(drifts=False, scale=700.0), stepped_at=asleep, last_number=9000)
    monitor(project, "M3", fault="No expert has labelled anything since 3 May.")
    monitor(project, "M7", state=None, reading=None, standing="WARMING_UP", needed={"events": 1240}, last_number=0)
    monitor(project, "M9", reading=reading(drifts=True, scale=0.4, alarms=False), standing="WATCH", since=since)
    return alarm(first, **given)


def monitor_of(made: Any, key: str) -> Any:
    """Another monitor of the same project."""
    from reports.models import Monitor

    return Monitor.objects.get(project=made.project, key=key)


def went_live(project: Any, name: str = "v42", share: float = 0.5) -> None:
    """A bundle that went live just before the change."""
    from core.catalog.models import Bundle, GoLive

    made, _new = Bundle.objects.get_or_create(project=project, name=name)
    GoLive.objects.create(project=project, bundle=made, at=BEGAN + 39 * STEP, share=share, source="test")


def thumbs(project: Any, answers: list[Any], count: int = 20) -> list[dict[str, Any]]:
    """`count` labelled thumbs on these responses, said after the change, as an alarm names those that contributed."""
    from core.ledger import recording
    from core.ledger.models import Actor, Turn
    from core.ledger.recording import Said, Subject, Utterance
    from reports.models import DriftEvent

    user, _new = Actor.objects.get_or_create(project=project, kind="user", pseudonym="user of thumbs")
    named = []
    for n in range(count):
        at = BEGAN + 42 * STEP + n * timedelta(minutes=47)
        turn = Turn.objects.create(
            project=project, conversation=f"read {n}", n=1, response=answers[n % len(answers)], memory="on"
        )
        up = n % 4 != 3
        said = Utterance(f"thumb {n}", (Said("thumb", 1 if up else -1),), Subject(turn=turn.pk), said_at=at)
        judgment, _late = recording.record(
            project=project, actor=user.pk, source="live", rubric_version=None, utterance=said
        )
        DriftEvent.objects.create(
            judgment=judgment,
            project=project,
            number=REFERENCE + 4200 + n,
            actor=user.pk,
            turn=turn.pk,
            up=up,
            sycophantic=1.0 if up else 0.0,
            correct=0.0 if n % 3 else 1.0,
            labelled_by="rater",
            segment="teen" if n % 2 else "adult",
            arm="candidate",
            memory="on",
            domain="advice",
            language="en",
            solicited=n % 5 == 0,
            simulated=False,
            said_at=at,
            ready_at=at + timedelta(hours=2),
        )
        named.append({"event": REFERENCE + 4200 + n, "score": round(0.9 - 0.02 * n, 3)})
    return named
