"""What must hold of what was said in chats: each is one judgment, on the right answer, with the chat's own context."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found

JUDGED = "what was said in a chat is a judgment, and the other way round"
IN_PLACE = "what was said in a chat has the context of the chat"
OF_ITS_KIND = "what was said in a chat answers the questions of its kind"
CHOSEN = "a choice is between two whole answers, in the order of the trials"
PROMOTED = "a promoted turn is with the raters, and its draft is gone"


@check(JUDGED)
def said_is_judged() -> Iterator[Finding]:
    """A judgment of a volunteer's or a spot check's source lies beside the row that says in which chat it was given."""
    return found(
        JUDGED,
        "ledger_judgment",
        """
        SELECT coalesce(j.id, s.judgment_id), coalesce(j.source, 'none'), coalesce(s.kind, 'nothing'), s.conversation_id
        FROM (SELECT * FROM ledger_judgment WHERE source IN ('alpha', 'spot_check')) j
        FULL JOIN alpha_said s ON s.judgment_id = j.id AND s.project_id = j.project_id
        LEFT JOIN alpha_conversation k ON k.id = s.conversation_id
        WHERE j.id IS NULL OR s.judgment_id IS NULL
           OR j.source <> CASE k.purpose WHEN 'check' THEN 'spot_check' ELSE 'alpha' END
           OR (s.kind = 'check' AND k.purpose <> 'check')
        ORDER BY 1
        """,
        "its source is {1}, and in a chat it is {2}",
    )


@check(IN_PLACE)
def said_is_in_place() -> Iterator[Finding]:
    """Turn, actor, memory, arm and whether somebody asked are those of the answer and the conversation."""
    return found(
        IN_PLACE,
        "alpha_said",
        """
        SELECT s.judgment_id, s.kind,
               CASE WHEN m.conversation_id IS DISTINCT FROM s.conversation_id THEN 'answer is in another chat'
                    WHEN j.turn_id IS DISTINCT FROM a.turn_id THEN 'turn is not that of its answer'
                    WHEN j.actor_id <> k.actor_id THEN 'actor is not whose chat it is'
                    WHEN j.memory <> k.memory THEN 'memory is not that of the chat'
                    WHEN j.simulated <> k.simulated THEN 'mark of a simulation is not that of the chat'
                    WHEN split_part(j.arm_key, '/', 1) <> 'alpha:' || p.key THEN 'arm is of another programme'
                    WHEN s.kind = 'thumb' AND j.solicited <> m.asks_thumb THEN 'being asked for is not as it was'
               END AS wrong
        FROM alpha_said s
        JOIN ledger_judgment j ON j.id = s.judgment_id
        JOIN alpha_conversation k ON k.id = s.conversation_id
        JOIN alpha_programme p ON p.id = k.programme_id
        LEFT JOIN alpha_answer a ON a.id = s.answer_id
        LEFT JOIN alpha_message m ON m.id = a.message_id
        WHERE m.conversation_id IS DISTINCT FROM s.conversation_id OR j.turn_id IS DISTINCT FROM a.turn_id
           OR j.actor_id <> k.actor_id OR j.memory <> k.memory OR j.simulated <> k.simulated
           OR split_part(j.arm_key, '/', 1) <> 'alpha:' || p.key
           OR (s.kind = 'thumb' AND j.solicited <> m.asks_thumb)
        ORDER BY 1
        """,
        "of the {1} the {2}",
    )


@check(OF_ITS_KIND)
def said_is_of_its_kind() -> Iterator[Finding]:
    """A thumb says a thumb, and so on; one that says nothing takes back another and does not count itself."""
    return found(
        OF_ITS_KIND,
        "alpha_said",
        """
        WITH spoken AS (
            SELECT s.judgment_id, s.kind, j.supersedes_id, count(g.question) AS said,
                   bool_and(CASE s.kind
                       WHEN 'thumb' THEN g.question IN ('thumb', 'thumb_reason')
                       WHEN 'labels' THEN split_part(g.question, '.', 1) IN ('correct', 'sycophantic', 'cold')
                       WHEN 'felt_off' THEN g.question = 'felt_off'
                       WHEN 'choice' THEN g.question = 'overall'
                       WHEN 'report' THEN g.question = 'report'
                       WHEN 'form' THEN left(g.question, 5) = 'form_'
                       ELSE true END) AS fits
            FROM alpha_said s JOIN ledger_judgment j ON j.id = s.judgment_id
            LEFT JOIN ledger_signal g ON g.judgment_id = s.judgment_id
            GROUP BY 1, 2, 3
        )
        SELECT p.judgment_id, p.kind,
               CASE WHEN p.said > 0 THEN 'has answers to other questions' WHEN v.id IS NOT NULL THEN 'counts'
                    ELSE 'takes nothing back' END
        FROM spoken p LEFT JOIN counted_judgment v ON v.id = p.judgment_id
        WHERE (p.said > 0 AND NOT p.fits)
           OR (p.said = 0 AND p.kind IN ('thumb', 'labels') AND (v.id IS NOT NULL OR p.supersedes_id IS NULL))
           OR (p.said = 0 AND p.kind IN ('felt_off', 'choice', 'report', 'check'))
        ORDER BY 1
        """,
        "the {1} {2}",
    )


@check(CHOSEN)
def choices_are_between_two() -> Iterator[Finding]:
    """Both answers are done and of one message and attempt; `flipped` says whether the first stood second."""
    return found(
        CHOSEN,
        "alpha_choice",
        """
        SELECT coalesce(c.judgment_id, s.judgment_id),
               CASE WHEN c.judgment_id IS NULL THEN 'has no two answers'
                    WHEN s.kind IS DISTINCT FROM 'choice' THEN 'is of no choice in a chat'
                    WHEN (a1.message_id, a1.attempt) IS DISTINCT FROM (a2.message_id, a2.attempt)
                        OR a1.id = a2.id THEN 'is between answers that were not asked for together'
                    WHEN a1.state <> 'done' OR a2.state <> 'done' THEN 'is of a pair that broke'
                    WHEN j.turn_id IS DISTINCT FROM a2.turn_id OR s.answer_id <> a2.id
                        THEN 'is not filed under the second'
                    WHEN c.flipped <> (v1.place = 1) THEN 'says wrongly how they stood'
                    ELSE 'has them in another order than the trials' END
        FROM alpha_choice c
        FULL JOIN (SELECT * FROM alpha_said WHERE kind = 'choice') s ON s.judgment_id = c.judgment_id
        LEFT JOIN ledger_judgment j ON j.id = c.judgment_id
        LEFT JOIN alpha_answer a1 ON a1.id = c.first_id LEFT JOIN alpha_voice v1 ON v1.id = a1.voice_id
        LEFT JOIN alpha_answer a2 ON a2.id = c.second_id LEFT JOIN alpha_voice v2 ON v2.id = a2.voice_id
        LEFT JOIN alpha_conversation k ON k.id = s.conversation_id
        LEFT JOIN alpha_trial t1 ON t1.programme_id = k.programme_id AND t1.bundle_id = v1.bundle_id
        LEFT JOIN alpha_trial t2 ON t2.programme_id = k.programme_id AND t2.bundle_id = v2.bundle_id
        WHERE c.judgment_id IS NULL OR s.judgment_id IS NULL OR a1.id = a2.id
           OR (a1.message_id, a1.attempt) IS DISTINCT FROM (a2.message_id, a2.attempt)
           OR a1.state <> 'done' OR a2.state <> 'done'
           OR j.turn_id IS DISTINCT FROM a2.turn_id OR s.answer_id <> a2.id
           OR c.flipped <> (v1.place = 1) OR t1.ordinal >= t2.ordinal
        ORDER BY 1
        """,
        "it {1}",
    )


@check(PROMOTED)
def promotions_are_settled() -> Iterator[Finding]:
    """What is with the raters has its comparison and its request, and nothing of a person is kept beside it."""
    return found(
        PROMOTED,
        "alpha_promotion",
        """
        SELECT o.id, o.state,
               CASE WHEN o.state = 'queued' AND o.comparison_id IS NULL THEN 'has no comparison'
                    WHEN o.state = 'queued' AND r.id IS NULL THEN 'was never asked to be labelled'
                    WHEN o.state IN ('queued', 'dropped') THEN 'still has words or findings'
                    ELSE 'has no words to look at' END
        FROM alpha_promotion o
        JOIN alpha_answer a ON a.id = o.answer_id
        JOIN alpha_message m ON m.id = a.message_id
        JOIN alpha_conversation k ON k.id = m.conversation_id
        JOIN alpha_programme p ON p.id = k.programme_id
        LEFT JOIN ledger_labelrequest r ON r.project_id = o.project_id AND r.comparison_id = o.comparison_id
            AND r.purpose = 'alpha:' || p.key
        WHERE (o.state = 'queued' AND (o.comparison_id IS NULL OR r.id IS NULL))
           OR (o.state IN ('queued', 'dropped')
               AND (o.prompt IS NOT NULL OR o.text IS NOT NULL OR o.findings <> '[]'))
           OR (o.state IN ('review', 'asking') AND (o.prompt IS NULL OR o.text IS NULL))
        ORDER BY 1
        """,
        "it is {1} and {2}",
    )
