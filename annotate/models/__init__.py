"""Raters' work: campaigns, tasks, slots, attempts, drafts, pay."""

from annotate.models.campaigns import Campaign, GoldAnswer
from annotate.models.queue import ASIDE, ProgressTally, Seat, Slot, Task
from annotate.models.reports import BrokenReport, ReportWords
from annotate.models.work import Attempt, Draft, PayRow

__all__ = [
    "ASIDE",
    "Attempt",
    "BrokenReport",
    "Campaign",
    "Draft",
    "GoldAnswer",
    "PayRow",
    "ProgressTally",
    "ReportWords",
    "Seat",
    "Slot",
    "Task",
]
