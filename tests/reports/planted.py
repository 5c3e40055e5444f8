"""Signals, recipes and reports as rows, for the pages that show them."""

from typing import Any

from core.version import code_version
from reports import recipes, registry
from reports.models import Report
from stats.mixtures import Change
from tests.reports.bodies import NAMES, WEIGHTS

SIGNALS = (
    ("primary", "Primary reward model", "reward_model", True),
    ("thumbs", "Users' thumbs", "thumbs", False),
    ("memory", "Memory use", "judge", False),
    ("fresh", "Fresh data", "raters", False),
)


def said(project: Any, body: dict[str, Any], *, by: Any = None, seed: int = 7) -> Any:
    """A report that is done and says this."""
    return Report.objects.create(
        project=project,
        kind="weighting",
        seed=seed,
        state="done",
        body=body,
        version=code_version(),
        snapshot=body["provenance"]["snapshot"],
        made_by=by,
    )


def registered(project: Any, *, by: Any = None) -> None:
    """April's signals."""
    for key, name, kind, brake in SIGNALS:
        registry.register_signal(
            project=project, who=by, key=key, name=name, kind=kind, is_brake=brake, source="april", unit="z"
        )


def weighed(project: Any, *, by: Any = None) -> Any:
    """April's signals, its recipe in two versions, the first of which is the reference; returns the second."""
    registered(project, by=by)
    first = recipes.add_version(project=project, who=by, recipe="april", weights={"primary": 1.0}, note="March.")
    recipes.pin_reference(version=first, who=by, reason="What was live in March.")
    changes = [Change(name, (name,)) for name in NAMES]
    return recipes.add_version(project=project, who=by, recipe="april", weights=WEIGHTS, changes=changes)
