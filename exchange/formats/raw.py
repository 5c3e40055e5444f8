"""Everything that was said: one row per judgment with its signals, its standing and its context, counted or not.

What was said of a turn has its place in the conversation and, where the words came, those of prompt and answer.

Left out, by reason: `anchor` (given on an anchor, to measure the rater), `no_signals` (nothing but words), `erased`
(the words of prompt or response are gone), `doubted_thumb` (a user's thumb from a time on which an alarm casts doubt).
"""

from collections.abc import Mapping

from exchange.formats import columns, fragments
from exchange.selection import DOUBTFUL, Selection

# `paired`: of what was said of two answers of an alpha's chat, the bundles in the order of the programme's trials.
_PAIRED = """
paired AS MATERIALIZED (
    SELECT c.judgment_id, b1.name AS first_bundle, b2.name AS second_bundle, c.flipped
    FROM alpha_choice c
    JOIN alpha_answer a1 ON a1.id = c.first_id JOIN alpha_voice v1 ON v1.id = a1.voice_id
    JOIN catalog_bundle b1 ON b1.id = v1.bundle_id
    JOIN alpha_answer a2 ON a2.id = c.second_id JOIN alpha_voice v2 ON v2.id = a2.voice_id
    JOIN catalog_bundle b2 ON b2.id = v2.bundle_id
    WHERE c.project_id = %(project)s
    UNION ALL
    SELECT s.judgment_id, (array_agg(b.name ORDER BY t.ordinal, v.place))[1],
           (array_agg(b.name ORDER BY t.ordinal, v.place))[2], NULL
    FROM alpha_said s
    JOIN alpha_conversation k ON k.id = s.conversation_id
    JOIN alpha_voice v ON v.conversation_id = k.id
    JOIN catalog_bundle b ON b.id = v.bundle_id
    LEFT JOIN alpha_trial t ON t.programme_id = k.programme_id AND t.bundle_id = v.bundle_id
    WHERE s.project_id = %(project)s AND s.kind = 'form'
    GROUP BY s.judgment_id HAVING count(*) = 2
)"""

# `asked`: of each rubric the questions by key, {"correct": {"group": "epistemic", "answers": {"2": "yes", …}}, …}.
WITH = f"""
WITH {fragments.standing()}, {_PAIRED}, asked AS MATERIALIZED (
    SELECT v.id, jsonb_object_agg(q.value ->> 'key', jsonb_build_object(
               'group', q.value -> 'group',
               'answers', (SELECT coalesce(jsonb_object_agg(o.value ->> 'value', o.value -> 'key'
                                                            ORDER BY o.ordinality DESC), '{{}}')
                           FROM jsonb_array_elements(q.value -> 'options') WITH ORDINALITY o))
               ORDER BY q.ordinality) AS questions
    FROM ledger_rubricversion v, jsonb_array_elements(v.questions) WITH ORDINALITY q
    WHERE v.project_id = %(project)s GROUP BY v.id
)"""  # noqa: S608  (fragments only)

JOINED = f"""
SELECT j.id, j.comparison_id, j.response_id, j.turn_id, j.source, j.simulated, j.solicited, j.said_at, j.recorded_at,
       j.supersedes_id, j.shown_first_id, j.rubric_version_id, j.segment_key, c.external_id,
       coalesce(c.identical, false) AS identical, c.first_id, c.second_id,
       a.pseudonym, a.kind AS actor_kind, v.name AS rubric, v.version AS rubric_version,
       u.conversation, u.n AS place, u.segment AS turn_segment,
       coalesce(nullif(j.arm_key, ''), u.arm_key, '') AS arm_key,
       p.family, p.variant, p.premise, p.domain, coalesce(u.memory, p.memory, j.memory) AS memory, pc.body AS prompt,
       r1.id AS answered, c1.body AS first_text, r1.sample_no AS first_sample,
       coalesce(pair.first_bundle, b1.name) AS first_bundle,
       c2.body AS second_text, r2.sample_no AS second_sample,
       coalesce(pair.second_bundle, b2.name) AS second_bundle, pair.flipped,
       work.guideline_version, work.seconds, work.campaign,
       coalesce(w.body ->> 'rationale', w.body ->> 'note') AS rationale,
       CASE WHEN {fragments.superseded("j")} THEN 'superseded' ELSE coalesce(s.standing, 'counted') END AS standing,
       coalesce(s.weight, 1.0) AS weight, s.judgment_id IS NOT NULL AS ruled
FROM ledger_judgment j
JOIN ledger_actor a ON a.id = j.actor_id
LEFT JOIN standing s ON s.judgment_id = j.id
LEFT JOIN ledger_rubricversion v ON v.id = j.rubric_version_id
LEFT JOIN catalog_comparison c ON c.id = j.comparison_id
LEFT JOIN ledger_turn u ON u.id = j.turn_id
LEFT JOIN catalog_response r1 ON r1.id = coalesce(c.first_id, j.response_id, {fragments.answer_of("u")})
LEFT JOIN catalog_content c1 ON c1.id = r1.content_id
LEFT JOIN catalog_bundle b1 ON b1.id = coalesce(u.bundle_id, r1.bundle_id)
LEFT JOIN catalog_response r2 ON r2.id = c.second_id
LEFT JOIN catalog_content c2 ON c2.id = r2.content_id
LEFT JOIN catalog_bundle b2 ON b2.id = r2.bundle_id
LEFT JOIN catalog_prompt p ON p.id = r1.prompt_id
LEFT JOIN catalog_content pc ON pc.id = p.content_id
LEFT JOIN ledger_words w ON w.judgment_id = j.id
LEFT JOIN paired pair ON pair.judgment_id = j.id
LEFT JOIN LATERAL (
    SELECT t.guideline_version, t.seconds, k.name AS campaign
    FROM annotate_attempt t JOIN annotate_campaign k ON k.id = t.campaign_id
    WHERE t.judgment_id = j.id ORDER BY t.id LIMIT 1
) work ON true
WHERE j.project_id = %(project)s AND {fragments.belongs("j")} AND (%(include_simulated)s OR NOT j.simulated)
  AND {fragments.of_campaign("t.comparison_id = j.comparison_id", "t.response_id = r1.id")}
"""  # noqa: S608  (fragments only)

