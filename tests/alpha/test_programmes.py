"""Setting programmes up, opening and closing them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from alpha import consenting, programmes
from alpha.models import ConsentText, Programme, Trial
from alpha.plans import TrialWish, wishes_of
from alpha.selectors import places
from alpha.selectors.programmes import lines_of, programme_for, trials_of
from core.accounts.access import member_of
from core.catalog.models import Bundle
from core.endpoints.models import Endpoint
from reports.faults import Refused
from tests.accounts.conftest import trail
from tests.alpha.planted import BASE, bundle, draft, opened, volunteer


def faults(error: Any) -> set[str]:
    return set(error.value.faults)


def test_a_draft_has_its_bundles_the_baseline_first(project: Any) -> None:
    made = draft(project)
    assert [(one.part, one.ordinal, one.bundle.name) for one in trials_of(made)] == [
        ("baseline", 0, "plain"),
        ("candidate", 1, "warm"),
    ]
    assert made.state == Programme.State.DRAFT


def test_candidates_without_a_baseline_begin_with_one(project: Any) -> None:
    wishes = [TrialWish(bundle(project, name).pk, Trial.Part.CANDIDATE) for name in ("warm", "warmer")]
    assert [one.ordinal for one in trials_of(draft(project, trials=wishes))] == [1, 2]


def test_a_key_is_there_once_in_a_project(project: Any, other_project: Any) -> None:
    draft(project, "warmth")
    draft(other_project, "warmth")
    with pytest.raises(Refused) as error:
        draft(project, "warmth")
    assert faults(error) == {"key"}


def test_a_bundle_of_another_project_cannot_be_on_trial(project: Any, other_project: Any) -> None:
    theirs = bundle(other_project, "theirs")
    with pytest.raises(Refused) as error:
        draft(project, trials=[TrialWish(theirs.pk, "candidate")])
    assert faults(error) == {"trials"}
    assert not Programme.objects.exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("pace", 0),
        ("pace", 2.5),
        ("first_ms", -1),
        ("ask_share", 1.2),
        ("memory_share", -0.1),
        ("tokens", -1),
        ("most_volunteers", -1),
        ("axes", ["cold", "cold"]),
        ("axes", ["Not a word"]),
        ("name", ""),
        ("name", "two\nlines"),
        ("purpose", "nul\0"),
    ],
)
def test_a_setting_that_cannot_be_is_named(project: Any, setting: str, value: object) -> None:
    with pytest.raises(Refused) as error:
        draft(project, **{setting: value})
    assert faults(error) == {setting}


def test_all_that_is_missing_is_said_at_once(project: Any) -> None:
    made = draft(project, trials=[], consent="", ends_on=date(2020, 1, 1))
    with pytest.raises(Refused) as error:
        programmes.open_up(programme=made, by=None, base_url=BASE)
    assert faults(error) == {"trials", "side_by_side", "consent", "ends_on"}
    made.refresh_from_db()
    assert made.state == Programme.State.DRAFT


def test_a_bundle_that_is_known_by_name_only_keeps_it_closed(project: Any) -> None:
    named = Bundle.objects.create(project=project, name="from a file")
    made = draft(project, trials=[TrialWish(named.pk, "candidate")], side_by_side=False)
    with pytest.raises(Refused, match="“from a file” is known by its name only"):
        programmes.open_up(programme=made, by=None, base_url=BASE)


def test_a_bundle_whose_endpoint_is_gone_keeps_it_closed(project: Any) -> None:
    made = draft(project)
    Endpoint.objects.all().delete()
    with pytest.raises(Refused, match="no endpoint “scripted”"):
        programmes.open_up(programme=made, by=None, base_url=BASE)


def test_it_opens_and_closes_once_each_and_the_trail_says_so(project: Any) -> None:
    made = draft(project)
    for _twice in range(2):
        programmes.open_up(programme=made, by=None, base_url=BASE)
    for _twice in range(2):
        programmes.close(programme=made, by=None)
    with pytest.raises(Refused, match="closed"):
        programmes.open_up(programme=made, by=None, base_url=BASE)
    said = [verb for verb in trail(project) if verb.startswith("programme.")]
    assert said == ["programme.created", "programme.consent_set", "programme.opened", "programme.closed"]


def test_what_was_said_under_stays_as_it_is_once_open(project: Any) -> None:
    made = opened(project)
    before = wishes_of(made)
    for setting, value in {"pace": 90, "memory_share": 0.1, "side_by_side": False, "trials": before[1:]}.items():
        with pytest.raises(Refused) as error:
            programmes.change(programme=made, by=None, base_url=BASE, **{setting: value})
        assert faults(error) == {setting}
    changed = programmes.change(programme=made, by=None, base_url=BASE, tokens=9, axes=["cold"], name="Warmer")
    assert (changed.tokens, changed.axes, changed.name, changed.pace) == (9, ["cold"], "Warmer", 200)
    assert wishes_of(made) == before


def test_nothing_of_a_closed_programme_changes(project: Any) -> None:
    made = programmes.close(programme=opened(project), by=None)
    with pytest.raises(Refused):
        programmes.change(programme=made, by=None, base_url=BASE, tokens=9)
    with pytest.raises(Refused):
        programmes.set_consent_text(programme=made, by=None, body="Other words.")


def test_the_same_change_twice_leaves_one_event(project: Any) -> None:
    made = draft(project)
    for _twice in range(2):
        programmes.change(programme=made, by=None, base_url=BASE, tokens=9)
    assert trail(project).count("programme.changed") == 1


def test_the_trail_holds_no_words_of_a_programme(project: Any) -> None:
    from core.accounts.models import AuditEvent

    made = draft(project, name="Named after Ada", purpose="Ada wants it", consent="Ada reads it")
    programmes.change(programme=made, by=None, base_url=BASE, purpose="Ada wants it more")
    assert "Ada" not in str(list(AuditEvent.objects.values_list("data", flat=True)))


def test_a_programme_of_others_does_not_exist(project: Any, owner: Any, stranger: Any, rater: Any) -> None:
    made = draft(project)
    for person, slug in ((stranger, "other"), (rater, "demo")):
        member = member_of(person, slug)
        with pytest.raises(Http404):
            programmes.close(programme=made, by=member)
    with pytest.raises(Http404):
        programme_for(member_of(stranger, "other"), made.key)
    assert programme_for(member_of(owner, "demo"), made.key) == made


def test_a_new_text_asks_everybody_again(project: Any, make_user: Any) -> None:
    made = opened(project)
    vera = volunteer(made, make_user("vera"))
    assert places.taking_part(vera.user, project, made.key).pk == vera.pk
    first = ConsentText.objects.get()
    newer = programmes.set_consent_text(programme=made, by=None, body="We also keep what you upload.")
    assert newer.version == 2
    with pytest.raises(places.NotConsented):
        places.taking_part(vera.user, project, made.key)
    with pytest.raises(Refused) as error:
        consenting.agree(volunteer=vera, text=first)
    assert faults(error) == {"text"}
    consenting.agree(volunteer=vera, text=newer)
    assert places.taking_part(vera.user, project, made.key).pk == vera.pk
    assert [text.version for text, _when in places.texts_agreed_to(vera)] == [1, 2]


def test_the_same_text_again_is_no_new_version(project: Any) -> None:
    made = draft(project, consent="You may leave.")
    assert programmes.set_consent_text(programme=made, by=None, body=" You may leave.\n").version == 1


def test_who_has_no_place_finds_no_programme(project: Any, make_user: Any, stranger: Any) -> None:
    made = opened(project)
    vera = volunteer(made, make_user("vera"))
    with pytest.raises(Http404):
        places.taking_part(stranger, project, made.key)
    programmes.close(programme=made, by=None)
    with pytest.raises(Http404):
        places.taking_part(vera.user, project, made.key)


def test_a_day_that_is_to_come_is_no_fault(project: Any) -> None:
    ends = datetime.now(UTC).date() + timedelta(days=30)
    made = draft(project, ends_on=ends)
    assert programmes.open_up(programme=made, by=None, base_url=BASE).ends_on == ends


def test_the_list_counts_who_is_where(project: Any, owner: Any, make_user: Any) -> None:
    made = opened(project)
    volunteer(made, make_user("vera"))
    line = lines_of(member_of(owner, "demo"))[0]
    assert (line.programme, line.invited, line.joined, line.waiting) == (made, 0, 1, 0)
    assert [trial.bundle.name for trial in line.trials] == ["plain", "warm"]
