import pytest

from core.live import topics


@pytest.fixture(autouse=True)
def _every_topic_may_be_said_again():
    topics.forget()