_SIGNALS = """
SELECT array_to_json(array_agg(one)) AS signals
FROM (
    SELECT s.question, coalesce(q.question ->> 'group', '') AS "group",
           CASE s.response_slot WHEN 0 THEN 'subject' WHEN 1 THEN 'first' ELSE 'second' END AS response,
           CASE WHEN s.question LIKE '%%.%%' THEN 'yes'
                ELSE coalesce(q.question -> 'answers' ->> s.value::text, '') END AS answer,
           s.value
    FROM ledger_signal s
    CROSS JOIN LATERAL (SELECT asked.questions -> split_part(s.question, '.', 1) AS question) q
    WHERE s.judgment_id = said.id ORDER BY s.question, s.response_slot
) one"""

# The text of a JSON list within the row, as files have had it.
_RULINGS = f"""(
    SELECT '[' || string_agg(
        '{{"standing": ' || to_json(r.standing) || ', "weight": ' || to_json(r.weight) || ', "reason": '
        || to_json(r.reason) || ', "recorded_at": ' || to_json(r.recorded_at) || '}}', ', ' ORDER BY r.id) || ']'
    FROM ledger_ruling r WHERE r.judgment_id = said.id AND {fragments.belongs("r")}
)"""  # noqa: S608  (fragments only)

_IN_DOUBT = f"""
NOT %(include_doubted)s AND said.comparison_id IS NULL AND {fragments.users_thumb("said.id", "said.actor_kind")}
AND {fragments.in_doubt(fragments.said("said"))}"""

_REASON = f"""
CASE WHEN {fragments.on_anchor("said")} THEN 'anchor'
     WHEN signalled.signals IS NULL THEN 'no_signals'
     WHEN said.answered IS NOT NULL AND (said.prompt IS NULL OR said.first_text IS NULL
          OR said.comparison_id IS NOT NULL AND said.second_text IS NULL) THEN 'erased'
     WHEN {_IN_DOUBT} THEN 'doubted_thumb' END"""

_EXPRESSIONS = {
    "judgment": "said.id",
    "counted": "said.standing = 'counted'",
    "standing": "said.standing",
    "weight": fragments.number("CASE WHEN said.standing = 'counted' THEN said.weight ELSE 0 END"),
    "rulings": f"CASE WHEN said.ruled THEN {_RULINGS} ELSE '[]' END",
    "signals": "signalled.signals",
    "actor": "said.pseudonym",
    "actor_kind": "said.actor_kind",
    "source": "said.source",
    "simulated": "said.simulated",
    "solicited": "said.solicited",
    "campaign": "coalesce(said.campaign, '')",
    "rubric": "coalesce(said.rubric, '')",
    "rubric_version": "coalesce(said.rubric_version, 0)",
    "guideline_version": "coalesce(said.guideline_version, 0)",
    "seconds": fragments.number("coalesce(said.seconds, -1)"),
    "said_at": f"coalesce({fragments.moment('said.said_at')}, '')",
    "recorded_at": fragments.moment("said.recorded_at"),
    "supersedes": "coalesce(said.supersedes_id::text, '')",
    "subject": "CASE WHEN said.comparison_id IS NOT NULL THEN 'comparison' WHEN said.turn_id IS NOT NULL THEN 'turn' "
    "ELSE 'response' END",
    "comparison": "coalesce(said.comparison_id::text, '')",
    "external_id": "coalesce(said.external_id, '')",
    "identical": "said.identical",
    "shown_left": "CASE said.shown_first_id WHEN said.first_id THEN 'first' WHEN said.second_id THEN 'second' "
    "ELSE CASE WHEN said.flipped THEN 'second' WHEN NOT said.flipped THEN 'first' ELSE '' END END",
    "conversation": "coalesce(said.conversation, '')",
    "turn": "coalesce(said.place, 0)",
    "experiment": "CASE WHEN strpos(said.arm_key, '/') > 0 THEN split_part(said.arm_key, '/', 1) ELSE '' END",
    "arm": "substr(said.arm_key, strpos(said.arm_key, '/') + 1)",
    "segment": "coalesce(nullif(said.turn_segment, '{}'), CASE WHEN said.segment_key = '' THEN '{}' "
    "ELSE jsonb_build_object('segment', said.segment_key) END)::text",
    "prompt": "coalesce(said.prompt, '[]')::json",
    "family": "coalesce(said.family, '')",
    "variant": "coalesce(said.variant, '')",
    "premise": "coalesce(said.premise, '')",
    "domain": "coalesce(array_to_string(said.domain, ','), '')",
    "memory": "said.memory",
    "first_bundle": "coalesce(said.first_bundle, '')",
    "first_sample": "coalesce(said.first_sample, 0)",
    "first_text": "coalesce(said.first_text, '')",
    "second_bundle": "coalesce(said.second_bundle, '')",
    "second_sample": "coalesce(said.second_sample, 0)",
    "second_text": "coalesce(said.second_text, '')",
}


