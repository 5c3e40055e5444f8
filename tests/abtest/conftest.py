"""A project with a running experiment, and who may send feedback about it."""

from typing import Any

import pytest

from tests.abtest import trials
from tests.api.conftest import caller, make_caller  # noqa: F401  (fixtures)


@pytest.fixture
def trial(project: Any) -> Any:
    return trials.running(project)
