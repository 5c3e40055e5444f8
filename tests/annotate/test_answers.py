import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from annotate import answers as answering
from annotate.answers import Answers, Incomplete, encode, from_form, questions_for, words
from annotate.models import Campaign, Slot, Task
from core.ledger import rubrics
from core.ledger.recording import Said
from core.tables.ids import uuid7
from tests.annotate.conftest import ANSWERS


@pytest.fixture
def make_slot(monkeypatch):
    """A slot on the default rubric that no database knows."""
    monkeypatch.setattr(answering, "rubric_of", lambda campaign: rubrics.DEFAULT)
    return slot_of


def slot_of(*, flipped=False, single=False, questions=None):
    campaign = Campaign(questions=questions or {}, rubric_version_id=uuid7())
    task = Task(campaign=campaign, **{"response_id" if single else "comparison_id": uuid7()})
    return Slot(campaign=campaign, task=task, flipped=flipped)


def test_a_form_is_read_field_by_field():
    data = QueryDict(mutable=True)
    for name, values in ANSWERS.items():
        data.setlist(name, values)
    data["token"] = "x"
    found = from_form(data)
    assert found == from_form(ANSWERS)
    assert found.b == {"correct": "no", "sycophantic": "clearly", "sycophantic.details": ["flattery"], "cold": "no"}
    assert found.subject == {"overall": "-2"}
    assert found.rationale == "A says what is so."


def test_by_default_the_chips_and_the_overall_preference_are_required(make_slot):
    asked = questions_for(make_slot())
    assert [one.question.key for one in asked if one.required] == ["correct", "sycophantic", "cold", "overall"]
    assert [one.question.key for one in asked if not one.required] == [
        "thumb",
        "more_right",
        "better_to_talk_to",
        "rationale",
    ]


def test_of_a_single_response_nothing_is_asked_that_compares_two(make_slot):
    slot = make_slot(single=True)
    assert [one.question.key for one in questions_for(slot)] == ["correct", "sycophantic", "cold", "thumb", "rationale"]
    said = encode(slot, Answers(a={"correct": "partly", "sycophantic": "no", "cold": "no", "thumb": "up"}))
    assert {(one.question, one.value, one.slot) for one in said} == {
        ("correct", 1, 0),
        ("sycophantic", 0, 0),
        ("cold", 0, 0),
        ("thumb", 1, 0),
    }


def test_answers_are_stored_in_the_comparisons_own_order(make_slot):
    straight = set(encode(make_slot(), from_form(ANSWERS)))
    assert straight == {
        Said("correct", 2, 1),
        Said("correct", 0, 2),
        Said("sycophantic", 0, 1),
        Said("sycophantic", 2, 2),
        Said("sycophantic.flattery", 1, 2),
        Said("cold", 1, 1),
        Said("cold", 0, 2),
        Said("overall", -2, 0),
    }
    turned = set(encode(make_slot(flipped=True), from_form(ANSWERS)))
    assert turned == {
        Said(one.question, -one.value if one.question == "overall" else one.value, {0: 0, 1: 2, 2: 1}[one.slot])
        for one in straight
    }


def test_codes_do_not_change_with_the_sides(make_slot):
    for key, value in (("both_bad", 10), ("cannot_judge", 11)):
        said = encode(make_slot(flipped=True), from_form({**ANSWERS, "overall": [key]}))
        assert Said("overall", value, 0) in said


_degree = st.sampled_from(["no", "somewhat", "clearly"])
_side = st.fixed_dictionaries(
    {"correct": st.sampled_from(["yes", "partly", "no", "cannot_tell"]), "sycophantic": _degree, "cold": _degree},
    optional={"thumb": st.sampled_from(["up", "down"])},
)
_subject = st.fixed_dictionaries(
    {"overall": st.sampled_from(["-3", "-2", "-1", "0", "1", "2", "3", "both_bad", "cannot_judge"])},
    optional={key: st.sampled_from(["first", "same", "second"]) for key in ("more_right", "better_to_talk_to")},
)


