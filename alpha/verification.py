"""What must hold of alphas at any moment; `verify` asks. What was said and spot checks have checks of their own."""

from collections.abc import Iterator

import alpha.verifying_checks
import alpha.verifying_people
import alpha.verifying_said  # noqa: F401
from core.tables.verification import Finding, check, found

BUDGETS = "budgets of alphas are what was set aside and used"
TURNS = "answers in chats have their turns in the ledger"
HELD = "answers in chats are held by somebody or over"
# Long after an answer that nobody holds should have been ended (`alpha.generating.ending`).
MINUTES = 10


@check(BUDGETS)
def budgets_are_sums() -> Iterator[Finding]:
    return found(
        BUDGETS,
        "alpha_budget",
        """
        WITH each AS (
            SELECT r.programme_id, a.day, a.actor AS actor_id,
                   CASE WHEN r.used IS NULL THEN r.held ELSE 0 END AS held, coalesce(r.used, 0) AS used
            FROM alpha_reservation r
            CROSS JOIN LATERAL (VALUES (NULL::date, NULL::uuid), (r.day, NULL), (r.day, r.actor_id)) AS a (day, actor)
        ), sums AS (
            SELECT programme_id, day, actor_id, sum(held) AS held, sum(used) AS used FROM each GROUP BY 1, 2, 3
        )
        SELECT coalesce(b.id::text, 'a budget of programme ' || s.programme_id), coalesce(b.held, 0),
               coalesce(b.used, 0), coalesce(s.held, 0), coalesce(s.used, 0)
        FROM alpha_budget b
        FULL JOIN sums s ON s.programme_id = b.programme_id AND (s.day, s.actor_id)
            IS NOT DISTINCT FROM (b.day, b.actor_id)
        WHERE (coalesce(b.held, 0), coalesce(b.used, 0)) <> (coalesce(s.held, 0), coalesce(s.used, 0))
        ORDER BY 1
        """,
        "it says {1} held and {2} used; its answers took {3} and {4}",
    )


@check(TURNS)
def answers_have_turns() -> Iterator[Finding]:
    """An answer with words that is done or stopped has the turn of its bundle and place; any other has none."""
    return found(
        TURNS,
        "alpha_answer",
        """
        SELECT a.id, a.state,
               CASE WHEN t.id IS NULL THEN 'no turn'
                    WHEN NOT m.ended THEN 'a turn'
                    ELSE 'the turn of another bundle, conversation or memory' END
        FROM alpha_answer a
        JOIN alpha_voice v ON v.id = a.voice_id
        JOIN alpha_conversation c ON c.id = v.conversation_id
        CROSS JOIN LATERAL (SELECT a.state IN ('done', 'stopped') AS ended) m
        LEFT JOIN ledger_turn t ON t.id = a.turn_id
        WHERE CASE WHEN m.ended THEN
                  CASE WHEN t.id IS NULL THEN a.text ~ '\\S'
                       ELSE t.bundle_id IS DISTINCT FROM v.bundle_id OR t.memory <> c.memory
                            OR t.conversation <> 'alpha:' || c.id || ':' || v.place END
              ELSE a.turn_id IS NOT NULL END
        ORDER BY a.id
        """,
        "it is {1} and has {2}",
    )


@check(HELD)
def answers_are_held() -> Iterator[Finding]:
    """An answer that is over has been paid for, and none has been without a sign of life for minutes."""
    return found(
        HELD,
        "alpha_answer",
        """
        SELECT a.id, CASE WHEN a.ended_at IS NULL THEN 'it is ' || a.state || ' and nobody has written it for minutes'
                          WHEN r.answer_id IS NULL THEN 'nothing was set aside for it'
                          ELSE 'it is over, and what was set aside for it is not settled' END
        FROM alpha_answer a
        LEFT JOIN alpha_reservation r ON r.answer_id = a.id
        WHERE CASE WHEN a.ended_at IS NULL
                   THEN coalesce(a.beat_at, a.asked_at) < clock_timestamp() - make_interval(mins => %s)
              ELSE r.answer_id IS NULL OR r.used IS NULL END
        ORDER BY a.id
        """,
        "{1}",
        [MINUTES],
    )
