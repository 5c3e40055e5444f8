"""What experts saw at their spot checks: by axis and bundle how many say yes, no, unsure, and what is still due."""

from collections import Counter
from typing import Any

from alpha.models import AxisAnswer, Programme, SpotCheck

Body = dict[str, Any]


def read(programme: Programme, bundles: list[str]) -> Body:
    """The grid {"axes", "cells": {bundle: {axis: {"yes", "no", "unsure"}}}, "done", "due"} with checks by bundle."""
    states = Counter(
        SpotCheck.objects.filter(programme=programme).values_list("bundle__name", "state").order_by("bundle__name")
    )
    said = Counter(
        AxisAnswer.objects.filter(check_of__programme=programme, check_of__state=SpotCheck.State.DONE).values_list(
            "check_of__bundle__name", "axis", "seen"
        )
    )
    # Axes that a programme no longer names were asked about all the same.
    axes = [*programme.axes, *sorted({axis for _, axis, _ in said} - set(programme.axes))]
    return {
        "axes": axes,
        "cells": {
            bundle: {axis: {seen: said[bundle, axis, seen] for seen in AxisAnswer.Seen.values} for axis in axes}
            for bundle in bundles
        },
        "done": {bundle: states[bundle, SpotCheck.State.DONE] for bundle in bundles},
        "due": {bundle: states[bundle, SpotCheck.State.DUE] for bundle in bundles},
    }