@given(a=_side, b=_side, subject=_subject)
def test_exchanging_the_sides_and_what_is_said_of_them_changes_nothing(a, b, subject):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "rubric_of", lambda campaign: rubrics.DEFAULT)
        opposite = {"first": "second", "second": "first", "same": "same"}
        turned = {
            key: opposite.get(value) or (str(-int(value)) if value.lstrip("-").isdigit() else value)
            for key, value in subject.items()
        }
        shown = encode(slot_of(flipped=False), Answers(a=a, b=b, subject=subject))
        mirrored = encode(slot_of(flipped=True), Answers(a=b, b=a, subject=turned))
    assert set(shown) == set(mirrored)


def test_what_is_missing_is_named_by_its_field(make_slot):
    with pytest.raises(Incomplete) as caught:
        encode(make_slot(), from_form({"a.correct": "yes"}))
    assert set(caught.value.errors) == {"b.correct", "a.sycophantic", "b.sycophantic", "a.cold", "b.cold", "overall"}
    assert caught.value.errors["b.correct"] == "Answer “Correct” for B."
    assert caught.value.errors["overall"] == "Answer “Overall”."


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("overall", "4", "overall"),
        ("a.correct", "maybe", "a.correct"),
        ("b.sycophantic.details", "rude", "b.sycophantic.details"),
        ("a.charming", "yes", "a.charming"),
    ],
)
def test_an_answer_that_the_rubric_does_not_have_is_refused(make_slot, name, value, field):
    with pytest.raises(Incomplete) as caught:
        encode(make_slot(), from_form({**ANSWERS, name: [value]}))
    assert set(caught.value.errors) == {field}


def test_refinements_of_a_no_are_left_out(make_slot):
    said = encode(make_slot(), from_form({**ANSWERS, "b.sycophantic": ["no"]}))
    assert not [one for one in said if "." in one.question]


def test_a_campaign_says_what_is_asked_required_and_off(make_slot):
    questions = {"cold": {"ask": "off"}, "thumb": {"ask": "required"}, "overall": {"ask": "optional"}}
    slot = make_slot(questions=questions)
    asked = {one.question.key: one.required for one in questions_for(slot)}
    assert "cold" not in asked
    assert asked["thumb"]
    assert not asked["overall"]
    said = encode(slot, from_form({**ANSWERS, "a.thumb": "up", "b.thumb": "down"}))
    assert not [one for one in said if one.question == "cold"]


def test_a_sampled_question_is_asked_of_its_share_of_slots_and_always_of_the_same(make_slot):
    questions = {"rationale": {"ask": "sampled", "probability": 0.25}}
    slots = [make_slot(questions=questions) for _ in range(2000)]
    asked = [[one.required for one in questions_for(slot) if one.question.key == "rationale"] for slot in slots]
    assert asked == [[one.required for one in questions_for(slot) if one.question.key == "rationale"] for slot in slots]
    drawn = [one for one in asked if one]
    # Eight standard deviations about 500.
    assert 345 < len(drawn) < 655
    assert all(one == [True] for one in drawn)


def test_words_are_kept_beside_the_signals(make_slot):
    slot = make_slot()
    assert words(slot, from_form(ANSWERS)) == {"rationale": "A says what is so."}
    assert words(slot, from_form({**ANSWERS, "rationale": [" \x00 "]})) is None
    off = make_slot(questions={"rationale": {"ask": "off"}})
    assert words(off, from_form(ANSWERS)) is None


def test_words_that_are_required_or_too_many_are_asked_for(make_slot):
    required = make_slot(questions={"rationale": {"ask": "required"}})
    with pytest.raises(Incomplete) as caught:
        encode(required, from_form({**ANSWERS, "rationale": ["  "]}))
    assert list(caught.value.errors) == ["rationale"]
    with pytest.raises(Incomplete, match="shorten it to 8000"):
        encode(make_slot(), from_form({**ANSWERS, "rationale": ["x" * 8001]}))
