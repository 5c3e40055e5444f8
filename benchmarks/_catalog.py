"""A project of a size that hurts: comparisons, judgments and campaigns made by the database itself from numbers.

What lies where is chosen to be hard for a list that is read newest first: a family, a bundle and a source that lie only
at the old end; judgments only on the older two thirds; a bundle on every odd comparison and a campaign on every even
one, so that both are common and no comparison has both; answers of every frequency from most judgments to none.
"""

import contextlib
import time
from typing import Any
from uuid import UUID

# Ids as ours are: by time, made from a kind and a number, so that a row can name another without looking it up.
_FUNCTIONS = """
CREATE FUNCTION pg_temp.uid(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT (lpad(to_hex(1700000000000 + n * 25), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
        || right(lpad(to_hex(hashint8extended(n, kind)), 16, '0'), 15))::uuid
$$;
CREATE FUNCTION pg_temp.planned(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT (lpad(to_hex(1700000000000 + n / 10), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
        || right(lpad(to_hex(hashint8extended(n, kind)), 16, '0'), 15))::uuid
$$;
CREATE FUNCTION pg_temp.luck(salt int, n bigint) RETURNS float IMMUTABLE LANGUAGE sql AS $$
    SELECT (hashint8extended(n, salt) & 2147483647) / 2147483648.0::float
$$;
CREATE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS $$
    SELECT to_timestamp(1700000000 + n * 0.025)
$$;
"""
_BUNDLES = """
INSERT INTO catalog_bundle (id, project_id, name)
SELECT pg_temp.uid(1, n), %(project)s,
    CASE n WHEN 0 THEN 'baseline' WHEN 1 THEN 'once' WHEN 2 THEN 'old' WHEN 3 THEN 'never' ELSE 'bundle-' || n END
FROM generate_series(0, 49) n
"""
_PLAN = """
CREATE TEMP TABLE plan AS
SELECT n,
    CASE WHEN n < %(size)s / 10 THEN 'giant-and-old'
         WHEN pg_temp.luck(1, n) < 0.1 THEN NULL
         ELSE 'family-' || floor(exp(pg_temp.luck(2, n) * ln(%(size)s / 3)))::int END AS family,
    CASE WHEN n = %(size)s / 3 THEN 1 WHEN n < %(size)s / 20 THEN 2 WHEN n %% 2 = 1 THEN 0
         ELSE 4 + floor(46 * pg_temp.luck(3, n) ^ 3)::int END AS first,
    4 + floor(46 * pg_temp.luck(4, n) ^ 2)::int AS second,
    CASE WHEN n = %(size)s / 2 THEN 'one-row.jsonl' WHEN n %% (%(size)s / 20) = 7 THEN 'few.jsonl'
         WHEN n < %(size)s * 0.6 THEN 'big.jsonl' WHEN n < %(size)s * 0.9 THEN 'second.jsonl'
         ELSE 'file-' || (n * 1000 / %(size)s) || '.jsonl' END AS source
FROM generate_series(0, %(size)s - 1) n
"""
_PROMPTS = """
INSERT INTO catalog_prompt (id, project_id, content_id, family, variant, premise, domain, memory, digest)
SELECT pg_temp.uid(2, n), %(project)s, (%(texts)s)[1 + n %% %(count)s], family, '', 'none', '{}', 'off', int8send(n)
FROM plan
"""
_RESPONSES = """
INSERT INTO catalog_response (id, project_id, prompt_id, bundle_id, content_id, sample_no)
SELECT pg_temp.uid(side, n), %(project)s, pg_temp.uid(2, n),
    pg_temp.uid(1, CASE side WHEN 3 THEN first ELSE second END), (%(texts)s)[1 + (n + side) %% %(count)s], side
FROM plan, generate_series(3, 4) side
"""
_COMPARISONS = """
INSERT INTO catalog_comparison (id, project_id, prompt_id, first_id, second_id, identical, source, family,
                                first_bundle_id, second_bundle_id)
SELECT pg_temp.uid(5, n), %(project)s, pg_temp.uid(2, n), pg_temp.uid(3, n), pg_temp.uid(4, n), false, source, family,
    pg_temp.uid(1, first), pg_temp.uid(1, second)
FROM plan
"""
_CAMPAIGNS = """
INSERT INTO annotate_campaign (id, project_id, name, title, guideline, guideline_version, rubric_version_id, questions,
    overlap, lease_seconds, undo_seconds, pay, currency, purposes, reveal_gold, state, queue_epoch)
SELECT pg_temp.uid(6, n), %(project)s, name, name, '', 1, %(rubric)s, '{}', 1, 900, 600, 0.1, 'EUR', '{}', false,
    'open', 0
FROM unnest(ARRAY['every-even', 'old', 'hundredth', 'few', 'empty', 'all-but-few', 'other', 'another'])
    WITH ORDINALITY AS c (name, n)
"""
_TASKS = """
INSERT INTO annotate_task (id, project_id, campaign_id, comparison_id, kind, rnd, priority, flip)
SELECT pg_temp.planned(10 + campaign, n), %(project)s, pg_temp.uid(6, campaign), pg_temp.uid(5, n), 'work',
    pg_temp.luck(5, n), 0, false
FROM generate_series(0, %(size)s - 1) n, LATERAL (VALUES
    (1, n %% 2 = 0), (2, n < %(size)s / 10), (3, n %% 100 = 3), (4, n %% (%(size)s / 20) = 3), (7, n %% 1000 = 4),
    (8, n %% 1000 = 5)
) AS c (campaign, has) WHERE has
"""
_JUDGMENTS = """
CREATE TEMP TABLE heard AS
SELECT n, floor(pg_temp.luck(6, n) * %(size)s * 0.66)::bigint AS comparison
FROM generate_series(0, %(judgments)s - 1) n;
INSERT INTO ledger_judgment (id, project_id, actor_id, source, rubric_version_id, comparison_id, shown_first_id,
    solicited, memory, arm_key, segment_key, recorded_at, submission_key, simulated)
SELECT pg_temp.uid(20, n), %(project)s, (%(actors)s)[1 + n %% %(voices)s],
    CASE n %% 2 WHEN 0 THEN 'rating' ELSE 'import' END,
    %(rubric)s, pg_temp.uid(5, comparison), pg_temp.uid(3, comparison), true, 'off', '', '', pg_temp.at(n), n::text,
    n %% 5 = 0
FROM heard
"""
_SIGNALS = """
INSERT INTO ledger_signal (judgment_id, question, response_slot, value)
SELECT pg_temp.uid(20, n), question, place, value
FROM heard, LATERAL (VALUES
    ('overall', 0, floor(7 * pg_temp.luck(7, n))::int - 3, true),
    ('correct', 1, 2, true),
    ('correct', 2, CASE WHEN pg_temp.luck(8, n) < 0.6 THEN 2 WHEN pg_temp.luck(8, n) < 0.9 THEN 1 ELSE 0 END, true),
    ('sycophantic', 1, 0, true),
    ('sycophantic', 2, CASE WHEN pg_temp.luck(9, n) < 0.3 THEN 1 ELSE 2 END, pg_temp.luck(9, n) < 0.35),
    ('sycophantic.flattery', 2, 1, pg_temp.luck(10, n) < 0.001),
    ('sycophantic.fuels_anger', 2, 1, n %% (%(judgments)s / 5) = 11),
    ('cold', 1, 0, comparison %% 2 = 1),
    ('cold', 2, 1, comparison %% 2 = 0 AND pg_temp.luck(11, n) < 0.5)
) AS s (question, place, value, said) WHERE said
"""
_MENTIONS = """
INSERT INTO ledger_mention (project_id, question, value, comparison_id)
SELECT DISTINCT j.project_id, s.question, s.value, j.comparison_id
FROM ledger_signal s JOIN ledger_judgment j ON j.id = s.judgment_id WHERE j.project_id = %(project)s
ORDER BY 2, 3, 4
"""
_RULINGS = """
INSERT INTO ledger_ruling (id, judgment_id, standing, weight, reason)
SELECT pg_temp.uid(30, n), pg_temp.uid(20, n), 'quarantined', 0, '' FROM generate_series(0, %(judgments)s - 1, 50) n
"""
_SLOTS = """
INSERT INTO annotate_slot (id, project_id, campaign_id, task_id, ordinal, flipped, priority, rnd, state, holder_id,
                           judgment_id)
SELECT gen_random_uuid(), project_id, campaign_id, id, 0, false, 0, rnd,
    CASE WHEN filled THEN 'filled' ELSE 'open' END, CASE WHEN filled THEN (%(actors)s)[1 + n %% 40] END,
    CASE WHEN filled THEN pg_temp.uid(20, n) END
FROM (SELECT t.*, row_number() OVER () - 1 AS n FROM annotate_task t WHERE t.project_id = %(project)s) t,
    LATERAL (SELECT rnd > 0.4 AND n < %(judgments)s AS filled) f
"""
_MARKS = """
INSERT INTO ledger_dirtybucket (id, project_id, scope, bucket)
SELECT gen_random_uuid(), %(project)s, 'judgments', bucket
FROM (SELECT DISTINCT left(id::text, 8) AS bucket FROM ledger_judgment WHERE project_id = %(project)s) j
UNION ALL
SELECT gen_random_uuid(), %(project)s, 'progress.' || campaign_id, bucket
FROM (SELECT DISTINCT campaign_id, left(id::text, 12) AS bucket FROM annotate_task WHERE project_id = %(project)s) t
"""
_STEPS = {
    "bundles": _BUNDLES,
    "plan": _PLAN,
    "prompts": _PROMPTS,
    "responses": _RESPONSES,
    "comparisons": _COMPARISONS,
    "campaigns": _CAMPAIGNS,
    "tasks": _TASKS,
    "judgments": _JUDGMENTS,
    "slots": _SLOTS,
    "signals": _SIGNALS,
    "mentions": _MENTIONS,
    "rulings": _RULINGS,
    "marks": _MARKS,
}


