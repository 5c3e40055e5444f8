"""Alpha programmes over the API."""

from typing import Any

from tests.alpha_reading.talks import programme_of
from tests.api.conftest import Caller
from tests.api.test_experiments import read


def test_programmes_are_listed_and_one_says_all(caller: Caller, project: Any) -> None:
    programme_of(project)
    programme_of(project, key="calm", state="closed")
    found = read(caller.get("programmes/"))["results"]
    assert [(one["key"], [trial["bundle"] for trial in one["trials"]]) for one in found] == [
        ("calm", ["v41", "v42"]),
        ("warmth", ["v41", "v42"]),
    ]
    assert [one["key"] for one in read(caller.get("programmes/?state=open"))["results"]] == ["warmth"]
    one = read(caller.get("programmes/warmth/"))
    assert one["says"]["labels"]["cold"]["v42"]["estimate"] is None
    assert caller.get("programmes/nothing/").status_code == 404
