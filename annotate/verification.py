"""What must hold of raters' work at any moment: exact overlap, nobody twice, balanced sides, pay that adds up."""

from collections.abc import Iterator

from annotate.models import ASIDE
from core.tables.verification import Finding, check, found

_OVERLAP = "every task has as many slots as its campaign's overlap"
_OUT = "a task out of the queue has no place in it"
_NEVER_MORE = "no task has more counted judgments than its overlap"
_NOT_TWICE = "nobody is counted twice on one task"
_FILLED = "a filled slot has its own counted judgment"
_SUBMITTED = "a submitted attempt has its judgment"
_HELD = "nobody holds a task that they have done"
_SIDES = "the sides of a task's slots are balanced"
_SHOWN = "a judgment was shown with the sides of its slot"
_PAY = "pay is one row per judgment, taken back when withdrawn"
_NOTED = "judgments on anchors are noted as such"
_ASIDE = "anchors stand aside of the queue"

# Of each rater's judgment here: its task, whether it counts, and whether it was taken back.
_JUDGED = """
    SELECT a.task_id, a.rater_id, a.judgment_id, a.campaign_id, a.outcome
    FROM annotate_attempt a WHERE a.judgment_id IS NOT NULL
"""


@check(_OVERLAP)
def exact_overlap() -> Iterator[Finding]:
    """Open, leased, filled and held slots of a task together are the campaign's overlap, no more and no fewer.

    A retired task keeps the places that were filled, of which there may be fewer.
    """
    return found(
        _OVERLAP,
        "annotate_task",
        """
        SELECT t.id, count(s.id) FILTER (WHERE s.state <> 'closed'), c.overlap
        FROM annotate_task t
        JOIN annotate_campaign c ON c.id = t.campaign_id
        LEFT JOIN annotate_slot s ON s.task_id = t.id
        GROUP BY t.id, c.overlap
        HAVING count(s.id) FILTER (WHERE s.state <> 'closed') > c.overlap
            OR t.state <> 'retired' AND count(s.id) FILTER (WHERE s.state <> 'closed') < c.overlap
        ORDER BY t.id
        """,
        "the task has {1} slots that are not closed; its campaign's overlap is {2}",
    )


@check(_OUT)
def tasks_out_of_the_queue_offer_nothing() -> Iterator[Finding]:
    """A held task has no slot open or leased, a retired one none held either, and a live one none held."""
    return found(
        _OUT,
        "annotate_slot",
        """
        SELECT s.id, s.state, t.state
        FROM annotate_slot s JOIN annotate_task t ON t.id = s.task_id
        WHERE (t.state <> 'live' AND s.state IN ('open', 'leased')) OR (t.state <> 'held' AND s.state = 'held')
        ORDER BY s.id
        """,
        "the slot is {1} and its task is {2}",
    )


@check(_NEVER_MORE)
def never_more_than_the_overlap() -> Iterator[Finding]:
    """What the ledger counts of a task is never more than was asked for."""
    return found(
        _NEVER_MORE,
        "annotate_task",
        f"""
        SELECT j.task_id, count(*), c.overlap
        FROM ({_JUDGED}) j
        JOIN counted_judgment counted ON counted.id = j.judgment_id
        JOIN annotate_campaign c ON c.id = j.campaign_id
        GROUP BY j.task_id, c.overlap HAVING count(*) > c.overlap
        ORDER BY j.task_id
        """,  # noqa: S608  (constants only)
        "{1} judgments of the task are counted; its campaign's overlap is {2}",
    )


@check(_NOT_TWICE)
def nobody_counted_twice() -> Iterator[Finding]:
    """A rater has at most one counted judgment per task."""
    return found(
        _NOT_TWICE,
        "annotate_task",
        f"""
        SELECT j.task_id, counted.actor_id, count(*)
        FROM ({_JUDGED}) j JOIN counted_judgment counted ON counted.id = j.judgment_id
        GROUP BY j.task_id, counted.actor_id HAVING count(*) > 1
        ORDER BY j.task_id
        """,  # noqa: S608
        "actor {1} is counted {2} times on the task",
    )


