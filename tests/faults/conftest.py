"""Faults end with what was acknowledged, found and doubled."""

from tests.annotate.conftest import make_campaign as make_campaign
from tests.annotate.conftest import make_comparisons as make_comparisons
from tests.tally import pytest_terminal_summary as pytest_terminal_summary
