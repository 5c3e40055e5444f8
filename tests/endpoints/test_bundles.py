"""Bundles that can be called: what they may consist of, that equal ones are one, and that they never change."""

from typing import Any

import pytest

from core.accounts.models import AuditEvent
from core.catalog.models import Bundle
from core.endpoints import asking, bundles, specs
from core.endpoints.bundles import NotCallable, add_bundle
from core.endpoints.faults import Fault, ModelFault
from core.endpoints.setting import remove_endpoint, set_endpoint
from core.endpoints.specs import BadSpec

SPEC = {
    "endpoint": "lab",
    "model": "m-1",
    "system": "Be brief.",
    "sampling": {"temperature": 0.7, "max_tokens": 400},
    "memory": {"most": 3},
}


@pytest.fixture
def lab(project: Any) -> Any:
    script = '{"when": "moon", "say": "It is far."}\n{"say": "It is round."}'
    return set_endpoint(project=project, name="lab", kind="script", script=script, by=None)


def test_a_bundle_is_added_with_its_specification_in_one_form(project: Any, lab: Any, owner: Any) -> None:
    bundle = add_bundle(project=project, name=" v41 ", spec=SPEC, by=owner)
    assert (bundle.name, bundle.spec) == ("v41", SPEC)
    event = AuditEvent.objects.get(project=project, verb="bundle.specified")
    assert event.data == {"name": "v41", "endpoint": "lab", "model": "m-1", "known": False}
    called = bundles.callable(bundle)
    assert (called.endpoint, called.spec.most_tokens, called.spec.remembers) == (lab, 400, 3)


def test_the_same_again_is_the_same_bundle(project: Any, lab: Any) -> None:
    first = add_bundle(project=project, name="v41", spec=SPEC, by=None)
    again = {**SPEC, "sampling": {"max_tokens": 400, "temperature": 0.70}}
    assert add_bundle(project=project, name="v41", spec=again, by=None) == first
    assert AuditEvent.objects.filter(project=project, verb="bundle.specified").count() == 1


def test_a_bundle_never_changes_and_has_one_name(project: Any, lab: Any) -> None:
    add_bundle(project=project, name="v41", spec=SPEC, by=None)
    with pytest.raises(BadSpec, match="stands for something else"):
        add_bundle(project=project, name="v41", spec={**SPEC, "system": "Be kind."}, by=None)
    with pytest.raises(BadSpec, match="is there as “v41”"):
        add_bundle(project=project, name="v42", spec=SPEC, by=None)
    assert Bundle.objects.get().spec == SPEC


def test_a_bundle_that_was_known_by_name_is_specified_once(project: Any, lab: Any) -> None:
    known = Bundle.objects.create(project=project, name="v41")
    with pytest.raises(NotCallable, match="known by its name only"):
        bundles.callable(known)
    assert add_bundle(project=project, name="v41", spec=SPEC, by=None).pk == known.pk
    with pytest.raises(BadSpec):
        add_bundle(project=project, name="v41", spec={**SPEC, "model": "m-2"}, by=None)


def test_the_digest_is_the_projects_own(project: Any, other_project: Any) -> None:
    read = specs.read(SPEC)
    assert bundles.digest_of(project, read) != bundles.digest_of(other_project, read)


@pytest.mark.parametrize(
    ("changed", "keys"),
    [
        ({"endpoint": ""}, {"endpoint"}),
        ({"model": 7}, {"model"}),
        ({"model": "x" * 201}, {"model"}),
        ({"system": "\0"}, {"system"}),
        ({"temprature": 1}, {"temprature"}),
        ({"sampling": {"temperature": 2.1}}, {"sampling.temperature"}),
        ({"sampling": {"temperature": True}}, {"sampling.temperature"}),
        ({"sampling": {"top_p": 0, "seed": 1}}, {"sampling.top_p", "sampling.seed"}),
        ({"sampling": {"max_tokens": 1.5}}, {"sampling.max_tokens"}),
        ({"sampling": {"max_tokens": 1, "max_completion_tokens": 1}}, {"sampling.max_completion_tokens"}),
        ({"sampling": []}, {"sampling"}),
        ({"memory": {"most": 51}}, {"memory.most"}),
        ({"memory": "all"}, {"memory"}),
    ],
)
def test_what_cannot_be_a_specification_is_named(changed: dict[str, Any], keys: set[str]) -> None:
    with pytest.raises(BadSpec) as caught:
        specs.read({**SPEC, **changed})
    assert set(caught.value.problems) == keys


def test_an_answer_has_a_limit_even_if_nobody_set_one() -> None:
    assert specs.read({"endpoint": "lab", "model": "m"}).most_tokens == specs.USUAL_TOKENS
    assert specs.read({**SPEC, "sampling": {"max_completion_tokens": 9}}).most_tokens == 9


def test_a_bundle_needs_an_endpoint_of_its_own_project(project: Any, other_project: Any, lab: Any) -> None:
    with pytest.raises(BadSpec, match="no endpoint “lab”"):
        add_bundle(project=other_project, name="v41", spec=SPEC, by=None)


def test_a_bundle_is_asked_by_its_id(project: Any, lab: Any) -> None:
    bundle = add_bundle(project=project, name="v41", spec=SPEC, by=None)
    ask = asking.Ask([{"role": "user", "content": "And the moon?"}], "u")
    answered = asking.answer(bundle.pk, ask)
    assert answered == asking.Answered("It is far.", asking.Spent(4 + 3 + 4 + 4, 3, "stop"))
    remove_endpoint(endpoint=lab, by=None)
    with pytest.raises(ModelFault) as caught:
        asking.answer(bundle.pk, ask)
    assert caught.value.fault == Fault.REFUSED
