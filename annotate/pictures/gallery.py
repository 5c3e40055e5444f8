"""All pictures of a campaign, counted at one moment and kept for a while."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotate.answers import rubric_of
from annotate.models import Campaign
from annotate.pictures.labels import label_rates
from annotate.pictures.overlap import overlap
from annotate.pictures.progress import progress
from annotate.selectors.tally import LABELS, Tally, TooMany, tally_of
from core.charts.chart import Provenance
from core.charts.picture import Picture
from core.charts.words import moment, percent
from core.version import code_version

# What took t seconds to count and draw is shown for 10 t, and never for less than a minute: however many people look,
# this process spends at most a tenth of its time with it.
REST = 10
LEAST_REST = 60.0
# So long a visitor who wants the numbers themselves waits for another visit's: page threads are few.
LONGEST_WAIT = 5.0
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Gallery:
    """A campaign's pictures: the epistemic, the social and the others apart."""

    provenance: Provenance
    note: str
    progress: Picture
    overlap: Picture
    epistemic: Sequence[Picture]
    social: Sequence[Picture]

    @property
    def at(self) -> str:
        """The moment that all of it is of, in words."""
        return moment(self.provenance.as_of)

    @property
    def every(self) -> Sequence[Picture]:
        return (self.progress, self.overlap, *self.epistemic, *self.social)

    def named(self, name: str) -> Picture | None:
        """The picture of this name."""
        return next((one for one in self.every if one.name == name), None)


@dataclass(slots=True)
class _Kept:
    making: Lock = field(default_factory=Lock)
    gallery: Gallery | None = None
    too_many: bool = False
    until: float = 0.0


_kept: dict[tuple[object, ...], _Kept] = {}


def forget() -> None:
    """Count and draw anew on the next visit (for tests)."""
    _kept.clear()


def gallery_of(campaign: Campaign, *, by_bundle: bool, wait: bool = False) -> Gallery | None:
    """The campaign's pictures, at most a minute old, or ten times as old as they take to make.

    While somebody else's visit makes them, the last ones. If there are none, None: at once, or after LONGEST_WAIT for a
    caller who will `wait`.
    Raises TooMany where they could not be counted in time, and does not try again for a while.
    """
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    kept = _kept.setdefault((campaign.pk, by_bundle, get_language()), _Kept())
    now = time.monotonic()
    patience = LONGEST_WAIT if wait and kept.gallery is None else 0
    if now >= kept.until and kept.making.acquire(timeout=patience):
        try:
            if now >= kept.until:  # and nobody made them while we waited
                _make(kept, campaign, by_bundle=by_bundle)
        finally:
            kept.making.release()
    if kept.too_many:
        raise TooMany
    return kept.gallery


def _make(kept: _Kept, campaign: Campaign, *, by_bundle: bool) -> None:
    began = time.monotonic()
    try:
        kept.gallery, kept.too_many = made_now(campaign, by_bundle=by_bundle), False
    except TooMany:
        kept.gallery, kept.too_many = None, True
    done = time.monotonic()
    kept.until = done + max(LEAST_REST, REST * (done - began))


def made_now(campaign: Campaign, *, by_bundle: bool) -> Gallery:
    """The campaign's pictures, counted and drawn now; rates by bundle only if the asker may see bundles."""
    rubric = rubric_of(campaign)
    asked = {question.key: question for question in rubric.questions if question.options}
    tally = tally_of(campaign, by_bundle=by_bundle, questions=list(asked))
    whole = Provenance(as_of=tally.as_of, code=code_version())
    provenance = replace(whole, sampled=tally.sampled)
    labels = [(asked[key], label_rates(key, _(asked[key].label), tally, provenance)) for key in LABELS if key in asked]
    gallery = Gallery(
        provenance=whole,
        note=" ".join(filter(None, (_simulated(tally), _sampled(tally)))),
        progress=progress(tally, whole),
        overlap=overlap(rubric, tally, provenance),
        epistemic=[picture for question, picture in labels if question.group == "epistemic"],
        social=[picture for question, picture in labels if question.group == "social"],
    )
    for one in gallery.every:
        # Here, where one visitor at a time draws, not when a page first shows it.
        one.drawn  # noqa: B018
    return gallery


def _sampled(tally: Tally) -> str:
    if tally.sampled == 1:
        return ""
    words = _("There are too many to count while you wait: labels and overlap are of a random %(share)s of the tasks.")
    return words % {"share": percent(tally.sampled)}


def _simulated(tally: Tally) -> str:
    if not tally.simulated:
        return ""
    if tally.simulated == tally.judgments:
        return _("All of these judgments are simulated.")
    return _("%(simulated)s of these %(judgments)s judgments are simulated.") % {
        "simulated": f"{tally.simulated:,}",
        "judgments": f"{tally.judgments:,}",
    }
