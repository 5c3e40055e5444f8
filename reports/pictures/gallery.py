"""All pictures of a report. A report never changes, so they are drawn once in each language and kept for a while."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.translation import get_language

from core.charts.chart import Provenance
from core.charts.picture import Picture
from reports.models import Report
from reports.pictures.attribution import budget_picture, interactions_picture, lattice_picture, shapley_picture
from reports.pictures.numbers import Body
from reports.pictures.quirks import Card, mixed_picture, quirk_cards
from reports.pictures.recommending import front_picture
from reports.pictures.rewards import brake_picture, gold_pictures, influence_picture, push_picture
from reports.pictures.shifts import shift_picture, slices_picture
from reports.pictures.what_if import pressure_pictures, share_pictures

_KEPT = 40


@dataclass(frozen=True, slots=True)
class Gallery:
    """A report's pictures by the parts of its page."""

    shift: Picture
    cards: Sequence[Card]
    mixed: Picture
    gold: Sequence[Picture]
    influence: Picture
    push: Picture
    brake: Picture
    lattice: Picture
    shapley: Picture
    interactions: Picture
    budget: Picture
    share: Sequence[Picture]
    pressure: Sequence[Picture]
    front: Picture
    slices: Picture

    def named(self, name: str) -> Picture | None:
        """The picture of this name."""
        return next((one for one in self._every() if one.name == name), None)

    def _every(self) -> Iterator[Picture]:
        yield from (self.shift, self.mixed, self.influence, self.push, self.brake, self.lattice, self.shapley)
        yield from (self.interactions, self.budget, self.front, self.slices)
        yield from (*self.gold, *self.share, *self.pressure, *(card.picture for card in self.cards))


@lru_cache(maxsize=_KEPT)
def _kept(report: Report, _language: str | None) -> Gallery:
    assert report.body is not None
    return made(report.body)


def gallery_of(report: Report) -> Gallery:
    """The pictures of a report that is done, as they were made for the last one who asked."""
    return _kept(report, get_language())


def made(body: Body) -> Gallery:
    """The pictures of this body; each is drawn when it is first shown."""
    origin = provenance_of(body)
    return Gallery(
        shift=shift_picture(body, origin),
        cards=quirk_cards(body, origin),
        mixed=mixed_picture(body, origin),
        gold=gold_pictures(body, origin),
        influence=influence_picture(body, origin),
        push=push_picture(body, origin),
        brake=brake_picture(body, origin),
        lattice=lattice_picture(body, origin),
        shapley=shapley_picture(body, origin),
        interactions=interactions_picture(body, origin),
        budget=budget_picture(body, origin),
        share=share_pictures(body, origin),
        pressure=pressure_pictures(body, origin),
        front=front_picture(body, origin),
        slices=slices_picture(body, origin),
    )


def provenance_of(body: Body) -> Provenance:
    """Where the report's numbers come from."""
    found = body["provenance"]
    return Provenance(
        as_of=datetime.fromisoformat(found["made_at"]), code=str(found["version"]), seed=int(found["seed"])
    )
