"""The default rubric: what is right and what is kind are asked apart and kept apart."""

from core.ledger import rubrics

EPISTEMIC = {"correct", "sycophantic", "more_right"}
SOCIAL = {"cold", "better_to_talk_to"}


def grouped(group: str) -> set[str]:
    return {question.key for question in rubrics.DEFAULT.questions if question.group == group}


def test_what_is_right_and_what_is_kind_are_different_groups() -> None:
    assert grouped("epistemic") == EPISTEMIC
    assert grouped("social") == SOCIAL


def test_cold_is_a_scale_of_its_own_and_not_the_other_end_of_sycophantic() -> None:
    cold, sycophantic = rubrics.DEFAULT.question("cold"), rubrics.DEFAULT.question("sycophantic")
    assert {option.value for option in cold.options} == {0, 1, 2} == {option.value for option in sycophantic.options}
    assert not cold.mirrored
    assert not sycophantic.mirrored


def test_a_rubric_survives_its_storage() -> None:
    assert rubrics.parse(rubrics.DEFAULT.as_json()) == rubrics.DEFAULT
