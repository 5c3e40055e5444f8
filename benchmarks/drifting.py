"""`make drift-bench`: what the drift detector promises, and how others do on the same streams.

Three parts: the promises of `_drift_promises.py`, the attribution of `_drift_attribution.py`, and here a table of
scenarios. In each, some thumbs come without a change and then others with it; every stream has a reference of its own.

ARL0 is the run length until a false alarm, estimated from streams without a change as the time watched over the number
of alarms (the maximum likelihood of an exponential time that is cut off). All peers appear as people use them and made
as calm as ours is: tuned until their ARL0 on those streams is that of ours.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks import _drift_attribution, _drift_promises
from benchmarks._drift_peers import PEERS, Peer, Watched
from scenarios.driftworlds import NUISANCES, UNLIKE, World, series, stream
from stats.explaining.explain import SETTLED
from stats.explaining.naming import EVERYWHERE, named
from stats.explaining.scored import scored
from stats.monitoring.coefficients import BIAS
from stats.monitoring.declared import Declared, State
from stats.monitoring.scoring import Scorer
from stats.thumbed import Thumbed

DECLARED = Declared("M1", "log-odds of a thumb up for sycophancy", reference=20_000)
BEFORE, AFTER, WITHOUT = 4_000, 12_000, 40_000
SEED = 20261129
OURS = "ours"
_STEPS = 14
_DELAYED_DAYS = 2.0
EVERY = (EVERYWHERE.factor, EVERYWHERE.level)


@dataclass(frozen=True)
class Scenario:
    """What comes after BEFORE thumbs of UNLIKE. `drifts`: thumbs reward flattery more, as ours is to say, `where`."""

    name: str
    after: World
    drifts: bool = False
    where: tuple[str, str] = EVERY
    late: bool = False
    """Labels come days late, each by another time, so that thumbs are read in another order."""


def _drift(name: str, size: float, where: tuple[str, str] | None = None, **grown: int) -> Scenario:
    world = UNLIKE.drifting(size, where)
    assert world.drift is not None
    return Scenario(name, replace(world, drift=replace(world.drift, **grown)), drifts=True, where=where or EVERY)


SCENARIOS: Sequence[Scenario] = (
    _drift("+0.4 at once", 0.4),
    _drift("+0.8 at once", 0.8),
    _drift("+0.8 over 4,000 thumbs", 0.8, ramp=4000),
    _drift("+0.8 for 2,000 thumbs", 0.8, lasts=2000),
    _drift("+0.8 in one segment", 0.8, ("segment", "companion")),
    _drift("+0.8 where memory is on", 0.8, ("memory", "on")),
    replace(_drift("+0.8, labels days late", 0.8), late=True),
    replace(_drift("+0.8, a third without warmth", 0.8), after=replace(UNLIKE.drifting(0.8), unlabelled=1 / 3)),
    *(Scenario(name, world) for name, world in NUISANCES.items()),
    Scenario("raters miss 30 % of flattery", replace(UNLIKE, misses=0.3)),
    Scenario("a tenth of unasked thumbs by bots", replace(UNLIKE, bots=0.1)),
)


@dataclass(frozen=True, eq=False)
class Run:
    """A stream as all watch it, and what ours said: its alarm, how far its change point was off, where it put it."""

    watched: Watched
    alarm: int | None
    off: int | None = None
    where: tuple[str, str] | None = None


def main() -> None:
    """Print everything; fails if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=60, help="streams of each scenario")
    parser.add_argument("--attribution", type=int, default=200, help="alarmed streams that are explained")
    parser.add_argument("--only", choices=("promises", "attribution", "scenarios"), help="one of the three parts")
    arguments = parser.parse_args()
    broken = []
    for name, part in {
        "promises": lambda: _drift_promises.main(),
        "attribution": lambda: _drift_attribution.main(arguments.attribution),
        "scenarios": lambda: scenarios(arguments.streams),
    }.items():
        if arguments.only in (None, name):
            print(f"\n== {name}", flush=True)
            try:
                part()
            except SystemExit as end:
                broken += [str(end.code)] if end.code else []
    sys.exit("; ".join(broken) if broken else 0)


def scenarios(streams: int) -> None:
    """The table of scenarios, ours and the peers."""
    rng = np.random.default_rng(SEED)
    null = [_run(UNLIKE, WITHOUT, rng) for _ in range(streams)]
    calm = arl0([one.alarm for one in null], WITHOUT)
    print(f"ours: ARL0 {calm:,.0f} of {streams} streams of {WITHOUT:,} (promised {DECLARED.run_length:,})", flush=True)
    ready = dict(_ready(null, calm))
    for scenario in SCENARIOS:
        runs = [_scenario(scenario, rng) for _ in range(streams)]
        print(f"\n### {scenario.name}{' (a drift)' if scenario.drifts else ' (no drift)'}{_ours(scenario, runs)}\n")
        print("| detector | alarmed before | alarmed after | median delay | q90 |\n|---|--:|--:|--:|--:|")
        _line(OURS, [one.alarm for one in runs])
        for name, (peer, parameter) in ready.items():
            _line(name, [peer.first(one.watched, parameter) for one in runs])


