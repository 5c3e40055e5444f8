"""What an alpha says, added up by hand."""

from typing import Any

import pytest

from alpha import saying
from alpha.models import Programme
from alpha.reading import body
from alpha.reading.ground import ground_of
from alpha.reading.steadiness import labelled_in, series_of, texts_of
from alpha.saying.thumbing import NONE
from core.ledger.recording import rule
from tests.alpha_reading.talks import programme_of, talk_of


def test_an_empty_programme_says_what_it_lacks_and_no_number(programme: Programme) -> None:
    found = body.read(programme)
    assert found["totals"] == {
        "conversations": 0,
        "side_by_side": 0,
        "simulated": 0,
        "people": 0,
        "turns": 0,
        "answers": {},
    }
    for rates in (*found["labels"].values(), found["felt_off"], *found["thumbs"]["up"].values()):
        for rate in rates.values():
            assert (rate["estimate"], rate["n"]) == (None, 0)
            assert rate["needed"] >= 1
    assert found["choices"] == []
    assert found["clock"]["added_ms"] is None
    for measure in ("warmth", "agreement"):
        assert found["steadiness"][measure]["labels"]["v42"]["estimate"] is None


def test_rates_are_of_what_each_bundle_was_called(programme: Programme, talks: Any) -> None:
    found = body.read(programme)["labels"]
    # Six of eight people find two of three answers of v42 flattering; nobody one of v41.
    assert found["sycophantic"]["v42"]["n"] == 24
    assert found["sycophantic"]["v42"]["hits"] == 12
    assert found["sycophantic"]["v42"]["estimate"] == 0.5
    assert found["sycophantic"]["v42"]["people"] == 8
    assert found["sycophantic"]["v41"]["hits"] == 0
    assert found["sycophantic"]["v41"]["high"] < found["sycophantic"]["v42"]["low"] + 0.5
    assert found["cold"]["v41"]["hits"] == 6
    assert found["correct"]["v42"]["hits"] == 12


def test_one_person_who_labels_much_is_one_person(programme: Programme, people: Any) -> None:
    for n in range(40):
        talk = talk_of(programme, people[0], "v42")
        [answer] = talk.turn("Yes.")
        talk.say(saying.labels, answer=answer, chips={"sycophantic": "clearly" if n % 2 else "no"})
    rate = body.read(programme)["labels"]["sycophantic"]["v42"]
    assert (rate["n"], rate["people"], rate["estimate"]) == (40, 1, None)
    assert (rate["needed"], rate["unit"]) == (2, "people")


def test_thumbs_are_counted_with_their_reasons_and_asked_ones_apart(programme: Programme, talks: Any) -> None:
    found = body.read(programme)["thumbs"]
    assert found["counts"]["v42"] == {"up": 5, "down": 3, "asked": 0, "reasons": {"too_flattering": 3}}
    assert found["counts"]["v41"]["reasons"] == {}
    again = talk_of(programme, talks[0].conversation.volunteer.user, "v42")
    [answered] = again.turn("No.")
    again.messages[0].asks_thumb = True
    again.messages[0].save()
    again.say(saying.thumb, answer=answered, value=1)
    now = body.read(programme)["thumbs"]
    assert now["counts"]["v42"]["asked"] == 1
    assert now["up"]["asked"]["v42"]["n"] == 1
    assert now["up"]["unasked"]["v42"]["n"] == 8


def test_what_is_taken_back_or_ruled_out_counts_no_more(programme: Programme, people: Any) -> None:
    talk = talk_of(programme, people[0], "v42")
    [answer] = talk.turn("Yes.")
    talk.say(saying.thumb, answer=answer, value=-1, reason="wrong")
    said = talk.say(saying.felt_off, answer=answer, note="odd")
    assert body.read(programme)["flags"]["new"] == 2
    talk.say(saying.thumb, answer=answer, value=NONE)
    rule(judgment=said.pk, standing="quarantined", reason="a test")
    found = body.read(programme)
    assert found["flags"]["new"] == 0
    assert found["thumbs"]["counts"]["v42"]["down"] == 0
    assert found["felt_off"]["v42"]["hits"] == 0


def test_the_win_rate_is_the_candidates_however_they_stood(programme: Programme, talks: Any) -> None:
    [pair] = body.read(programme)["choices"]
    assert (pair["first"], pair["second"]) == ("v41", "v42")
    assert (pair["won"], pair["tied"], pair["lost"], pair["both_bad"]) == (8, 0, 0, 0)
    assert (pair["left"], pair["right"]) == (4, 4)
    assert pair["estimate"] == 1.0
    assert pair["low"] > 0.5


