"""What was said: the append-only record of judgments, signals and rulings, and what lies beside it."""

from core.ledger.models.actors import Actor, ActorLink
from core.ledger.models.judgments import (
    AnchorJudgment,
    CountedJudgment,
    Judgment,
    Mention,
    RubricVersion,
    Ruling,
    Signal,
    Turn,
    Words,
)
from core.ledger.models.marks import DirtyBucket, ExportCut, JudgmentTally
from core.ledger.models.requests import LabelRequest, Seal

__all__ = [
    "Actor",
    "ActorLink",
    "AnchorJudgment",
    "CountedJudgment",
    "DirtyBucket",
    "ExportCut",
    "Judgment",
    "JudgmentTally",
    "LabelRequest",
    "Mention",
    "RubricVersion",
    "Ruling",
    "Seal",
    "Signal",
    "Turn",
    "Words",
]
