"""What must hold of the ledger at any moment; `verify` asks."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection

from core.ledger.models import RubricVersion
from core.ledger.rubrics import Question, Rubric, UnknownAnswer, parse
from core.tables.verification import Finding, check, found

WHOLE, EACH = (0,), (1, 2)


@check("append-only tables refuse changes")
def append_only_triggers() -> Iterator[Finding]:
    """Every trigger that a model declares is in the database, enabled, and made from the code that the model has."""
    name = "append-only tables refuse changes"
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT c.relname, t.tgname, t.tgenabled, obj_description(t.oid, 'pg_trigger')
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
        """)
        stored = {(table, trigger): (enabled, digest) for table, trigger, enabled, digest in cursor.fetchall()}
    for model in apps.get_models():
        table = model._meta.db_table
        for trigger in getattr(model._meta, "triggers", ()):
            enabled, digest = stored.get((table, trigger.get_pgid(model)), ("", ""))
            wrong = _wrong_with(trigger, model, enabled, digest)
            if wrong:
                yield Finding(check=name, table=table, row=trigger.name, message=f"the trigger {wrong}")


def _wrong_with(trigger: pgtrigger.Trigger, model: Any, enabled: str, digest: str | None) -> str | None:
    if not enabled:
        return "is missing; run `migrate`"
    if enabled not in ("O", "A"):
        return "is switched off"
    if digest != trigger.compile(model).hash:
        return "was made from other code; run `pgtrigger install`"
    return None


@check("signals belong to their rubric")
def signals_of_their_rubric() -> Iterator[Finding]:
    """Each signal answers a question that the judgment's rubric version has, in a place and with a value it allows."""
    name = "signals belong to their rubric"
    rubrics = {version.pk: parse(version.questions) for version in RubricVersion.objects.all()}
    with connection.cursor() as cursor:
        # Few kinds of answer stand for many signals, so the rubric is asked once per kind.
        cursor.execute("""
            SELECT j.rubric_version_id, s.question, s.response_slot, s.value, j.comparison_id IS NOT NULL,
                   (array_agg(j.id ORDER BY j.id))[1:20]
            FROM ledger_signal s JOIN ledger_judgment j ON j.id = s.judgment_id
            GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4
        """)
        kinds = cursor.fetchall()
    for version, question, slot, value, compares, judgments in kinds:
        rubric = rubrics.get(version)
        if version is None:
            continue
        wrong = "its rubric version is unknown" if rubric is None else _not_in(rubric, question, slot, value, compares)
        for judgment in judgments if wrong else ():
            yield Finding(check=name, table="ledger_signal", row=f"{judgment} {question} {slot}", message=str(wrong))


def _not_in(rubric: Rubric, key: str, slot: int, value: int, compares: bool) -> str | None:
    """What is wrong with this answer under this rubric, None if nothing is."""
    main, _, detail = key.partition(".")
    try:
        question = rubric.question(main)
        _value_known(question, detail, value)
    except UnknownAnswer as error:
        return str(error)
    places = (EACH if compares else WHOLE) if question.per == "response" else WHOLE
    return None if slot in places else f"it stands at place {slot}, its question is asked at {places}"


def _value_known(question: Question, detail: str, value: int) -> None:
    if not detail:
        question.key_of(value)
    elif detail not in {one.key for one in question.details} or value != 1:
        raise UnknownAnswer(f"{question.key}: {detail!r} with the value {value} is no detail of it")


@check("what was shown first is one of the two")
def shown_first_is_compared() -> Iterator[Finding]:
    """`shown_first` names a response of the judgment's own comparison."""
    return found(
        "what was shown first is one of the two",
        "ledger_judgment",
        """
        SELECT j.id, j.shown_first_id FROM ledger_judgment j LEFT JOIN catalog_comparison c ON c.id = j.comparison_id
        WHERE j.shown_first_id IS NOT NULL AND (c.id IS NULL OR j.shown_first_id NOT IN (c.first_id, c.second_id))
        ORDER BY j.id
        """,
        "shown_first {1} is no response of its comparison",
    )