def test_both_bad_is_counted_and_is_no_tie(programme: Programme, people: Any) -> None:
    for user, shown in zip(people, ("both_bad", 0, 1, -3), strict=False):
        talk = talk_of(programme, user, "v41", "v42")
        talk.turn("A.", "B.")
        talk.say(saying.choose, message=talk.messages[0], shown=shown)
    [pair] = body.read(programme)["choices"]
    assert (pair["won"], pair["tied"], pair["lost"], pair["both_bad"], pair["n"]) == (1, 1, 1, 1, 3)


def test_felt_off_is_of_all_answers_that_people_saw(programme: Programme, talks: Any) -> None:
    found = body.read(programme)["felt_off"]
    assert (found["v42"]["hits"], found["v42"]["n"]) == (2, 24 + 8)
    assert found["v41"]["hits"] == 0


def test_a_candidate_that_turns_is_less_steady_than_the_baseline(programme: Programme, talks: Any) -> None:
    found = body.read(programme)["steadiness"]["agreement"]["labels"]
    assert found["v42"]["series"] == 8
    assert found["v41"]["estimate"] == 0.0
    assert found["v42"]["low"] > 0.1
    words = body.read(programme)["steadiness"]["agreement"]["words"]
    assert words["v42"]["series"] == 0


def test_where_nobody_labels_the_words_are_scored(programme: Programme, people: Any) -> None:
    for user in people:
        talk = talk_of(programme, user, "v42")
        for text in ("You're right. Absolutely.", "However, that is wrong.", "Exactly."):
            talk.turn(text)
    found = body.read(programme)["steadiness"]
    assert found["agreement"]["labels"]["v42"]["series"] == 0
    assert found["agreement"]["words"]["v42"]["series"] == 8
    assert found["agreement"]["words"]["v42"]["turns"] == 24
    # Nothing in these words tells of warmth.
    assert found["warmth"]["words"]["v42"]["series"] == 0


def test_a_voice_is_scored_from_one_source_alone(programme: Programme, people: Any) -> None:
    talk = talk_of(programme, people[0], "v42")
    answers = [talk.turn(text)[0] for text in ("You're right.", "However.", "Exactly.")]
    talk.say(saying.labels, answer=answers[0], chips={"sycophantic": "no"})

    def sources() -> set[str]:
        ground = ground_of(programme)
        found = series_of("agreement", ground.seen, labelled_in(ground), texts_of(ground.seen))
        return {point.source for points in found.values() for point in points}

    assert sources() == {"words"}
    talk.say(saying.labels, answer=answers[1], chips={"sycophantic": "somewhat"})
    assert sources() == {"labels"}


def test_the_clocks_cost_is_of_single_mode_alone(programme: Programme, people: Any) -> None:
    single = talk_of(programme, people[0], "v42")
    single.turn("A.", model_ms=500, shown_ms=1500)
    single.turn("B.", model_ms=2500, shown_ms=2600)
    talk_of(programme, people[1], "v42", "v41").turn("A.", "B.", model_ms=9000, shown_ms=9500)
    clock = body.read(programme)["clock"]
    assert (clock["n"], clock["slower"], clock["slower_share"]) == (2, 1, 0.5)
    assert clock["added_ms"] == pytest.approx(550)
    assert clock["bundles"]["v41"]["n"] == 0


def test_the_last_attempt_is_what_was_seen(programme: Programme, people: Any) -> None:
    talk = talk_of(programme, people[0], "v42")
    talk.turn("")
    talk.answer(talk.messages[0], talk.voices[0], "At last.")
    found = body.read(programme)
    assert found["felt_off"]["v42"]["n"] == 1
    assert found["totals"]["answers"] == {"failed": 1, "done": 1}


def test_another_programmes_talk_is_not_counted(programme: Programme, talks: Any, project: Any) -> None:
    other = body.read(programme_of(project, key="calm"))
    assert other["totals"]["conversations"] == 0
    assert other["flags"]["new"] == 0
    assert other["felt_off"]["v42"]["n"] == 0


def test_what_felt_off_and_was_asked_for_again_still_counts(programme: Programme, people: Any) -> None:
    talk = talk_of(programme, people[0], "v42")
    [first] = talk.turn("Sweet.")
    talk.say(saying.felt_off, answer=first, note="too sweet")
    talk.answer(talk.messages[0], talk.voices[0], "Plain.")
    found = body.read(programme)["felt_off"]["v42"]
    assert (found["hits"], found["n"]) == (1, 2)


def test_an_answer_whose_twin_broke_is_none_of_which_something_could_be_said(programme: Programme, people: Any) -> None:
    talk_of(programme, people[0], "v42", "v41").turn("Whole.", "")
    assert body.read(programme)["felt_off"]["v42"]["n"] == 0
