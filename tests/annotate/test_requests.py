import pytest

from annotate import queue, reporting, tasks
from annotate.answers import from_form
from annotate.models import Campaign, Slot, Task
from annotate.requests import take_requests
from annotate.submitting import submit
from annotate.undoing import undo
from core.catalog.models import Response
from core.ledger.models import LabelRequest, Turn
from tests.annotate.conftest import ANSWERS

LABELS = {name: value for name, value in ANSWERS.items() if name in ("a.correct", "a.sycophantic", "a.cold")}


@pytest.fixture
def campaign(make_campaign):
    return make_campaign(0, overlap=1, purposes=["thumbs"])


@pytest.fixture
def file_request(project):
    def file(purpose="thumbs", **subject):
        return LabelRequest.objects.create(
            project=project, rubric="default", because="sampled", purpose=purpose, filed_by="test", **subject
        )

    return file


def state_of(request):
    return LabelRequest.objects.get(pk=request.pk).state


def test_requests_of_a_purpose_become_tasks_once(campaign, file_request, make_comparisons, project):
    first, second = make_comparisons(2)
    response = Response.objects.filter(project=project).first()
    turn = Turn.objects.create(project=project, conversation="c", n=1, response=Response.objects.last())
    wanted = [file_request(comparison_id=first), file_request(response=response), file_request(turn=turn)]
    other = file_request(purpose="something else", comparison_id=second)
    assert take_requests(campaign) == 3
    assert take_requests(campaign) == 0
    assert set(Task.objects.values_list("comparison", "response", "request")) == {
        (first, None, wanted[0].pk),
        (None, response.pk, wanted[1].pk),
        (None, turn.response_id, wanted[2].pk),
    }
    assert [state_of(one) for one in wanted] == ["taken"] * 3
    assert state_of(other) == "open"


def test_the_worker_takes_requests_for_open_campaigns_only(make_campaign, file_request, make_comparisons):
    one, two = make_comparisons(2)
    file_request(comparison_id=one)
    paused = make_campaign(0, overlap=1, purposes=["thumbs"])
    Campaign.objects.filter(pk=paused.pk).update(state="paused")
    tasks.take_requests()
    assert not Task.objects.exists()
    Campaign.objects.filter(pk=paused.pk).update(state="open")
    tasks.take_requests()
    tasks.take_requests()
    assert Task.objects.get().comparison_id == one


def test_a_turn_of_which_no_text_is_stored_is_refused(campaign, file_request, project):
    turn = Turn.objects.create(project=project, conversation="c", n=1)
    request = file_request(turn=turn)
    assert take_requests(campaign) == 1
    assert state_of(request) == "refused"
    assert not Task.objects.exists()


def test_a_campaign_that_subscribes_to_nothing_takes_nothing(make_campaign, file_request, make_comparisons):
    request = file_request(purpose="", comparison_id=make_comparisons(1)[0])
    assert take_requests(make_campaign(0)) == 0
    assert state_of(request) == "open"


def test_a_request_is_done_when_its_slots_are_filled_and_not_when_that_is_undone(
    campaign, file_request, make_comparisons, ann, answers
):
    request = file_request(comparison_id=make_comparisons(1)[0])
    take_requests(campaign)
    slot = queue.take(campaign=campaign, rater=ann)[0]
    receipt = submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    assert state_of(request) == "done"
    undo(campaign=campaign, rater=ann, judgment=receipt.judgment)
    assert state_of(request) == "taken"


def test_a_request_for_a_turn_is_done_with_its_response(campaign, file_request, make_comparisons, project, ann):
    make_comparisons(1)
    turn = Turn.objects.create(project=project, conversation="c", n=1, response=Response.objects.first())
    request = file_request(turn=turn)
    take_requests(campaign)
    slot = queue.take(campaign=campaign, rater=ann)[0]
    submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=from_form(LABELS))
    assert state_of(request) == "done"


def test_a_request_for_what_was_labelled_before_is_done_at_once(campaign, file_request, make_comparisons, ann, answers):
    from annotate.planning import add_comparisons

    (comparison,) = make_comparisons(1)
    add_comparisons(campaign=campaign, comparisons=[comparison])
    slot = queue.take(campaign=campaign, rater=ann)[0]
    submit(campaign=campaign, rater=ann, token=slot.lease_token, answers=answers)
    request = file_request(comparison_id=comparison)
    assert take_requests(campaign) == 1
    assert state_of(request) == "done"
    assert Slot.objects.count() == 1


def test_a_request_whose_task_is_retired_unjudged_is_refused_and_not_done(
    campaign, file_request, make_comparisons, owner, ann
):
    (comparison,) = make_comparisons(1)
    request = file_request(comparison_id=comparison)
    take_requests(campaign)
    task = Task.objects.get()
    (held,) = queue.take(campaign=campaign, rater=ann, want=1)
    reporting.report(campaign=campaign, rater=ann, token=held.lease_token, reason="garbled")
    reporting.retire(task=task, who=owner)
    assert state_of(request) == "refused"
