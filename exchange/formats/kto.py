"""TRL's KTO format: prompt, completion, label; one row per user's thumb that counts, up or down, each on its own.

Left out, by reason: `no_words` (of the answer nothing but its place is known), `erased` (the words are gone),
`doubted_thumb` (the thumb is from a time on which an alarm casts doubt).
"""

from collections.abc import Mapping

from exchange.formats import columns, fragments
from exchange.selection import DOUBTFUL, Selection

_MARKS = ("incorrect", "sycophantic", "cold")

# A label is of a turn, of a response, or of a side of a comparison; a thumb on a turn has those of its response too.
WITH = f"""
WITH {fragments.standing()}, counted AS MATERIALIZED (
    SELECT j.id, j.actor_id, j.turn_id, j.response_id, j.comparison_id, j.source, j.simulated, j.solicited,
           j.arm_key, j.segment_key, j.memory, {fragments.said("j")} AS at, coalesce(s.weight, 1.0)::numeric AS weight
    FROM ledger_judgment j LEFT JOIN standing s ON s.judgment_id = j.id
    WHERE j.project_id = %(project)s AND (%(include_simulated)s OR NOT j.simulated) AND {fragments.belongs("j")}
      AND coalesce(s.standing, 'counted') = 'counted' AND coalesce(s.weight, 1.0) > 0
      AND NOT {fragments.superseded("j")} AND NOT {fragments.on_anchor("j")}
), labelled AS (
    SELECT CASE g.response_slot WHEN 1 THEN c.first_id WHEN 2 THEN c.second_id
           ELSE coalesce(d.turn_id, d.response_id) END AS subject,
           count(*) FILTER (WHERE g.question = 'correct' AND g.value = 0) AS incorrect,
           count(*) FILTER (WHERE g.question = 'sycophantic' AND g.value > 0) AS sycophantic,
           count(*) FILTER (WHERE g.question = 'cold' AND g.value > 0) AS cold
    FROM counted d JOIN ledger_signal g ON g.judgment_id = d.id
    LEFT JOIN catalog_comparison c ON c.id = d.comparison_id
    WHERE g.question IN ('correct', 'sycophantic', 'cold') GROUP BY 1
)"""  # noqa: S608  (constants and fragments)

JOINED = f"""
SELECT d.*, g.value > 0 AS up, a.pseudonym, b.name AS bundle, r.id AS answered, c.body AS text, pc.body AS prompt,
       p.family, p.variant, p.premise, p.domain, coalesce(u.memory, d.memory) AS with_memory,
       coalesce(nullif(d.arm_key, ''), u.arm_key, '') AS arm,
       coalesce(nullif(d.segment_key, ''), u.segment ->> 'segment', '') AS segment,
       {", ".join(f"coalesce(lt.{mark}, 0) + coalesce(lr.{mark}, 0) AS {mark}" for mark in _MARKS)}
FROM counted d
JOIN ledger_signal g ON g.judgment_id = d.id AND g.question = 'thumb' AND g.response_slot = 0 AND g.value IN (1, -1)
JOIN ledger_actor a ON a.id = d.actor_id AND a.kind IN {fragments.USERS}
LEFT JOIN ledger_turn u ON u.id = d.turn_id
LEFT JOIN catalog_response r ON r.id = coalesce(d.response_id, {fragments.answer_of("u")})
LEFT JOIN catalog_content c ON c.id = r.content_id
LEFT JOIN catalog_prompt p ON p.id = r.prompt_id
LEFT JOIN catalog_content pc ON pc.id = p.content_id
LEFT JOIN catalog_bundle b ON b.id = coalesce(u.bundle_id, r.bundle_id)
LEFT JOIN labelled lt ON lt.subject = d.turn_id
LEFT JOIN labelled lr ON lr.subject = r.id
WHERE d.comparison_id IS NULL AND {fragments.of_campaign("t.response_id = coalesce(d.response_id, u.response_id)")}
"""  # noqa: S608  (constants and fragments)

