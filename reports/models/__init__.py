"""What the ledger is read with, and what came of it."""

from reports.models.anchors import AnchorEvent
from reports.models.drift import Alarm, AlarmAction, DriftEvent, Monitor
from reports.models.weighting import Budget, Recipe, RecipeVersion, ReferenceDecision, Report, RewardSignal

__all__ = [
    "Alarm",
    "AlarmAction",
    "AnchorEvent",
    "Budget",
    "DriftEvent",
    "Monitor",
    "Recipe",
    "RecipeVersion",
    "ReferenceDecision",
    "Report",
    "RewardSignal",
]