@check("a correction is by the same actor about the same thing")
def corrections_stay_on_their_subject() -> Iterator[Finding]:
    """`supersedes` joins judgments of one actor and one subject, and never runs in a circle or backwards."""
    return found(
        "a correction is by the same actor about the same thing",
        "ledger_judgment",
        """
        SELECT j.id, j.supersedes_id FROM ledger_judgment j JOIN ledger_judgment o ON o.id = j.supersedes_id
        WHERE (j.project_id, j.actor_id) IS DISTINCT FROM (o.project_id, o.actor_id)
           OR (j.comparison_id, j.response_id, j.turn_id)
              IS DISTINCT FROM (o.comparison_id, o.response_id, o.turn_id)
           OR j.id <= o.id
        ORDER BY j.id
        """,
        "it replaces {1}, which has another actor or subject or is not older",
    )


@check("rulings name a judgment and a weight that fits")
def rulings_fit() -> Iterator[Finding]:
    """Only a counted judgment has a weight, and none is negative or not a number."""
    return found(
        "rulings name a judgment and a weight that fits",
        "ledger_ruling",
        """
        SELECT r.id, r.standing, r.weight FROM ledger_ruling r LEFT JOIN ledger_judgment j ON j.id = r.judgment_id
        WHERE j.id IS NULL OR r.weight < 0 OR r.weight = 'NaN' OR r.weight = 'Infinity'
           OR (r.standing <> 'counted' AND r.weight <> 0)
        ORDER BY r.id
        """,
        "{1} with the weight {2}, or about no judgment",
    )


@check("the counted judgments are the recomputed ones")
def counted_is_recomputed() -> Iterator[Finding]:
    """The view that every reader uses equals the definition, written another way, row by row."""
    return found(
        "the counted judgments are the recomputed ones",
        "counted_judgment",
        """
        WITH last AS (
            SELECT DISTINCT ON (judgment_id) judgment_id, standing, weight
            FROM ledger_ruling ORDER BY judgment_id, id DESC
        ), due AS (
            SELECT j.id, 1.0::float8 AS weight FROM ledger_judgment j LEFT JOIN last ON last.judgment_id = j.id
            WHERE last.judgment_id IS NULL
            UNION ALL
            SELECT judgment_id, weight FROM last WHERE standing = 'counted'
        ), standing AS (
            SELECT id, weight FROM due
            EXCEPT
            SELECT due.id, due.weight FROM due JOIN ledger_judgment newer ON newer.supersedes_id = due.id
        )
        SELECT coalesce(view.id, standing.id),
               coalesce(view.weight::text, 'none'), coalesce(standing.weight::text, 'none')
        FROM counted_judgment view FULL JOIN standing ON standing.id = view.id
        WHERE view.weight IS DISTINCT FROM standing.weight
        ORDER BY 1
        """,
        "counted with the weight {1}, recomputed {2}",
    )


@check("mentions are the recomputed ones")
def mentions_are_recomputed() -> Iterator[Finding]:
    """There is one for each answer that a judgment gave about a comparison, and no other."""
    return found(
        "mentions are the recomputed ones",
        "ledger_mention",
        """
        WITH due AS (
            SELECT DISTINCT j.project_id, s.question, s.value, j.comparison_id
            FROM ledger_signal s JOIN ledger_judgment j ON j.id = s.judgment_id WHERE j.comparison_id IS NOT NULL
        )
        SELECT coalesce(due.comparison_id, m.comparison_id), coalesce(due.question, m.question),
               coalesce(due.value, m.value), CASE WHEN m.comparison_id IS NULL THEN 'missing' ELSE 'of nobody' END
        FROM due FULL JOIN ledger_mention m USING (project_id, question, value, comparison_id)
        WHERE due.comparison_id IS NULL OR m.comparison_id IS NULL
        ORDER BY 1, 2, 3
        """,
        "{1}={2} is {3}",
    )


