"""What a campaign's pictures cost: `python -m benchmarks.pictures [--slots N ...]`.

Each size is a campaign on a database of its own whose every place is filled (a judgment with seven signals each).
Prints the time of the one statement that counts, beside the floor: a bare count of the same judgments' signals in the
same database; then the time of drawing, first and again, and what the process weighs before and after it.
"""

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

from benchmarks import _ground, _said

_FLOOR = """
SELECT g.question, g.value, count(*) FROM annotate_slot s JOIN ledger_signal g ON g.judgment_id = s.judgment_id
WHERE s.campaign_id = %s GROUP BY 1, 2
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slots", type=int, nargs="+", default=[10_000, 100_000])
    print("slots        count, s   floor, s   ratio   statistics, ms   draw first, s   again, s   process, MB")
    for slots in parser.parse_args().slots:
        with _ground.database():
            _ground.migrate()
            print(_line(slots), flush=True)
            from django.db import connections

            connections.close_all()


def _line(slots: int) -> str:
    from annotate.pictures import gallery
    from annotate.selectors.tally import tally_of

    campaign = _said.campaign(_ground.Ground(), "said", slots=slots)
    asked = ["correct", "sycophantic", "cold", "thumb", "more_right", "better_to_talk_to", "overall"]
    floor = min(_timed(lambda: _count(campaign)) for _ in range(2))
    count = min(_timed(lambda: tally_of(campaign, by_bundle=True, questions=asked)) for _ in range(2))
    before = _megabytes()
    kept = tally_of(campaign, by_bundle=True, questions=asked)
    gallery.tally_of = lambda *_args, **_how: kept  # type: ignore[assignment]
    first = _timed(lambda: gallery.made_now(campaign, by_bundle=True))
    again = _timed(lambda: gallery.made_now(campaign, by_bundle=True))
    gallery.tally_of = tally_of
    rates = _timed(lambda: _rates(kept))
    return (
        f"{slots:>9,} {count:>11.2f} {floor:>10.2f} {count / floor:>7.1f} {1000 * rates:>16.1f} {first:>15.2f} "
        f"{again:>10.2f}   {before:.0f} to {_megabytes():.0f}"
    )


def _rates(kept: Any) -> None:
    from annotate.pictures.labels import rate_of

    for counts in kept.labels.values():
        rate_of(counts)


def _count(campaign: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FLOOR, [campaign.pk])
        cursor.fetchall()


def _timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
