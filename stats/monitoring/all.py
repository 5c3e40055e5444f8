"""The monitors there are, by their keys."""

from collections.abc import Mapping

from stats.monitoring.coefficients import BIAS, CONFLATION, MEMORY
from stats.monitoring.declared import Monitor

MONITORS: Mapping[str, Monitor] = {monitor.key: monitor for monitor in (BIAS, CONFLATION, MEMORY)}
