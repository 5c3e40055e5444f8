"""A campaign whose every place is filled, as raters would have filled it, but written by the database itself."""

from typing import Any

RATERS = 200
OVERLAP = 3

# Keys are counted up behind a prefix of their own, so that they are as local as real ones.
_ID = "('0190%s-0000-7000-8000-' || lpad(to_hex(%s), 12, '0'))::uuid"
ACTOR, PROMPT, FIRST, SECOND, PAIR, TASK, SLOT, JUDGMENT = (f"000{n}" for n in range(1, 9))


def _id(kind: str, number: str) -> str:
    return _ID % (kind, number)


_EVERY = (
    f"""
    INSERT INTO ledger_actor (id, project_id, kind, pseudonym, created_at)
    SELECT {_id(ACTOR, "n")}, %(project)s, 'rater', 'bench-' || n, now() FROM generate_series(0, %(raters)s - 1) n
    """,
    f"""
    INSERT INTO catalog_prompt (id, project_id, content_id, digest, variant, premise, domain, memory)
    SELECT {_id(PROMPT, "n")}, %(project)s, %(content)s, convert_to('said-' || n, 'UTF8'), '', 'none', '{{}}', 'off'
    FROM generate_series(1, %(tasks)s) n
    """,
    f"""
    INSERT INTO catalog_response (id, project_id, prompt_id, bundle_id, content_id, sample_no)
    SELECT {_id(FIRST, "n")}, %(project)s, {_id(PROMPT, "n")}, %(one)s::uuid, %(content)s::uuid, 0
    FROM generate_series(1, %(tasks)s) n
    UNION ALL
    SELECT {_id(SECOND, "n")}, %(project)s, {_id(PROMPT, "n")}, %(two)s::uuid, %(content)s::uuid, 0
    FROM generate_series(1, %(tasks)s) n
    """,
    f"""
    INSERT INTO catalog_comparison (id, project_id, prompt_id, first_id, second_id, identical, source)
    SELECT {_id(PAIR, "n")}, %(project)s, {_id(PROMPT, "n")}, {_id(FIRST, "n")}, {_id(SECOND, "n")}, false, 'said'
    FROM generate_series(1, %(tasks)s) n
    """,
    f"""
    INSERT INTO annotate_task (id, project_id, campaign_id, comparison_id, kind, rnd, priority, flip)
    SELECT {_id(TASK, "n")}, %(project)s, %(campaign)s, {_id(PAIR, "n")}, 'work', random(), 0, random() < .5
    FROM generate_series(1, %(tasks)s) n
    """,
    f"""
    INSERT INTO ledger_judgment (id, project_id, actor_id, source, rubric_version_id, comparison_id, shown_first_id,
        solicited, memory, arm_key, segment_key, recorded_at, submission_key, simulated)
    SELECT {_id(JUDGMENT, "n * %(overlap)s + o")}, %(project)s, {_id(ACTOR, "(n + o * 67) %% %(raters)s")}, 'rating',
        %(rubric)s, {_id(PAIR, "n")}, {_id(FIRST, "n")}, true, 'off', '', '', now() - random() * interval '30 days',
        n || '.' || o, true
    FROM generate_series(1, %(tasks)s) n, generate_series(0, %(overlap)s - 1) o
    """,
    f"""
    INSERT INTO annotate_slot (id, project_id, campaign_id, task_id, ordinal, flipped, priority, rnd, state, holder_id,
        judgment_id)
    SELECT {_id(SLOT, "n * %(overlap)s + o")}, %(project)s, %(campaign)s, {_id(TASK, "n")}, o, false, 0, 0, 'filled',
        {_id(ACTOR, "(n + o * 67) %% %(raters)s")}, {_id(JUDGMENT, "n * %(overlap)s + o")}
    FROM generate_series(1, %(tasks)s) n, generate_series(0, %(overlap)s - 1) o
    """,
    # Of each response: mostly right, seldom flattering, hardly ever cold.
    f"""
    INSERT INTO ledger_signal (judgment_id, question, response_slot, value)
    SELECT {_id(JUDGMENT, "n * %(overlap)s + o")}, question, side, CASE WHEN random() < chance THEN yes ELSE no END
    FROM generate_series(1, %(tasks)s) n, generate_series(0, %(overlap)s - 1) o, (VALUES
        ('cold', 1, .05, 1, 0), ('cold', 2, .02, 2, 0), ('correct', 1, .7, 2, 0), ('correct', 2, .6, 2, 1),
        ('overall', 0, .4, 2, -1), ('sycophantic', 1, .1, 2, 0), ('sycophantic', 2, .3, 1, 0)
    ) asked (question, side, chance, yes, no)
    """,
)


def campaign(ground: Any, name: str, *, slots: int) -> Any:
    """A campaign with about this many places, every one filled with a judgment of its own and seven signals."""
    from django.db import connection

    from annotate.campaigns import create_campaign

    made = create_campaign(project=ground.project, name=name, who=None, state="open", overlap=OVERLAP)
    values = {
        "project": ground.project.pk,
        "campaign": made.pk,
        "rubric": made.rubric_version_id,
        "content": ground.texts[0][0],
        "one": ground.bundles[0],
        "two": ground.bundles[1],
        "tasks": slots // OVERLAP,
        "overlap": OVERLAP,
        "raters": RATERS,
    }
    with connection.cursor() as cursor:
        # The keys fit by construction; checking each would take longer than all the rest.
        cursor.execute("SET session_replication_role = replica")
        for statement in _EVERY:
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute(
            "VACUUM (ANALYZE) ledger_judgment, ledger_signal, annotate_slot, annotate_task, "
            "catalog_comparison, catalog_response"
        )
    return made