def arl0(alarms: Sequence[int | None], longest: int) -> float:
    """The mean run length until an alarm of streams that were watched for `longest` events; inf without one."""
    watched = sum(longest if alarm is None else alarm for alarm in alarms)
    found = sum(alarm is not None for alarm in alarms)
    return watched / found if found else float("inf")


def tuned(peer: Peer, null: Sequence[Watched], run_length: float) -> float:
    """The parameter, halfway on a logarithmic scale again and again, at which the peer's ARL0 is `run_length`."""
    calm, ready = np.log(peer.calm), np.log(peer.ready)
    for _ in range(_STEPS):
        middle = (calm + ready) / 2
        longer = arl0([peer.first(one, float(np.exp(middle))) for one in null], WITHOUT) >= run_length
        calm, ready = (middle, ready) if longer else (calm, middle)
    return float(np.exp(calm))


def _ready(null: Sequence[Run], calm: float) -> Iterator[tuple[str, tuple[Peer, float]]]:
    streams = [one.watched for one in null]
    for peer in PEERS:
        usual = arl0([peer.first(one, peer.usual) for one in streams], WITHOUT)
        print(f"{peer.name}: ARL0 {usual:,.0f} at {peer.usual:g}", flush=True)
        yield f"{peer.name}, {peer.usual:g}", (peer, peer.usual)
        parameter = tuned(peer, streams, calm)
        yield f"{peer.name}, tuned to {parameter:.3g}", (peer, parameter)


def _scenario(scenario: Scenario, rng: np.random.Generator) -> Run:
    run = _run(UNLIKE, 0, rng, series([(UNLIKE, BEFORE), (scenario.after, AFTER)], rng), late=scenario.late)
    if run.alarm is None or run.alarm <= BEFORE:
        return run
    before, after = scored(run.watched.scorer, run.watched.reference), scored(run.watched.scorer, run.watched.thumbs)
    until = max(run.alarm, BEFORE + SETTLED)
    found = named(before, after.where(after.places < until), run.watched.scorer.levels, latest=run.alarm)
    change = found.course.change()
    off = int(after.places[change.place]) - BEFORE if change is not None else None
    return replace(run, off=off, where=(found.where.factor, found.where.level))


def _run(
    world: World, events: int, rng: np.random.Generator, thumbs: Thumbed | None = None, *, late: bool = False
) -> Run:
    reference = stream(world, DECLARED.reference, rng)
    begun: State = BIAS.start(DECLARED, reference)
    thumbs = thumbs if thumbs is not None else stream(world, events, rng)
    if late:
        ready = thumbs.at + rng.exponential(_DELAYED_DAYS * 86_400, len(thumbs))
        thumbs = _ordered(replace(thumbs, at=ready))
    alarm = BIAS.step(DECLARED, begun, thumbs, 1)["alarm"]
    scorer = Scorer.from_json(BIAS.question, begun["scorer"])
    return Run(Watched(scorer, reference, thumbs), int(alarm["event"]) if alarm is not None else None)


def _ordered(thumbs: Thumbed) -> Thumbed:
    order = np.argsort(thumbs.at, kind="stable")
    return Thumbed(
        up=thumbs.up[order],
        sycophantic=thumbs.sycophantic[order],
        correct=thumbs.correct[order],
        warm=thumbs.warm[order],
        good=thumbs.good[order],
        factors={name: replace(codes, code=codes.code[order]) for name, codes in thumbs.factors.items()},
        user=thumbs.user[order],
        at=thumbs.at[order],
    )


def _ours(scenario: Scenario, runs: Sequence[Run]) -> str:
    """How far the change point was off and how often the place was right, of the streams that ours explained."""
    told = [one for one in runs if one.off is not None]
    if not told or not scenario.drifts:
        return ""
    off = np.median([abs(one.off or 0) for one in told])
    right = np.mean([one.where == scenario.where for one in told])
    return f": change point off by {off:,.0f}, named {':'.join(scenario.where)} in {right:.2f} of {len(told)}"


def _line(name: str, alarms: Sequence[int | None]) -> None:
    early = sum(alarm is not None and alarm <= BEFORE for alarm in alarms)
    delays = [alarm - BEFORE for alarm in alarms if alarm is not None and alarm > BEFORE]
    left = len(alarms) - early
    found = f"{len(delays) / left:.2f}" if left else "–"
    median, late = (f"{value:,.0f}" for value in np.quantile(delays, (0.5, 0.9))) if delays else ("–", "–")
    print(f"| {name} | {early / len(alarms):.2f} | {found} | {median} | {late} |", flush=True)


if __name__ == "__main__":
    main()
