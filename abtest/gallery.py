"""The pictures of a readout. A readout never changes, so each is drawn once in each language and kept for a while."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from abtest import selectors, showing
from abtest.models import Arm, Readout, Step
from abtest.pathing import path_of
from abtest.pictures.leaving import leaving_picture
from abtest.pictures.liked import liked_picture, primary_of
from abtest.pictures.numbers import Body
from abtest.pictures.over_time import path_picture
from abtest.pictures.slices import slices_picture
from core.charts.picture import Picture
from core.charts.timeline import Mark

_KEPT = 40


@dataclass(frozen=True)
class Gallery:
    """What is drawn of one candidate at a readout; each picture is made when it is first asked for."""

    readout: Readout
    candidate: Arm
    body: Body

    @cached_property
    def liked(self) -> Picture:
        return liked_picture(self.body, showing.provenance_of(self.readout))

    @cached_property
    def over_time(self) -> Picture:
        experiment, key = self.readout.experiment, str((primary_of(self.body) or {}).get("key") or "thumb")
        withheld = self.body.get("withheld")
        path = [] if withheld else path_of(experiment, self.candidate, key, until=self.readout.hour)
        marks = _marks(list(selectors.steps_of(experiment)), path)
        return path_picture(self.body, key, path, marks, showing.provenance_of(self.readout))

    @cached_property
    def slices(self) -> Picture:
        return slices_picture(self.body, showing.provenance_of(self.readout))

    @cached_property
    def leaving(self) -> Picture:
        return leaving_picture(self.body, showing.provenance_of(self.readout))

    def named(self, name: str) -> Picture | None:
        """The picture of this name; only what is asked for is made."""
        found = _NAMES.get(name)
        return getattr(self, found) if found else None


_NAMES = {
    "liked-next-to-right": "liked",
    "over-time": "over_time",
    "slices": "slices",
    "who-leaves-a-thumb": "leaving",
}


@lru_cache(maxsize=_KEPT)
def _kept(readout: Readout, candidate: Arm, _language: str | None) -> Gallery:
    arms = selectors.arms_of(readout.experiment)
    return Gallery(readout, candidate, showing.seen(readout.body, arms, candidate))


def gallery_of(readout: Readout, candidate: Arm) -> Gallery:
    """The pictures of a candidate at a readout, as they were made for the last one who asked."""
    return _kept(readout, candidate, get_language())


def _marks(steps: Sequence[Step], path: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """The ramp's steps within the time that is shown."""
    if not path:
        return []
    first, last = str(path[0]["at"]), str(path[-1]["at"])
    kinds = (Step.Kind.STARTED, Step.Kind.RAMPED, Step.Kind.HELD)
    inside = [one for one in reversed(steps) if one.kind in kinds and first <= one.at.isoformat() <= last]
    return [Mark(one.at, _("held") if one.kind == Step.Kind.HELD else f"{one.ramp}\u00a0%", "live") for one in inside]