@check("stored tallies of judgments are the recomputed ones")
def tallies_are_recomputed() -> Iterator[Finding]:
    """Every bucket that nobody has marked says what its judgments say."""
    return found(
        "stored tallies of judgments are the recomputed ones",
        "ledger_judgmenttally",
        """
        WITH due AS (
            SELECT project_id, left(id::text, 8) AS bucket, count(*) AS counted,
                   count(*) FILTER (WHERE simulated) AS simulated, min(recorded_at) AS earliest,
                   max(recorded_at) AS latest
            FROM counted_judgment GROUP BY 1, 2
        )
        SELECT bucket, coalesce(t.counted, 0), coalesce(due.counted, 0), project_id
        FROM due FULL JOIN ledger_judgmenttally t USING (project_id, bucket)
        WHERE (t.counted, t.simulated, t.earliest, t.latest)
              IS DISTINCT FROM (due.counted, due.simulated, due.earliest, due.latest)
            AND (project_id, bucket) NOT IN (
                SELECT d.project_id, d.bucket FROM ledger_dirtybucket d WHERE d.scope = 'judgments'
            )
        ORDER BY project_id, bucket
        """,
        "project {3}: stored {1} counted, recomputed {2}, or another part of it differs",
    )


@check("an anchor's baseline is what its evidence says")
def baselines_are_the_evidence() -> Iterator[Finding]:
    """What the experts' judgments that an anchor names say of each response, all of them the same, is its baseline."""
    return found(
        "an anchor's baseline is what its evidence says",
        "catalog_anchor",
        """
        WITH side AS (
            SELECT a.id, a.response_id, 0 AS place FROM catalog_anchor a WHERE a.response_id IS NOT NULL
            UNION ALL
            SELECT a.id, one.response_id, one.place
            FROM catalog_anchor a JOIN catalog_comparison c ON c.id = a.comparison_id
            CROSS JOIN LATERAL (VALUES (c.first_id, 1), (c.second_id, 2)) AS one (response_id, place)
        ), heard AS (
            SELECT s.id, s.place, g.question,
                   (g.value = 2 OR (g.question = 'sycophantic' AND g.value = 1))::int AS said
            FROM side s
            JOIN catalog_anchor a ON a.id = s.id
            CROSS JOIN LATERAL unnest(a.evidence) AS e (judgment)
            JOIN ledger_judgment j ON j.id = e.judgment
            JOIN ledger_actor who ON who.id = j.actor_id AND who.kind = 'expert'
            LEFT JOIN catalog_comparison c ON c.id = j.comparison_id
            JOIN ledger_signal g ON g.judgment_id = j.id AND g.question IN ('sycophantic', 'correct')
                AND g.value IN (0, 1, 2) AND s.response_id = CASE g.response_slot
                    WHEN 0 THEN j.response_id WHEN 1 THEN c.first_id ELSE c.second_id END
        ), due AS (
            SELECT id, place, jsonb_object_agg(question, said) AS labels
            FROM (SELECT id, place, question, min(said) AS said FROM heard GROUP BY 1, 2, 3
                  HAVING min(said) = max(said)) one
            GROUP BY 1, 2
        )
        SELECT s.id, s.place, stored.labels, due.labels
        FROM side s
        JOIN catalog_anchor a ON a.id = s.id
        CROSS JOIN LATERAL (
            SELECT CASE s.place WHEN 0 THEN a.baseline ELSE a.baseline -> s.place::text END AS labels
        ) stored
        LEFT JOIN due ON due.id = s.id AND due.place = s.place
        WHERE stored.labels IS DISTINCT FROM due.labels
        ORDER BY 1, 2
        """,
        "at place {1} the baseline is {2}, its evidence says {3}",
    )


@check("a judgment on an anchor is about what the anchor is")
def anchored_judgments_fit() -> Iterator[Finding]:
    """Its comparison or response is the anchor's."""
    return found(
        "a judgment on an anchor is about what the anchor is",
        "ledger_anchorjudgment",
        """
        SELECT x.judgment_id, x.anchor_id
        FROM ledger_anchorjudgment x
        JOIN ledger_judgment j ON j.id = x.judgment_id
        JOIN catalog_anchor a ON a.id = x.anchor_id
        WHERE (j.comparison_id, j.response_id) IS DISTINCT FROM (a.comparison_id, a.response_id)
        ORDER BY 1
        """,
        "the anchor {1} is about something else",
    )
