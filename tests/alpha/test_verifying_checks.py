"""Each check of spot checks sees the row that breaks it."""

from typing import Any

import pytest

from alpha import checking
from alpha.checking import Seen
from alpha.verifying_checks import SAME, SEALED, WHOLE
from core.tables.verification import checks
from tests.alpha import planted, tried
from tests.corrupting import messages_after


@pytest.fixture(autouse=True)
def _checked(project: Any, make_member: Any) -> None:
    """A check that is written, one that is due and one that was declined."""
    expert = make_member("expert")
    programme = tried.programme(project)
    done = tried.tried(programme, expert)
    checking.complete(check=done, said=tried.answers(cold=Seen("unsure", 0, 1)), note="It hurries.")
    tried.tried(programme, expert)
    other = checking.ask(
        programme=programme, bundle=planted.bundle(project, "plain"), expert=expert, due_on=None, by=None
    )
    checking.decline(check=other, by=None)


def test_what_was_written_by_its_own_functions_is_clean() -> None:
    assert [finding for run in checks().values() for finding in run()] == []


def of(state: str) -> str:
    return f"(SELECT id FROM alpha_spotcheck WHERE state = '{state}')"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM alpha_axisanswer WHERE axis = 'cold'", "cold has no answer"),
        ("UPDATE alpha_axisanswer SET axis = 'unsafe' WHERE axis = 'cold'", "unsafe was not to be answered"),
        (f"UPDATE alpha_axisanswer SET check_of_id = {of('due')} WHERE axis = 'cold'", "cold was not to be answered"),
        ("""UPDATE alpha_spotcheck SET axes = '["cold", "unsafe"]' WHERE state = 'done'""", "unsafe has no answer"),
    ],
)
def test_an_axis_without_its_answer_is_named(statement: str, message: str) -> None:
    assert message in messages_after(statement, WHOLE)


JUDGMENT = "(SELECT judgment_id FROM alpha_spotcheck WHERE state = 'done')"
ELSEWHERE = "its judgment is of another source, author, rubric or conversation"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (f"UPDATE ledger_signal SET value = 0 WHERE judgment_id = {JUDGMENT} AND value = 10", "sees_cold=0 is only"),
        (f"DELETE FROM ledger_signal WHERE judgment_id = {JUDGMENT} AND value = 10", "sees_cold=10 is only"),
        ("UPDATE alpha_axisanswer SET severity = 1 WHERE axis = 'flattery'", "sees_flattery_severity=1 is only"),
        ("UPDATE alpha_axisanswer SET confidence = 1 WHERE axis = 'flattery'", "sees_flattery_confidence=1 is only"),
        (f"UPDATE ledger_judgment SET source = 'alpha' WHERE id = {JUDGMENT}", ELSEWHERE),
        (f"UPDATE ledger_judgment SET rubric_version_id = NULL WHERE id = {JUDGMENT}", ELSEWHERE),
        ("UPDATE alpha_spotcheck SET conversation_id = NULL WHERE state = 'done'", "quotes an answer of another"),
        ("UPDATE alpha_message SET conversation_id = gen_random_uuid()", ELSEWHERE),
    ],
)
def test_a_judgment_that_says_something_else_is_named(statement: str, message: str) -> None:
    assert any(message in one for one in messages_after(statement, SAME))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (f"DELETE FROM ledger_seal WHERE owed_for = {of('due')}", "there is no seal"),
        (f"UPDATE ledger_seal SET lifted_at = now() WHERE owed_for = {of('due')}", "due and its seal is lifted"),
        (f"UPDATE ledger_seal SET lifted_at = NULL WHERE owed_for = {of('done')}", "it is done and its seal is not"),
        (f"UPDATE ledger_seal SET lifted_at = NULL WHERE owed_for = {of('declined')}", "it is declined and its seal"),
        (
            f"UPDATE ledger_seal SET lifted_at = lifted_at - interval '1 s' WHERE owed_for = {of('done')}",
            "lifted before it was written",
        ),
        (
            "UPDATE ledger_seal SET bundle_id = (SELECT id FROM catalog_bundle WHERE name = 'plain')",
            "of somebody or something else",
        ),
    ],
)
def test_a_seal_that_does_not_fit_its_check_is_named(statement: str, message: str) -> None:
    assert any(message in one for one in messages_after(statement, SEALED))


def test_a_person_who_was_erased_has_no_seal_and_that_is_right() -> None:
    erased = "UPDATE alpha_spotcheck SET expert_id = NULL; DELETE FROM ledger_seal"
    assert messages_after(erased, SEALED) == []
