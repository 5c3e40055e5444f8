"""What adding up and reading an experiment costs: `python -m benchmarks.readout [--events N] [--held N]`.

A million new events of one hour are added up, against a plain `GROUP BY` (arm, unit, metric) over the same events on
the same connection with the same memory: once of units that are all new, once where as many events were added up before
and half of the units come back. Then the data of the result page is read as the page reads it.
"""

import argparse
import sys

from benchmarks import _ground, _table

RATIO, PAGE_MS = 5.0, 300.0


def main() -> None:
    """Print the figures; fails over budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--held", type=int, default=10_000_000)
    options = parser.parse_args()
    with _ground.database():
        _ground.migrate()
        from benchmarks import _experiment

        page = _experiment.page(options.held)
        print(f"page of an experiment of {options.held:,} events: {page.said}", flush=True)
        added = _experiment.adding_up(options.events)
        print(f"{options.events:,} events of new units: {added}", flush=True)
        returning = _experiment.adding_up(options.events, before=options.events)
        print(f"{options.events:,} events, half of the units old: {returning}", flush=True)
    _table.report(
        _table.Row("aggregation, new units", added.ours, added.plain, "s", f"<= {RATIO:g} x GROUP BY"),
        _table.Row(
            "aggregation, half of the units old", returning.ours, returning.plain, "s", f"<= {RATIO:g} x GROUP BY"
        ),
        _table.Row(f"result page, {options.held:,} events", page.milliseconds, None, "ms", f"<= {PAGE_MS:g} ms"),
    )
    over = max(added.ratio, returning.ratio) > RATIO or page.milliseconds > PAGE_MS
    sys.exit("Over budget." if over else 0)


if __name__ == "__main__":
    main()