@check(_FILLED)
def filled_slots_have_their_judgment() -> Iterator[Finding]:
    """The judgment in a slot is its holder's, about its task's subject, submitted, and counted."""
    return found(
        _FILLED,
        "annotate_slot",
        """
        SELECT s.id, s.judgment_id
        FROM annotate_slot s
        JOIN annotate_task t ON t.id = s.task_id
        LEFT JOIN counted_judgment j ON j.id = s.judgment_id AND j.actor_id = s.holder_id
            AND j.comparison_id IS NOT DISTINCT FROM t.comparison_id
            AND j.response_id IS NOT DISTINCT FROM t.response_id
        LEFT JOIN annotate_attempt a ON a.judgment_id = s.judgment_id AND a.task_id = s.task_id
            AND a.rater_id = s.holder_id AND a.outcome = 'submitted'
        WHERE s.state = 'filled' AND (j.id IS NULL OR a.id IS NULL)
        ORDER BY s.id
        """,
        "the slot is filled with judgment {1}, which is not a submitted and counted one of its holder about its task",
    )


@check(_SUBMITTED)
def submitted_attempts_have_a_judgment() -> Iterator[Finding]:
    """An attempt that was submitted or withdrawn names a judgment of its rater; others name none."""
    return found(
        _SUBMITTED,
        "annotate_attempt",
        """
        SELECT a.id, a.outcome, coalesce(a.judgment_id::text, 'none')
        FROM annotate_attempt a LEFT JOIN ledger_judgment j ON j.id = a.judgment_id AND j.actor_id = a.rater_id
        WHERE (a.outcome IN ('submitted', 'withdrawn')) <> (j.id IS NOT NULL)
           OR (a.judgment_id IS NOT NULL AND j.id IS NULL)
        ORDER BY a.id
        """,
        "the attempt is {1} and its judgment is {2}",
    )


@check(_HELD)
def holders_have_not_finished() -> Iterator[Finding]:
    """Nobody holds a lease on a task that they have submitted or skipped."""
    return found(
        _HELD,
        "annotate_slot",
        """
        SELECT s.id, s.holder_id, a.outcome
        FROM annotate_slot s
        JOIN annotate_attempt a ON a.task_id = s.task_id AND a.rater_id = s.holder_id
            AND a.outcome IN ('submitted', 'skipped')
        WHERE s.state = 'leased'
        ORDER BY s.id
        """,
        "actor {1} holds the slot though they have {2} its task",
    )


@check(_SIDES)
def sides_are_balanced() -> Iterator[Finding]:
    """Of a task's slots, half show the second response on the left; of an odd number, one more begins with `flip`.

    A task that was retired before all its places were filled may have been shown unevenly.
    """
    return found(
        _SIDES,
        "annotate_task",
        """
        SELECT t.id, count(*) FILTER (WHERE s.flipped = t.flip), count(*) FILTER (WHERE s.flipped <> t.flip)
        FROM annotate_task t JOIN annotate_slot s ON s.task_id = t.id AND s.state <> 'closed'
        WHERE t.state <> 'retired'
        GROUP BY t.id
        HAVING count(*) FILTER (WHERE s.flipped = t.flip) - count(*) FILTER (WHERE s.flipped <> t.flip)
            <> count(*) %% 2
        ORDER BY t.id
        """,
        "{1} slots have the side the task begins with and {2} the other",
    )


@check(_SHOWN)
def judgments_were_shown_as_the_slot_says() -> Iterator[Finding]:
    """The response that stood on the left is the one that the slot puts there."""
    return found(
        _SHOWN,
        "annotate_slot",
        """
        SELECT s.id, s.judgment_id
        FROM annotate_slot s
        JOIN annotate_task t ON t.id = s.task_id
        JOIN catalog_comparison c ON c.id = t.comparison_id
        JOIN ledger_judgment j ON j.id = s.judgment_id
        WHERE j.shown_first_id IS DISTINCT FROM CASE WHEN s.flipped THEN c.second_id ELSE c.first_id END
        ORDER BY s.id
        """,
        "judgment {1} was shown with the other response on the left",
    )


