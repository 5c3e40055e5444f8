"""What if the weights were others: answered at once, from a finished report's own pool as arrays.

When a report is done its standardised scores and labels are kept in a file, and a web process keeps those of the last
reports that were asked about in memory. Where there is no file (the report was made on another machine, or long ago) it
is made again from the database, if that still holds what the report was computed from.
"""

import io
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from reports.models import Report
from reports.reading.moment import one_moment
from reports.weighting.found import found_for
from reports.weighting.ground import Ground
from reports.weighting.material import read_material
from reports.weighting.wanting import Missing
from stats.intervals import Estimate
from stats.pools import Array, Pool
from stats.tilting import Shift, between, shift

IN_MEMORY = 3
"""So many reports' arrays a process keeps; about 10 MB each for 20,000 prompts."""

ON_DISK = 40
"""So many files are kept, those that were last asked for."""

_lock = threading.Lock()
_kept: OrderedDict[UUID, "Bench"] = OrderedDict()


@dataclass(eq=False)
class Bench:
    """A pool on which weights are tried: its standardised scores, and the reference (k,) that shifts are against."""

    pool: Pool
    z: Array
    reference: Array
    kl: float

    @cached_property
    def at_rest(self) -> Shift:
        """The reference's own shift against the base policy."""
        return shift(self.pool, self.z, self.reference, self.kl)

    def tried(self, weights: Array) -> dict[str, Estimate]:
        """The shift of each outcome against the reference, with an interval from the prompts' influence."""
        found = shift(self.pool, self.z, weights, self.kl).checked(self.kl)
        return between(self.pool, found, self.at_rest)


def what_if(report: Report, weights: Mapping[str, float]) -> dict[str, Estimate]:
    """How far a recipe with these weights (of any scale) would move each outcome against the report's reference.

    Intervals are quick ones, from a linearisation and without rounds; where scores come from a bridge they leave out
    the bridge's own error. Raises Missing for a signal that the report does not know or data that is no longer there,
    TooThin and Unreachable where the pool cannot say (see `wanting.sentence`).
    """
    bench = _bench_of(report)
    if unknown := sorted(set(weights) - set(bench.pool.signals)):
        raise Missing(_("The report knows no signal %(signal)s.") % {"signal": unknown[0]})
    return bench.tried(np.array([float(weights.get(signal, 0.0)) for signal in bench.pool.signals]))


def keep(report: UUID, ground: Ground) -> None:
    """Keep what `what_if` needs of a report that was made."""
    folder = Path(settings.REPORT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()
    np.savez(
        held,
        signals=np.array(ground.pool.signals),
        outcomes=np.array(ground.pool.outcomes),
        values=ground.pool.values,
        present=ground.pool.present,
        clusters=ground.pool.clusters,
        z=ground.z,
        reference=ground.reference,
        kl=np.array(ground.kl),
    )
    unfinished = folder / f"{report}.part"
    unfinished.write_bytes(held.getvalue())
    unfinished.rename(_file(report))
    files = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in files[ON_DISK:]:
        old.unlink(missing_ok=True)


def _bench_of(report: Report) -> Bench:
    with _lock:
        found = _kept.get(report.pk)
        if found is not None:
            _kept.move_to_end(report.pk)
            return found
    if not _file(report.pk).exists():
        _make_again(report)
    found = _read(report.pk)
    with _lock:
        _kept[report.pk] = found
        while len(_kept) > IN_MEMORY:
            _kept.popitem(last=False)
    return found


def _read(report: UUID) -> Bench:
    path = _file(report)
    with np.load(path, allow_pickle=False) as held:
        z = held["z"]
        pool = Pool(
            signals=tuple(map(str, held["signals"])),
            scores=z,
            outcomes=tuple(map(str, held["outcomes"])),
            values=held["values"],
            present=held["present"],
            clusters=held["clusters"],
            slices={},
        )
        found = Bench(pool, z, held["reference"], float(held["kl"]))
    path.touch()
    return found


def _make_again(report: Report) -> None:
    with one_moment():
        material = read_material(found_for(report))
    changed = Missing(
        _("The pool or the reference has changed since this report was made. Ask for a new one to try other weights.")
    )
    if not report.snapshot or material.snapshot != report.snapshot:
        raise changed
    ground, body = material.ground(), report.body or {}
    weighed = {signal: weight for signal, weight in body["reference"]["weights"].items() if weight}
    if ground.kl != body["kl"] or weighed != {k: w for k, w in ground.named(ground.reference).items() if w}:
        raise changed
    keep(report.pk, ground)


def _file(report: UUID) -> Path:
    return Path(settings.REPORT_DIR) / f"{report}.npz"
