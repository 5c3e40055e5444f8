"""Live experiments: what is tried on whom, what came in, what was added up of it, what was read and decided."""

from abtest.models.events import ChosenTurn, Correction, Event
from abtest.models.experiments import Arm, Decision, Experiment, Step
from abtest.models.totals import ArmMoments, ClosedHour, Exposure, Readout, UnitTotal

__all__ = (
    "Arm",
    "ArmMoments",
    "ChosenTurn",
    "ClosedHour",
    "Correction",
    "Decision",
    "Event",
    "Experiment",
    "Exposure",
    "Readout",
    "Step",
    "UnitTotal",
)