@check(_PAY)
def pay_adds_up() -> Iterator[Finding]:
    """Each judgment of an attempt has one row of pay, and one of the same amount back exactly when withdrawn."""
    return found(
        _PAY,
        "annotate_payrow",
        f"""
        WITH pay AS (
            SELECT judgment_id, count(*) FILTER (WHERE kind = 'judgment') AS paid,
                   count(*) FILTER (WHERE kind = 'reversal') AS taken_back, sum(amount) AS total
            FROM annotate_payrow GROUP BY judgment_id
        )
        SELECT coalesce(j.judgment_id, pay.judgment_id), coalesce(j.outcome, 'no attempt'), coalesce(pay.paid, 0),
               coalesce(pay.taken_back, 0), coalesce(pay.total, 0)
        FROM ({_JUDGED}) j FULL JOIN pay ON pay.judgment_id = j.judgment_id
        WHERE j.judgment_id IS NULL OR pay.judgment_id IS NULL OR pay.paid <> 1
            OR pay.taken_back <> (j.outcome = 'withdrawn')::int
            OR (j.outcome = 'withdrawn' AND pay.total <> 0)
        ORDER BY 1
        """,  # noqa: S608
        "the judgment ({1}) has {2} rows of pay and {3} reversals, in sum {4}",
    )


@check("stored progress is the recomputed one")
def progress_is_recomputed() -> Iterator[Finding]:
    """Every bucket of tasks that nobody has marked says what its slots say."""
    return found(
        "stored progress is the recomputed one",
        "annotate_progresstally",
        """
        WITH by_task AS (
            SELECT s.campaign_id, left(s.task_id::text, 12) AS bucket,
                   count(*) FILTER (WHERE s.state <> 'closed') AS slots,
                   count(*) FILTER (WHERE s.state = 'filled') AS filled
            FROM annotate_slot s JOIN annotate_task t ON t.id = s.task_id
            WHERE t.kind <> 'anchor' GROUP BY s.campaign_id, s.task_id
        ), due AS (
            SELECT campaign_id, bucket, count(*) AS tasks, count(*) FILTER (WHERE filled = slots) AS complete,
                   sum(slots) AS slots, sum(filled) AS filled
            FROM by_task GROUP BY campaign_id, bucket
        )
        SELECT bucket, campaign_id, coalesce(t.filled, 0), coalesce(due.filled, 0)
        FROM due FULL JOIN annotate_progresstally t USING (campaign_id, bucket)
        WHERE (t.tasks, t.complete, t.slots, t.filled)
              IS DISTINCT FROM (due.tasks, due.complete, due.slots, due.filled)
            AND ('progress.' || campaign_id, bucket) NOT IN (SELECT d.scope, d.bucket FROM ledger_dirtybucket d)
        ORDER BY campaign_id, bucket
        """,
        "campaign {1}: stored {2} filled, recomputed {3}, or another part of it differs",
    )


@check(_NOTED)
def judgments_of_anchor_tasks_are_noted() -> Iterator[Finding]:
    """What was judged on a task about an anchor is noted as given on it, and nothing else that was judged here is."""
    return found(
        _NOTED,
        "annotate_attempt",
        """
        SELECT a.id, a.judgment_id, coalesce(t.anchor_id::text, 'no anchor'), coalesce(x.anchor_id::text, 'none')
        FROM annotate_attempt a
        JOIN annotate_task t ON t.id = a.task_id
        LEFT JOIN ledger_anchorjudgment x ON x.judgment_id = a.judgment_id
        WHERE a.judgment_id IS NOT NULL AND t.anchor_id IS DISTINCT FROM x.anchor_id
        ORDER BY a.id
        """,
        "its judgment {1} was given on {2}, and noted as given on {3}",
    )


@check(_ASIDE)
def anchors_stand_aside() -> Iterator[Finding]:
    """The places of an anchor's task stand where no walk along the queue goes, all others in the queue."""
    return found(
        _ASIDE,
        "annotate_slot",
        """
        SELECT s.id, t.kind, s.priority FROM annotate_slot s JOIN annotate_task t ON t.id = s.task_id
        WHERE (t.kind = 'anchor') <> (s.priority = %s) ORDER BY s.id
        """,
        "its task is of the kind {1}, its priority is {2}",
        [ASIDE],
    )