def fill(*, project: UUID, texts: list[UUID], size: int, judgments: int, say: bool = True) -> float:
    """Fill the project with so many comparisons and judgments; returns the seconds that it took."""
    from django.db import connection

    from core.accounts.models import Project
    from core.ledger.models import Actor
    from core.ledger.rubrics import default_version

    owner = Project.objects.get(pk=project)
    kinds = [*["rater"] * 40, *["imported"] * 960]
    actors = Actor.objects.bulk_create(
        [Actor(project=owner, kind=kind, pseudonym=f"voice-{n}") for n, kind in enumerate(kinds)]
    )
    values: dict[str, Any] = {
        "project": project,
        "texts": texts,
        "count": len(texts),
        "size": size,
        "judgments": judgments,
        "actors": [actor.pk for actor in actors],
        "voices": len(actors),
        "rubric": default_version(owner).pk,
    }
    began = time.perf_counter()
    with connection.cursor() as cursor:
        _without_foreign_keys(cursor)
        cursor.execute(_FUNCTIONS)
        for name, statement in _STEPS.items():
            started = time.perf_counter()
            cursor.execute(statement, values)
            if say:
                print(f"  {name}: {time.perf_counter() - started:.1f} s", flush=True)
        cursor.execute("DROP TABLE plan, heard; RESET session_replication_role")
        cursor.execute("VACUUM (ANALYZE)")
    return time.perf_counter() - began


def _without_foreign_keys(cursor: Any) -> None:
    """The rows are right by how they are made, and ten million look-ups say it slowly. Only some roles may."""
    from django.db import DatabaseError

    with contextlib.suppress(DatabaseError):
        cursor.execute("SET session_replication_role = replica")
