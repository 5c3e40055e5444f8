"""What must hold of spot checks at any moment; `verify` asks."""

from collections.abc import Iterator

from alpha.axes import NAME
from core.tables.verification import Finding, check, found

WHOLE = "a spot check that is written answers every one of its axes"
SAME = "a spot check's judgment says what its answers say"
SEALED = "a spot check's seal binds until it is written, and no longer"


@check(WHOLE)
def checks_are_whole() -> Iterator[Finding]:
    """A written check has one answer for each axis that it asks; one that is not written has none."""
    return found(
        WHOLE,
        "alpha_spotcheck",
        """
        WITH due AS (
            SELECT c.id, asked.axis FROM alpha_spotcheck c
            CROSS JOIN LATERAL jsonb_array_elements_text(c.axes) AS asked (axis) WHERE c.state = 'done'
        )
        SELECT coalesce(due.id, a.check_of_id), coalesce(due.axis, a.axis),
               CASE WHEN a.id IS NULL THEN 'has no answer' ELSE 'was not to be answered' END
        FROM due FULL JOIN alpha_axisanswer a ON a.check_of_id = due.id AND a.axis = due.axis
        WHERE due.id IS NULL OR a.id IS NULL
        ORDER BY 1, 2
        """,
        "{1} {2}",
    )


@check(SAME)
def judgments_say_the_same() -> Iterator[Finding]:
    """The judgment is the expert's, about a turn of that chat, on the spot checks' rubric, with those answers."""
    return found(
        SAME,
        "alpha_spotcheck",
        """
        WITH due AS (
            SELECT a.check_of_id AS id, said.question, said.value
            FROM alpha_axisanswer a
            CROSS JOIN LATERAL (VALUES
                ('sees_' || a.axis, CASE a.seen WHEN 'yes' THEN 1 WHEN 'no' THEN 0 ELSE 10 END),
                ('sees_' || a.axis || '_confidence', a.confidence::int),
                ('sees_' || a.axis || '_severity', nullif(a.severity, 0)::int)
            ) AS said (question, value)
            WHERE said.value IS NOT NULL
        ), kept AS (
            SELECT c.id, s.question, s.value::int AS value
            FROM alpha_spotcheck c JOIN ledger_signal s ON s.judgment_id = c.judgment_id
        ), differing AS (
            (SELECT * FROM due EXCEPT SELECT * FROM kept) UNION (SELECT * FROM kept EXCEPT SELECT * FROM due)
        )
        SELECT id, question || '=' || value || ' is only in one of them' FROM differing
        UNION ALL
        SELECT c.id, 'its judgment is of another source, author, rubric or conversation'
        FROM alpha_spotcheck c
        JOIN ledger_judgment j ON j.id = c.judgment_id
        LEFT JOIN ledger_rubricversion v ON v.id = j.rubric_version_id
        LEFT JOIN alpha_conversation t ON t.id = c.conversation_id
        WHERE j.source <> 'spot_check' OR v.name IS DISTINCT FROM %s OR t.actor_id IS DISTINCT FROM j.actor_id
           OR NOT EXISTS (
               SELECT FROM alpha_answer a JOIN alpha_message m ON m.id = a.message_id
               WHERE m.conversation_id = t.id AND a.turn_id = j.turn_id
           )
        UNION ALL
        SELECT x.check_of_id, x.axis || ' quotes an answer of another conversation'
        FROM alpha_axisanswer x
        JOIN alpha_spotcheck c ON c.id = x.check_of_id
        JOIN alpha_answer a ON a.id = x.answer_id
        JOIN alpha_message m ON m.id = a.message_id
        WHERE m.conversation_id IS DISTINCT FROM c.conversation_id
        ORDER BY 1, 2
        """,
        "{1}",
        [NAME],
    )


@check(SEALED)
def seals_bind_until_written() -> Iterator[Finding]:
    """Whoever owes a check is sealed off for as long as it is due; the seal of a person who was erased is gone."""
    return found(
        SEALED,
        "alpha_spotcheck",
        """
        SELECT c.id, CASE
            WHEN s.id IS NULL THEN 'there is no seal'
            WHEN (s.user_id, s.project_id, s.bundle_id) <> (c.expert_id, c.project_id, c.bundle_id)
                THEN 'its seal is of somebody or something else'
            WHEN c.state = 'due' THEN 'it is due and its seal is lifted'
            WHEN s.lifted_at IS NULL THEN 'it is ' || c.state || ' and its seal is not lifted'
            ELSE 'its seal was lifted before it was written' END
        FROM alpha_spotcheck c
        LEFT JOIN ledger_seal s ON s.owed_for = c.id
        LEFT JOIN ledger_judgment j ON j.id = c.judgment_id
        WHERE c.expert_id IS NOT NULL AND (
            s.id IS NULL
            OR (s.user_id, s.project_id, s.bundle_id) <> (c.expert_id, c.project_id, c.bundle_id)
            OR (c.state = 'due') <> (s.lifted_at IS NULL)
            OR s.lifted_at < j.recorded_at
        )
        ORDER BY 1
        """,
        "{1}",
    )
