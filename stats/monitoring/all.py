"""The monitors there are, by their keys. M7 has events of its own: `stats/monitoring/judges.py`."""

from collections.abc import Mapping

from stats.monitoring.calibrated import Calibrated
from stats.monitoring.coefficients import BIAS, CONFLATION, MEMORY
from stats.monitoring.declared import Monitor
from stats.monitoring.mixing import Mixing
from stats.monitoring.rawgap import RawGap
from stats.monitoring.selection import Selection
from stats.monitoring.tail import Tail
from stats.monitoring.volume import Volume

_EACH: tuple[Monitor, ...] = (
    BIAS,
    RawGap(),
    Calibrated(),
    Selection(),
    CONFLATION,
    Mixing(),
    Volume(),
    MEMORY,
    Tail(),
)

MONITORS: Mapping[str, Monitor] = {monitor.key: monitor for monitor in _EACH}
