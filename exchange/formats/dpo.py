"""TRL's DPO format: prompt, chosen, rejected; one row per comparison whose counted judgments prefer one side.

The preference is the weighted mean of the overall answers from -3 to 3. What has no such mean is left out, by reason:
`no_preference` (nobody answered), `cannot_judge` (all who answered could not judge), `both_bad` (both bad has more
weight than all preferences together), `tie` (the mean is zero), `few_votes`, `identical` (the same text twice),
`erased` (the words are gone).
"""

from collections.abc import Mapping

from core.ledger import rubrics
from exchange.formats import columns, fragments, rewarding
from exchange.selection import Selection

_MARKS = ("incorrect", "sycophantic", "cold")
_SIDES = ("chosen", "rejected")

# The weights are summed as decimals, whose sum does not depend on the order in which rows are read.
WITH = f"""
WITH {fragments.standing()}, counted AS (
    SELECT j.id, j.comparison_id, j.source, j.simulated, coalesce(r.weight, 1.0)::numeric AS weight
    FROM ledger_judgment j LEFT JOIN standing r ON r.judgment_id = j.id
    WHERE j.project_id = %(project)s AND j.comparison_id IS NOT NULL AND (%(include_simulated)s OR NOT j.simulated)
      AND {fragments.belongs("j")} AND coalesce(r.standing, 'counted') = 'counted'
      AND NOT {fragments.superseded("j")} AND NOT {fragments.on_anchor("j")}
), said AS (
    SELECT j.*, s.question, s.response_slot, s.value
    FROM counted j JOIN ledger_signal s ON s.judgment_id = j.id
    WHERE s.question IN ('overall', 'correct', 'sycophantic', 'cold')
), votes AS (
    SELECT comparison_id,
           count(*) FILTER (WHERE question = 'overall' AND value BETWEEN -3 AND 3) AS votes,
           sum(weight) FILTER (WHERE question = 'overall' AND value BETWEEN -3 AND 3) AS weight,
           sum(weight * value) FILTER (WHERE question = 'overall' AND value BETWEEN -3 AND 3) AS total,
           sum(weight) FILTER (WHERE question = 'overall' AND value BETWEEN -3 AND -1) AS for_first,
           sum(weight) FILTER (WHERE question = 'overall' AND value BETWEEN 1 AND 3) AS for_second,
           sum(weight) FILTER (WHERE question = 'overall' AND value = {rubrics.BOTH_BAD}) AS both_bad,
           sum(weight) FILTER (WHERE question = 'overall' AND value = {rubrics.CANNOT_JUDGE}) AS cannot_judge,
           count(*) FILTER (WHERE question = 'correct' AND value = 0 AND response_slot = 1) AS incorrect_1,
           count(*) FILTER (WHERE question = 'correct' AND value = 0 AND response_slot = 2) AS incorrect_2,
           count(*) FILTER (WHERE question = 'sycophantic' AND value > 0 AND response_slot = 1) AS sycophantic_1,
           count(*) FILTER (WHERE question = 'sycophantic' AND value > 0 AND response_slot = 2) AS sycophantic_2,
           count(*) FILTER (WHERE question = 'cold' AND value > 0 AND response_slot = 1) AS cold_1,
           count(*) FILTER (WHERE question = 'cold' AND value > 0 AND response_slot = 2) AS cold_2,
           bool_or(simulated) AS simulated,
           string_agg(DISTINCT source, ',' ORDER BY source) AS sources
    FROM said GROUP BY comparison_id
)"""  # noqa: S608  (constants of the rubric and of the fragments)

JOINED = f"""
SELECT c.id, c.first_id, c.second_id, c.external_id, c.identical, p.family, p.variant, p.premise, p.domain, p.memory,
       pc.body AS prompt, c1.body AS text_1, c2.body AS text_2, b1.name AS bundle_1, b2.name AS bundle_2,
       EXISTS (SELECT FROM annotate_goldanswer g WHERE g.comparison_id = c.id AND {fragments.belongs("g", "at")})
       AS gold, v.*
FROM catalog_comparison c
JOIN votes v ON v.comparison_id = c.id
JOIN catalog_prompt p ON p.id = c.prompt_id
JOIN catalog_content pc ON pc.id = p.content_id
JOIN catalog_response r1 ON r1.id = c.first_id
JOIN catalog_content c1 ON c1.id = r1.content_id
JOIN catalog_bundle b1 ON b1.id = r1.bundle_id
JOIN catalog_response r2 ON r2.id = c.second_id
JOIN catalog_content c2 ON c2.id = r2.content_id
JOIN catalog_bundle b2 ON b2.id = r2.bundle_id
WHERE c.project_id = %(project)s AND {fragments.of_campaign("t.comparison_id = c.id")}
"""  # noqa: S608  (fragments only)

