"""The monitors there are, by their keys."""

from collections.abc import Mapping

from stats.monitoring.declared import Monitor

MONITORS: Mapping[str, Monitor] = {}
