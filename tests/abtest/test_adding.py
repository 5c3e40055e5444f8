"""Hours that are added up one after the other: what stands there after each, against plain sums over units."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from abtest import adding, closing, comparing
from abtest.closing import close_hours
from abtest.metrics import METRICS
from abtest.models import ArmMoments, ClosedHour, Correction, Event, Exposure, UnitTotal
from tests.abtest.conftest import BEGIN, Stream

pytestmark = pytest.mark.django_db


def close(stream: Stream, hours: int) -> closing.Closed:
    return close_hours(stream.experiment, until=BEGIN + timedelta(hours=hours))


def moments(stream: Stream, metric: str, part: str = "", arm: int = 1, hour: int = 0) -> tuple[int, ...] | None:
    found = ArmMoments.objects.filter(
        experiment=stream.experiment,
        metric=metric,
        part=part,
        arm=stream.arms[arm],
        hour=BEGIN + timedelta(hours=hour),
    ).values_list("exposed", "units", "sx", "sm", "sxx", "sxm", "smm")
    return tuple(map(int, found[0])) if found else None


def test_moments_are_over_units_and_not_over_events(stream: Stream) -> None:
    stream.happens(
        [stream.event(who, 1, 0) for who in ("ann", "bob", "eve")],
        [stream.event("ann", 1, 0, "thumb", value) for value in (1, 1, 0, 1)],
        stream.event("bob", 1, 0, "thumb", 0),
    )
    close(stream, 1)
    assert moments(stream, "") == (3, 3, 0, 0, 0, 0, 0)
    assert moments(stream, "thumb") == (3, 2, 3, 5, 9, 12, 17)


def test_an_hour_adds_to_what_a_unit_did_before(stream: Stream) -> None:
    stream.happens(
        stream.event("ann", 1, 0), stream.event("ann", 1, 0, "message", 1), stream.event("ann", 1, 2, "message", 1)
    )
    close(stream, 3)
    assert moments(stream, "message", hour=0) == (1, 1, 1, 1, 1, 1, 1)
    assert moments(stream, "message", hour=2) == (1, 1, 2, 2, 4, 4, 4)


def test_a_mean_per_exposed_unit_waits_for_the_exposure(stream: Stream) -> None:
    stream.happens(
        stream.event("ann", 1, 0, "message", 1),
        stream.event("ann", 1, 0, "thumb", 1),
        stream.event("ann", 1, 1),
    )
    close(stream, 2)
    assert moments(stream, "thumb", hour=0) == (0, 1, 1, 1, 1, 1, 1)
    assert moments(stream, "message", hour=0) is None
    assert moments(stream, "message", hour=1) == (1, 1, 1, 1, 1, 1, 1)


def test_a_unit_that_crosses_counts_where_it_was_first_heard_of(stream: Stream) -> None:
    first, second = stream.event("ann", 1, 0, "thumb", 1), stream.event("ann", 0, 0, "thumb", 0)
    stream.happens(second, first, stream.event("bob", 0, 0), stream.event("bob", 1, 1, "thumb", 1))
    close(stream, 2)
    assert set(Exposure.objects.values_list("unit", "arm", "crossed")) == {
        (stream.unit("ann"), stream.arms[1].pk, True),
        (stream.unit("bob"), stream.arms[0].pk, True),
    }
    assert moments(stream, "thumb", arm=1, hour=1) == (0, 1, 1, 1, 1, 1, 1)
    assert moments(stream, "thumb", arm=0, hour=1) is None


def test_a_unit_in_two_cells_lies_in_both_slices_with_what_it_did_there(stream: Stream) -> None:
    on, off = "memory=on;locale=en", "memory=off;locale=en"
    stream.happens(
        stream.event("ann", 1, 0, cell=on),
        [stream.event("ann", 1, 0, "thumb", 1, on) for _ in range(2)],
        stream.event("ann", 1, 0, "thumb", 0, off),
        stream.event("ann", 1, 0, "message", 1, off),
    )
    close(stream, 1)
    assert moments(stream, "thumb") == (1, 1, 2, 3, 4, 6, 9)
    assert moments(stream, "thumb", "memory=on") == (1, 1, 2, 2, 4, 4, 4)
    assert moments(stream, "thumb", "memory=off") == (0, 1, 0, 1, 0, 0, 1)
    assert moments(stream, "thumb", "locale=en") == (1, 1, 2, 3, 4, 6, 9)
    # Who is exposed with memory on is so with all that they do.
    assert moments(stream, "message", "memory=on") == (1, 1, 1, 1, 1, 1, 1)
    assert moments(stream, "message", "memory=off") is None


def test_a_late_event_changes_no_hour_that_is_closed(stream: Stream) -> None:
    stream.happens(stream.event("ann", 1, 0), stream.event("ann", 1, 0, "thumb", 1))
    close(stream, 1)
    before = moments(stream, "thumb")
    stream.happens(stream.event("ann", 1, 3, "thumb", 0, said_at=BEGIN))
    close(stream, 4)
    assert moments(stream, "thumb") == before
    assert moments(stream, "thumb", hour=3) == (1, 1, 1, 2, 1, 2, 4)


def test_the_open_hour_is_not_added_up(stream: Stream) -> None:
    stream.happens(stream.event("ann", 1, 5))
    assert close(stream, 5).last == BEGIN + timedelta(hours=4)
    assert not Exposure.objects.exists()


def test_of_empty_hours_only_the_last_one_is_closed(stream: Stream) -> None:
    stream.happens(stream.event("ann", 1, 0))
    assert close(stream, 10).hours == 2
    assert close(stream, 10).hours == 0
    assert moments(stream, "", hour=9) == moments(stream, "", hour=0)
    stream.experiment.state = "stopped"
    assert close(stream, 20).hours == 0


def test_an_hour_is_added_up_once(stream: Stream) -> None:
    stream.happens(stream.event("ann", 1, 0, "thumb", 1))
    close(stream, 1)
    close(stream, 1)
    assert UnitTotal.objects.get().x_thumb == 1
    assert ClosedHour.objects.get().events == 1


@pytest.mark.parametrize("seed", range(4))
def test_hours_add_up_to_a_recount_and_to_plain_sums(
    make_stream: Callable[..., Stream], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "AT_ONCE_FROM", 1_000)
    # With great numbers every other time.
    monkeypatch.setattr(adding, "_GREAT", 2**31 * (seed % 2))
    chance = random.Random(seed)
    stream, twin = make_stream("one"), make_stream("two")
    for hour in range(6):
        much = chance.choice((0, 3, 60))
        for _ in range(much):
            played(stream, twin, hour, chance)
        for one in (stream, twin) if much else ():
            struck(one, hour, random.Random(100 * seed + hour))
        close(stream, hour + 1)
        assert list(comparing.differences(stream.experiment.pk)) == []
    assert plain(stream) == stored(stream, BEGIN + timedelta(hours=5))
    # Many hours at once, of an experiment of which nothing is closed, come to the same at every hour.
    monkeypatch.setattr(closing, "AT_ONCE_FROM", 1)
    close(twin, 6)
    for closed in ClosedHour.objects.filter(experiment=twin.experiment).values_list("hour", flat=True):
        assert stored(twin, closed) == stored(stream, closed)


CELLS = ("memory=on;locale=en", "memory=off;locale=en", "memory=off", "")


def played(stream: Stream, twin: Stream, hour: int, chance: random.Random) -> None:
    """The same event in both."""
    who, arm = f"u{chance.randrange(12)}", chance.randrange(100)
    at = int(who[1:]) % 2 if arm < 90 else arm % 2
    metric = chance.choice(["", *METRICS, "turn"])
    value = None if not metric else chance.choice((0, 1, 3_000_000) if metric == "latency" else (0, 1))
    cell = chance.choice(CELLS)
    for one in (stream, twin):
        one.happens(one.event(who, at, hour, metric, value, cell))


def struck(stream: Stream, hour: int, chance: random.Random) -> None:
    """Some events do not count any more, some do again: from this hour on, which then has to be closed."""
    events = Event.objects.filter(experiment=stream.experiment).exclude(metric="").order_by("received_at", "event_id")
    for event in events:
        if chance.random() < 0.05:
            struck_before = sum(Correction.objects.filter(event=event).values_list("sign", flat=True))
            Correction.objects.create(
                project=stream.project,
                experiment=stream.experiment,
                event=event,
                sign=1 if struck_before else -1,
                hour=BEGIN + timedelta(hours=hour),
            )


def stored(stream: Stream, hour: Any) -> dict[tuple[str, str, str], tuple[int, ...]]:
    rows = ArmMoments.objects.filter(experiment=stream.experiment, hour=hour).select_related("arm")
    return {
        (row.metric, row.part, row.arm.key): tuple(
            map(int, (row.exposed, row.units, row.sx, row.sm, row.sxx, row.sxm, row.smm))
        )
        for row in rows
    }


def parts(cell: str) -> list[str]:
    return ["", *filter(None, cell.split(";"))]


def plain(stream: Stream) -> dict[tuple[str, str, str], tuple[int, ...]]:
    """What should stand there, by loops over everything that happened."""
    events = list(Event.objects.filter(experiment=stream.experiment).order_by("hour", "received_at", "id"))
    arm_of: dict[Any, Any] = {}
    for event in events:
        arm_of.setdefault(event.unit, event.arm_id)
    shown_at: dict[Any, tuple[Any, str]] = {}
    for event in events:
        if event.kind == "exposure" and arm_of[event.unit] == event.arm_id:
            found = (event.hour, event.cell)
            shown_at[event.unit] = min(shown_at.get(event.unit, found), found)
    exposed = {unit: parts(cell) for unit, (_, cell) in shown_at.items()}
    units: dict[tuple[str, str, Any], dict[Any, list[int]]] = {}
    for event in events:
        if not event.metric or arm_of[event.unit] != event.arm_id:
            continue
        n = 1 + sum(Correction.objects.filter(event=event).values_list("sign", flat=True))
        mean = event.metric in METRICS and METRICS[event.metric].kind == "mean"
        for part in exposed.get(event.unit, ()) if mean else parts(event.cell):
            total = units.setdefault((event.metric, part, event.arm_id), {}).setdefault(event.unit, [0, 0])
            total[0] += n
            total[1] += n * event.value
    names = {arm.pk: arm.key for arm in stream.arms}
    shown: dict[tuple[str, Any], int] = {}
    for unit, within in exposed.items():
        for part in within:
            shown[part, arm_of[unit]] = shown.get((part, arm_of[unit]), 0) + 1
    result = {("", part, names[arm]): (n, n, 0, 0, 0, 0, 0) for (part, arm), n in shown.items()}
    for (metric, part, arm), each in units.items():
        sums = [(x, m, x * x, x * m, m * m) for m, x in each.values()]
        result[metric, part, names[arm]] = (
            shown.get((part, arm), 0),
            sum(m > 0 for m, _ in each.values()),
            *map(sum, zip(*sums, strict=True)),
        )
    return result