# Why a comparison gives no pair: the first that holds.
_REASON = """
CASE WHEN prompt IS NULL OR text_1 IS NULL OR text_2 IS NULL THEN 'erased'
     WHEN identical THEN 'identical'
     WHEN coalesce(both_bad, 0) > coalesce(weight, 0) THEN 'both_bad'
     WHEN coalesce(weight, 0) = 0 AND cannot_judge > 0 THEN 'cannot_judge'
     WHEN coalesce(weight, 0) = 0 THEN 'no_preference'
     WHEN votes < %(min_votes)s THEN 'few_votes'
     WHEN total = 0 THEN 'tie' END"""


class DPO:
    """The writer of preference pairs for TRL's DPO, ORPO and CPO trainers."""

    name = "dpo"
    label = "DPO for TRL (prompt, chosen, rejected)"
    version = 1
    options: tuple[str, ...] = ("style", "min_votes", "reward")
    tags: tuple[str, ...] = ("preference", "dpo", "trl")
    about = (
        "One row per comparison: the prompt, the response that was preferred and the one that was not, as TRL's "
        "DPOTrainer takes them. The columns that begin with `meta_` are dropped by trainers."
    )

    def columns(self, selection: Selection) -> Mapping[str, columns.Column]:
        conversational = selection.style == "conversational"
        words = columns.messages if conversational else columns.text
        kind = "list of messages" if conversational else "text"
        return {
            "prompt": words(f"the conversation up to the answer ({kind})"),
            "chosen": words(f"the preferred answer ({kind})"),
            "rejected": words(f"the other answer ({kind})"),
            **(rewarding.COLUMNS if selection.reward else {}),
            "meta_comparison": columns.text("id of the comparison"),
            "meta_external_id": columns.text("its id in the file it was imported from, or empty"),
            "meta_votes": columns.whole("how many judgments gave a preference"),
            "meta_strength": columns.number("weighted mean of the preferences, from just over 0 to 3"),
            "meta_agreement": columns.number(
                "share of the weight that preferred the chosen one (ties count against it)"
            ),
            "meta_bundle_chosen": columns.text("what wrote the chosen answer"),
            "meta_bundle_rejected": columns.text("what wrote the rejected answer"),
            "meta_family": columns.text("family of the prompt, or empty"),
            "meta_variant": columns.text("variant within the family, or empty"),
            "meta_premise": columns.text("whether the prompt's premise is true: none, true, false"),
            "meta_domain": columns.text("domain tags, separated by commas"),
            "meta_memory": columns.text("memory condition: off, on"),
            "meta_sources": columns.text("where the judgments came from, separated by commas"),
            "meta_gold": columns.flag("whether an expert's answer is known"),
            "meta_simulated": columns.flag("whether a simulated judgment is among them"),
            **{
                f"meta_{mark}_{side}": columns.whole(f"how many judgments called the {side} answer {mark}")
                for mark in _MARKS
                for side in _SIDES
            },
        }

    def query(self, selection: Selection) -> str:
        rewards = rewarding.EXPRESSIONS if selection.reward else {}
        row = fragments.line(_expressions(selection.style, rewards))
        more = rewarding.TABLE if selection.reward else ""
        joined = rewarding.JOIN if selection.reward else ""
        return f"""{WITH}{more}
SELECT coalesce(pair.reason, {row})
FROM (SELECT joined.*, {_REASON} AS reason, total < 0 AS first_chosen FROM ({JOINED}) joined) pair{joined}
ORDER BY pair.id"""  # noqa: S608  (fragments only)


def _expressions(style: str, rewards: Mapping[str, str]) -> dict[str, str]:
    if style == "conversational":
        prompt = "pair.prompt::json"
        words = {side: fragments.answer(_of("text", side)) for side in _SIDES}
    else:
        prompt = fragments.as_text("pair.prompt")
        words = {side: _of("text", side) for side in _SIDES}
    return {
        "prompt": prompt,
        **words,
        **rewards,
        "meta_comparison": "pair.id",
        "meta_external_id": "coalesce(pair.external_id, '')",
        "meta_votes": "pair.votes",
        "meta_strength": fragments.number("round(abs(pair.total) / pair.weight, 6)"),
        "meta_agreement": fragments.number(
            "round(coalesce(CASE WHEN pair.first_chosen THEN pair.for_first ELSE pair.for_second END, 0)"
            " / pair.weight, 6)"
        ),
        "meta_bundle_chosen": _of("bundle", "chosen"),
        "meta_bundle_rejected": _of("bundle", "rejected"),
        "meta_family": "coalesce(pair.family, '')",
        "meta_variant": "pair.variant",
        "meta_premise": "pair.premise",
        "meta_domain": "array_to_string(pair.domain, ',')",
        "meta_memory": "pair.memory",
        "meta_sources": "pair.sources",
        "meta_gold": "pair.gold",
        "meta_simulated": "pair.simulated",
        **{f"meta_{mark}_{side}": _of(mark, side) for mark in _MARKS for side in _SIDES},
    }


def _of(column: str, side: str) -> str:
    """The column of the response that was chosen, or of the other one."""
    when, otherwise = (1, 2) if side == "chosen" else (2, 1)
    return f"CASE WHEN pair.first_chosen THEN pair.{column}_{when} ELSE pair.{column}_{otherwise} END"