class Raw:
    """The writer of the ledger as it is."""

    name = "raw"
    label = "Raw judgments (signals, rulings, context)"
    version = 2
    options: tuple[str, ...] = ("words", *DOUBTFUL)
    tags: tuple[str, ...] = ("preference", "annotations")
    about = (
        "One row per judgment, in the order in which they were made, with all its signals. Judgments that do not count "
        "(surplus, withdrawn, quarantined, overruled, superseded) are there too: `counted` tells them apart."
    )

    def columns(self, selection: Selection) -> Mapping[str, columns.Column]:
        whole, text, flag, number = columns.whole, columns.text, columns.flag, columns.number
        listed = {
            "judgment": text("id of the judgment"),
            "counted": flag("whether it counts"),
            "standing": text("counted, surplus, withdrawn, quarantined, overruled or superseded"),
            "weight": number("its weight when it counts, else 0"),
            "rulings": text("every ruling about it, oldest first, as the text of a JSON list"),
            "signals": columns.signals(
                "list of {question, group, response, answer, value}; response: first, second or subject"
            ),
            "actor": text("the author's pseudonym"),
            "actor_kind": text("rater, expert, imported and so on"),
            "source": text("import, rating and so on"),
            "simulated": flag("whether it was made by a simulation"),
            "solicited": flag("whether somebody asked for it"),
            "campaign": text("the campaign it was rated in, or empty"),
            "rubric": text("name of the rubric, or empty"),
            "rubric_version": whole("its version, or 0"),
            "guideline_version": whole("version of the guideline it was rated under, or 0"),
            "seconds": number("how long it took, or -1 where that is not known"),
            "said_at": text("when it was said, as its source tells, or empty"),
            "recorded_at": text("when it was recorded"),
            "supersedes": text("id of the judgment it replaces, or empty"),
            "subject": text("comparison, response or turn"),
            "comparison": text("id of the comparison, or empty"),
            "external_id": text("its id in the file it was imported from, or empty"),
            "identical": flag("whether both texts are the same"),
            "shown_left": text("which response stood on the left: first, second, or empty where that is not known"),
            "conversation": text("the product's own name of the conversation that a turn is in, or empty"),
            "turn": whole("the turn's place in it, or 0"),
            "experiment": text("key of the experiment that the user took part in, alpha:KEY of a programme, or empty"),
            "arm": text("the arm they were in, or empty"),
            "segment": text("segments of the user or the conversation, as the text of a JSON object"),
            "prompt": columns.messages("the conversation up to the answer (list of messages); empty if it never came"),
            "family": text("family of the prompt, or empty"),
            "variant": text("variant within the family, or empty"),
            "premise": text("whether the prompt's premise is true: none, true, false; or empty"),
            "domain": text("domain tags, separated by commas"),
            "memory": text("memory condition: off, on"),
        }
        for side in ("first", "second"):
            listed[f"{side}_bundle"] = text(f"what wrote the {side} response")
            listed[f"{side}_sample"] = whole(f"sample number of the {side} response")
            listed[f"{side}_text"] = text(f"the {side} response")
        if selection.words:
            listed["rationale"] = text("the author's reason or note in their words, or empty")
        return listed

    def query(self, selection: Selection) -> str:
        more = {"rationale": "coalesce(said.rationale, '')"} if selection.words else {}
        return f"""{WITH}
SELECT coalesce({_REASON}, {fragments.line({**_EXPRESSIONS, **more})})
FROM ({JOINED}) said LEFT JOIN asked ON asked.id = said.rubric_version_id
CROSS JOIN LATERAL ({_SIGNALS}) signalled
ORDER BY said.id"""  # noqa: S608  (fragments only)
