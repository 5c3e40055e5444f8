"""A reward-weighting report put together part by part. A part that has nothing to say says why; the others go on."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.catalog.models import Pool as StoredPool
from core.version import code_version
from reports.models import RecipeVersion, Report
from reports.reading.moment import one_moment
from reports.weighting import (
    changes,
    curves,
    goldward,
    header,
    influence,
    limitations,
    recommended,
    rewarding,
    shifts,
    slices,
)
from reports.weighting.body import NOT_ENOUGH, blank
from reports.weighting.found import Found, found_for
from reports.weighting.ground import Ground
from reports.weighting.material import Material, read_material
from reports.weighting.wanting import REFUSALS, sentence

Progress = Callable[[int, int, str], None]
"""Told how many steps are done, of how many, and the name of the next."""

Part = Callable[[Ground], dict[str, Any]]


def parts() -> list[tuple[str, Part]]:
    """The parts that stand on the pool, each with its name for the progress bar."""
    return [
        (_("shifts"), shifts.part),
        (_("weights toward gold"), goldward.part),
        (_("influence"), influence.part),
        (_("changes"), changes.lattice),
        (_("releases"), changes.releases),
        (_("share of users' feedback"), curves.share),
        (_("optimisation pressure"), curves.pressure),
        (_("before export"), influence.before_export),
        (_("recommended weights"), recommended.part),
        (_("slices"), slices.part),
    ]


@dataclass(frozen=True, slots=True)
class Made:
    """A report's body, what it turned out to be about and stands on, and how many seconds each part took."""

    recipe: RecipeVersion | None
    pool: StoredPool | None
    snapshot: str
    body: dict[str, Any]
    ground: Ground | None
    seconds: dict[str, float]


@dataclass(slots=True)
class _Making:
    """A body on its way: what is told of progress, and how long each part took."""

    progress: Progress
    steps: int
    done: int = 0
    body: dict[str, Any] = field(default_factory=blank)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step of the work; what REFUSALS names ends it and is said under "missing"."""
        self.progress(self.done, self.steps, name)
        began = time.perf_counter()
        try:
            yield
        except REFUSALS as error:
            self.body["missing"].append(sentence(error))
        finally:
            self.done += 1
            self.seconds[name] = time.perf_counter() - began

    def add(self, said: dict[str, Any]) -> None:
        """Put what a part says into the body; sentences and curves are added to those that are there."""
        for key, value in said.items():
            if key == "missing":
                self.body["missing"] += value
            elif key == "curves":
                self.body["curves"] |= value
            else:
                self.body[key] = value


def weighting(report: Report, *, progress: Progress = lambda done, total, note: None) -> Made:
    """Compute the report. Reads the project as it is at one moment, writes nothing."""
    each = parts()
    making = _Making(progress, steps=len(each) + 3)
    with making.step(_("reading")):
        with one_moment():
            found = found_for(report)
            material = read_material(found)
        making.add(header.head(found))
        making.add(material.head())
    with making.step(_("signals")):
        making.add(rewarding.part(material))
    ground = None
    with making.step(_("pool")):
        ground = material.ground()
        making.body["pool"]["left_out"] = header.left_out(ground)
    if ground is not None:
        for name, part in each:
            with making.step(name):
                making.add(part(ground))
    _close(making, found, material, ground)
    return Made(found.recipe, found.stored, material.snapshot, making.body, ground, making.seconds)


def _close(making: _Making, found: Found, material: Material, ground: Ground | None) -> None:
    body = making.body
    if not body["sentence"]:
        body["verdict"] = NOT_ENOUGH
        body["sentence"] = _("Not enough data. %(missing)s") % {"missing": body["missing"][0]}
    body["missing"] = list(dict.fromkeys(body["missing"]))
    body["limitations"] = limitations.sentences(found, material, ground)
    body["provenance"] = {
        "snapshot": material.snapshot,
        "version": code_version(),
        "seed": found.report.seed,
        "made_at": found.as_of.isoformat(),
    }
    making.progress(making.steps, making.steps, "")
