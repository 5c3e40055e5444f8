"""What must hold of the people of programmes at any moment."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found

ERASED = "of an erased volunteer no word is left"
AGREED = "whoever takes part in a programme has agreed"
OPEN = "open programmes have what they need"


@check(ERASED)
def erased_people_left_no_words() -> Iterator[Finding]:
    """Neither who they were, nor what they wrote, were answered, noted, or had promoted."""
    return found(
        ERASED,
        "alpha_volunteer",
        """
        WITH erased AS (SELECT * FROM alpha_volunteer WHERE erased_at IS NOT NULL),
        chats AS (SELECT c.id, c.erased_at, v.id AS volunteer FROM alpha_conversation c JOIN erased v
                  ON v.id = c.volunteer_id),
        answers AS (SELECT a.id, a.text, c.volunteer FROM alpha_answer a JOIN alpha_message m ON m.id = a.message_id
                    JOIN chats c ON c.id = m.conversation_id)
        SELECT id, 'their address, account or invitation' FROM erased
        WHERE email IS NOT NULL OR user_id IS NOT NULL OR invitation_id IS NOT NULL OR state IN ('invited', 'joined')
        UNION ALL SELECT volunteer, 'a chat that goes on' FROM chats WHERE erased_at IS NULL
        UNION ALL SELECT c.volunteer, 'what they wrote' FROM chats c JOIN alpha_message m ON m.conversation_id = c.id
                  WHERE m.body IS NOT NULL
        UNION ALL SELECT volunteer, 'what they were answered' FROM answers WHERE text IS NOT NULL
        UNION ALL SELECT c.volunteer, 'a note of theirs' FROM chats c JOIN alpha_said s ON s.conversation_id = c.id
                  JOIN ledger_words w ON w.judgment_id = s.judgment_id
        UNION ALL SELECT a.volunteer, 'a promoted copy' FROM answers a JOIN alpha_promotion p ON p.answer_id = a.id
                  WHERE p.prompt IS NOT NULL OR p.text IS NOT NULL OR p.findings <> '[]'
        ORDER BY 1, 2
        """,
        "they are erased, and {1} is still there",
    )


@check(AGREED)
def whoever_takes_part_has_agreed() -> Iterator[Finding]:
    return found(
        AGREED,
        "alpha_volunteer",
        """
        SELECT v.id FROM alpha_volunteer v
        WHERE (v.state = 'joined' OR EXISTS (SELECT FROM alpha_conversation c WHERE c.volunteer_id = v.id))
          AND NOT EXISTS (
              SELECT FROM alpha_consent g JOIN alpha_consenttext t ON t.id = g.text_id
              WHERE g.volunteer_id = v.id AND t.programme_id = v.programme_id
          )
        ORDER BY 1
        """,
        "they take part, or have chatted, and agreed to no text of this programme",
    )


@check(OPEN)
def open_programmes_have_what_they_need() -> Iterator[Finding]:
    return found(
        OPEN,
        "alpha_programme",
        """
        SELECT p.id FROM alpha_programme p
        WHERE p.state = 'open' AND NOT (
            EXISTS (SELECT FROM alpha_consenttext t WHERE t.programme_id = p.id)
            AND EXISTS (SELECT FROM alpha_trial t WHERE t.programme_id = p.id AND t.part = 'candidate')
        )
        ORDER BY 1
        """,
        "it is open without a candidate or without a text to agree to",
    )