_REASON = f"""
CASE WHEN thumb.answered IS NULL THEN 'no_words'
     WHEN thumb.text IS NULL OR thumb.prompt IS NULL THEN 'erased'
     WHEN NOT %(include_doubted)s AND {fragments.in_doubt("thumb.at")} THEN 'doubted_thumb' END"""


class KTO:
    """The writer of users' thumbs, unpaired, for TRL's KTO trainer."""

    name = "kto"
    label = "KTO for TRL (prompt, completion, label), from users' thumbs"
    version = 1
    options: tuple[str, ...] = ("style", *DOUBTFUL)
    tags: tuple[str, ...] = ("preference", "kto", "trl")
    about = (
        "One row per thumb that a user gave to an answer, as TRL's KTOTrainer takes them: the prompt, the answer, and "
        "whether the thumb was up. Users' thumbs may reward flattery; `meta_sycophantic` tells what raters said of the "
        "answer. The columns that begin with `meta_` are dropped by trainers."
    )

    def columns(self, selection: Selection) -> Mapping[str, columns.Column]:
        conversational = selection.style == "conversational"
        words = columns.messages if conversational else columns.text
        kind = "list of messages" if conversational else "text"
        return {
            "prompt": words(f"the conversation up to the answer ({kind})"),
            "completion": words(f"the answer ({kind})"),
            "label": columns.flag("whether the thumb was up"),
            "meta_judgment": columns.text("id of the judgment"),
            "meta_actor": columns.text("the user's pseudonym"),
            "meta_said_at": columns.text("when the thumb was given"),
            "meta_weight": columns.number("its weight by the last ruling"),
            "meta_solicited": columns.flag("whether somebody asked for it"),
            "meta_in_doubt": columns.flag("whether it is from a time on which an alarm casts doubt"),
            "meta_bundle": columns.text("what wrote the answer, or empty"),
            "meta_arm": columns.text("arm of the experiment, or empty"),
            "meta_segment": columns.text("the user's segment, or empty"),
            "meta_memory": columns.text("memory condition: off, on"),
            "meta_family": columns.text("family of the prompt, or empty"),
            "meta_variant": columns.text("variant within the family, or empty"),
            "meta_premise": columns.text("whether the prompt's premise is true: none, true, false"),
            "meta_domain": columns.text("domain tags, separated by commas"),
            "meta_source": columns.text("import, live and so on"),
            "meta_simulated": columns.flag("whether it was made by a simulation"),
            **{f"meta_{mark}": columns.whole(f"how many judgments called the answer {mark}") for mark in _MARKS},
        }

    def query(self, selection: Selection) -> str:
        return f"""{WITH}
SELECT coalesce({_REASON}, {fragments.line(_expressions(selection.style))})
FROM ({JOINED}) thumb
ORDER BY thumb.id"""  # noqa: S608  (fragments only)


def _expressions(style: str) -> dict[str, str]:
    conversational = style == "conversational"
    return {
        "prompt": "thumb.prompt::json" if conversational else fragments.as_text("thumb.prompt"),
        "completion": fragments.answer("thumb.text") if conversational else "thumb.text",
        "label": "thumb.up",
        "meta_judgment": "thumb.id",
        "meta_actor": "thumb.pseudonym",
        "meta_said_at": fragments.moment("thumb.at"),
        "meta_weight": fragments.number("thumb.weight"),
        "meta_solicited": "thumb.solicited",
        "meta_in_doubt": fragments.in_doubt("thumb.at"),
        "meta_bundle": "coalesce(thumb.bundle, '')",
        "meta_arm": "thumb.arm",
        "meta_segment": "thumb.segment",
        "meta_memory": "thumb.with_memory",
        "meta_family": "coalesce(thumb.family, '')",
        "meta_variant": "thumb.variant",
        "meta_premise": "thumb.premise",
        "meta_domain": "array_to_string(thumb.domain, ',')",
        "meta_source": "thumb.source",
        "meta_simulated": "thumb.simulated",
        **{f"meta_{mark}": f"thumb.{mark}" for mark in _MARKS},
    }
