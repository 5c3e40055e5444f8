"""What adding up and reading an experiment costs: `python -m benchmarks.readout [--events N] [--held N]`.

A million new events of one hour, received by an experiment that already holds as many as `--held` (and so has units
that come back), are added up once, against a plain `GROUP BY` (arm, unit, metric) over the same events on the same
connection with the same memory. Then the data of the result page is read as the page reads it.
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

        added = _experiment.adding(options.events)
        returning = _experiment.adding(options.events, before=options.events)
        page, units = _experiment.page(options.held)
    print(f"new units:  {added}\nold units:  {returning}\npage of {units:,} units: {page.said}")
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
