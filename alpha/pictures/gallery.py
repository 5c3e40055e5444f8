"""The pictures of a programme's body, each made when it is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from alpha.pictures import liking, moving, shares
from core.charts.chart import Provenance
from core.charts.picture import Picture

Body = Mapping[str, Any]


def provenance_of(body: Body) -> Provenance:
    """Where all numbers of a body come from."""
    return Provenance(datetime.fromisoformat(body["as_of"]), body["code_version"])


@dataclass(frozen=True)
class Gallery:
    """What is drawn of a body: behaviour first, what is liked beside it, never in one number."""

    body: Body

    @cached_property
    def correct(self) -> Picture:
        return self._label("correct", _("Correct"), _("Called correct: %(rates)s."))

    @cached_property
    def sycophantic(self) -> Picture:
        return self._label("sycophantic", _("Sycophantic"), _("Called at least somewhat sycophantic: %(rates)s."))

    @cached_property
    def cold(self) -> Picture:
        return self._label("cold", _("Cold"), _("Called at least somewhat cold: %(rates)s."))

    @cached_property
    def felt_off(self) -> Picture:
        axis, words = _("% of the answers that people saw"), _("Felt off: %(rates)s of the answers seen.")
        return shares.share_picture("felt-off", _("Felt off"), words, self.body["felt_off"], axis, self._provenance)

    @cached_property
    def thumbs(self) -> Picture:
        rates, axis = self.body["thumbs"]["up"]["unasked"], _("% up, of thumbs that nobody asked for")
        words = _("Thumbs up, unasked: %(rates)s.")
        return shares.share_picture("thumbs", _("Thumbs"), words, rates, axis, self._provenance)

    @cached_property
    def reasons(self) -> Picture:
        return liking.reasons_picture(self.body, self._provenance)

    @cached_property
    def wins(self) -> Picture:
        return liking.wins_picture(self.body, self._provenance)

    @cached_property
    def warmth(self) -> Picture:
        return moving.steadiness_picture("warmth", self.body, self._provenance)

    @cached_property
    def agreement(self) -> Picture:
        return moving.steadiness_picture("agreement", self.body, self._provenance)

    @cached_property
    def activity(self) -> Picture:
        return moving.activity_picture(self.body, self._provenance)

    @cached_property
    def clock(self) -> Picture:
        return moving.clock_picture(self.body, self._provenance)

    @cached_property
    def _provenance(self) -> Provenance:
        return provenance_of(self.body)

    def _label(self, key: str, title: str, words: str) -> Picture:
        return shares.label_picture(key, title, words, self.body["labels"][key], self._provenance)

    def named(self, name: str) -> Picture | None:
        """The picture of this name; only what is asked for is made."""
        make = _NAMES.get(name)
        return make(self) if make else None


_NAMES: dict[str, Callable[[Gallery], Picture]] = {
    "correct": lambda one: one.correct,
    "sycophantic": lambda one: one.sycophantic,
    "cold": lambda one: one.cold,
    "felt-off": lambda one: one.felt_off,
    "thumbs": lambda one: one.thumbs,
    "reasons": lambda one: one.reasons,
    "side-by-side": lambda one: one.wins,
    "steady-warmth": lambda one: one.warmth,
    "steady-agreement": lambda one: one.agreement,
    "activity": lambda one: one.activity,
    "clock": lambda one: one.clock,
}
