"""What must hold of feedback at any moment: every vote is one event and one judgment, and each user has one."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found

SAID = "a thumb or a choice of a user is one event and one judgment"
ONE_VOTE = "a user has one vote on an answer"
ASKED = "the words of a chosen turn were asked to be labelled"


@check(SAID)
def votes_are_judgments() -> Iterator[Finding]:
    return found(
        SAID,
        "abtest_event",
        """
        SELECT e.id, e.event_id, e.kind FROM abtest_event e
        LEFT JOIN ledger_judgment j ON j.id = e.id AND j.project_id = e.project_id AND j.source = 'live'
            AND j.submission_key = e.event_id
        WHERE (e.kind IN ('thumb', 'side_by_side')) <> (j.id IS NOT NULL)
        ORDER BY e.id
        """,
        "the event {1} is of the kind {2}, and the ledger says otherwise",
    )


@check(ONE_VOTE)
def one_vote_each() -> Iterator[Finding]:
    return found(
        ONE_VOTE,
        "ledger_judgment",
        """
        SELECT max(c.id::text), count(*), c.turn_id FROM counted_judgment c
        JOIN abtest_event e ON e.id = c.id
        GROUP BY c.actor_id, c.turn_id, c.solicited, e.kind, e.experiment_id
        HAVING count(*) > 1
        ORDER BY 1
        """,
        "it is one of {1} that count of the same user on the turn {2}",
    )


@check(ASKED)
def words_are_asked_for() -> Iterator[Finding]:
    return found(
        ASKED,
        "abtest_chosenturn",
        """
        SELECT c.id, x.key FROM abtest_chosenturn c
        JOIN abtest_experiment x ON x.id = c.experiment_id
        JOIN ledger_turn t ON t.id = c.turn_id
        LEFT JOIN ledger_labelrequest r ON r.turn_id = c.turn_id AND r.purpose = 'live:' || x.key
        WHERE t.response_id IS NULL OR r.id IS NULL
        ORDER BY c.id
        """,
        "its words came for the experiment {1}, and nobody is asked to label them",
    )
