"""Other weights on a finished report: the same numbers as a report of them, at once, and no more than is remembered."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from benchmarks._pools import recipe
from reports.models import Report
from reports.weighting import what_if as module
from reports.weighting.wanting import Missing
from reports.weighting.what_if import what_if
from scenarios.worlds import CHANGED
from stats.tilting import Unreachable

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(project: Any, april_in: Callable[..., Any], report: Callable[..., Any]) -> Any:
    april_in(project, 80)
    return Report.objects.get(pk=report()["report"])


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    module._kept.clear()


def test_the_recipes_own_weights_give_the_reports_own_shift(made: Any) -> None:
    found = what_if(made, CHANGED)
    for outcome, said in made.body["shift"].items():
        assert found[outcome].estimate == pytest.approx(said["estimate"])
        assert found[outcome].n == said["n"]
        wide = said["high"] - said["low"]
        assert found[outcome].high - found[outcome].low == pytest.approx(wide, rel=0.25)
    # Weights have no scale.
    scaled = what_if(made, {key: 7 * weight for key, weight in CHANGED.items()})
    assert scaled["sycophancy"].estimate == pytest.approx(found["sycophancy"].estimate)
    # The reference shifts nothing.
    assert what_if(made, {"primary": 1.0})["sycophancy"].estimate == pytest.approx(0)
    began = time.process_time()
    for share in np.linspace(0.1, 0.9, 5):
        what_if(made, {"primary": 1 - share, "thumbs": share})
    assert (time.process_time() - began) / 5 < 0.3

    with pytest.raises(Missing, match="no signal sparkle"):
        what_if(made, {"primary": 1.0, "sparkle": 1.0})
    with pytest.raises(Unreachable):
        what_if(made, {"primary": 0.0})
    # A reference that was pinned since is not the report's.
    module._kept.clear()
    (Path(settings.REPORT_DIR) / f"{made.pk}.npz").unlink()
    recipe(made.project, "better", {"fresh": 1.0}, pin=True)
    with pytest.raises(Missing, match="has changed since"):
        what_if(made, CHANGED)


def test_without_its_file_the_arrays_are_read_again_as_long_as_the_data_is_the_same(made: Any) -> None:
    before = what_if(made, CHANGED)
    file = Path(settings.REPORT_DIR) / f"{made.pk}.npz"
    file.unlink()
    module._kept.clear()
    # A later recipe is not the report's.
    recipe(made.project, "later", {"fresh": 1.0})
    assert what_if(made, CHANGED) == before
    file.unlink()
    module._kept.clear()
    made.snapshot = "0" * 64
    with pytest.raises(Missing, match="has changed since"):
        what_if(made, CHANGED)


def test_only_so_many_are_kept(made: Any, monkeypatch: pytest.MonkeyPatch, report: Callable[..., Any]) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", 1)
    monkeypatch.setattr(module, "ON_DISK", 2)
    others = [Report.objects.get(pk=report("--seed", str(seed))["report"]) for seed in (2, 3)]
    for one in (made, *others):
        what_if(one, CHANGED)
        assert len(module._kept) == 1
    assert len(list(Path(settings.REPORT_DIR).glob("*.npz"))) == 2
