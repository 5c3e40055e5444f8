"""TRL's DPO format: prompt, chosen, rejected; one row per comparison whose counted judgments prefer one side.

The preference is the weighted mean of the overall answers from -3 to 3. What has no such mean is left out, by reason:
`no_preference` (nobody answered), `cannot_judge` (all who answered could not judge), `both_bad` (both bad has more
weight than all preferences together), `tie` (the mean is zero), `few_votes`, `identical` (the same text twice),
`erased` (the words are gone).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.catalog.content import messages_of
from core.ledger import rubrics
from exchange.selection import Selection

_MARKS = ("incorrect", "sycophantic", "cold")

_QUERY = f"""
WITH said AS (
    SELECT j.comparison_id, j.actor_id, j.source, j.simulated, j.weight::numeric AS weight,
           s.question, s.response_slot, s.value
    FROM counted_judgment j
    JOIN ledger_signal s ON s.judgment_id = j.id
    WHERE j.project_id = %(project)s AND j.comparison_id IS NOT NULL AND (%(include_simulated)s OR NOT j.simulated)
      AND j.recorded_at <= %(cut)s AND s.question IN ('overall', 'correct', 'sycophantic', 'cold')
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
)
SELECT c.id, c.external_id, c.identical, p.family, p.variant, p.premise, p.domain, p.memory,
       pc.body AS prompt, c1.body AS text_1, c2.body AS text_2, b1.name AS bundle_1, b2.name AS bundle_2,
       EXISTS (SELECT FROM annotate_goldanswer g WHERE g.comparison_id = c.id) AS gold, v.*
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
WHERE c.project_id = %(project)s AND (%(campaign)s::uuid IS NULL OR EXISTS (
    SELECT FROM annotate_task t WHERE t.campaign_id = %(campaign)s AND t.comparison_id = c.id))
ORDER BY c.id
"""  # noqa: S608  (two constants of the rubric)


class DPO:
    """The writer of preference pairs for TRL's DPO, ORPO and CPO trainers."""

    name = "dpo"
    label = "DPO for TRL (prompt, chosen, rejected)"
    version = 1
    options: tuple[str, ...] = ("style", "min_votes")
    tags: tuple[str, ...] = ("preference", "dpo", "trl")
    about = (
        "One row per comparison: the prompt, the response that was preferred and the one that was not, as TRL's "
        "DPOTrainer takes them. The columns that begin with `meta_` are dropped by trainers."
    )

    def columns(self, selection: Selection) -> Mapping[str, str]:
        conversational = selection.style == "conversational"
        kind = "list of messages" if conversational else "text"
        return {
            "prompt": f"the conversation up to the answer ({kind})",
            "chosen": f"the preferred answer ({kind})",
            "rejected": f"the other answer ({kind})",
            "meta_comparison": "id of the comparison",
            "meta_external_id": "its id in the file it was imported from, or empty",
            "meta_votes": "how many judgments gave a preference",
            "meta_strength": "weighted mean of the preferences, from just over 0 to 3",
            "meta_agreement": "share of the weight that preferred the chosen one (ties count against it)",
            "meta_bundle_chosen": "what wrote the chosen answer",
            "meta_bundle_rejected": "what wrote the rejected answer",
            "meta_family": "family of the prompt, or empty",
            "meta_variant": "variant within the family, or empty",
            "meta_premise": "whether the prompt's premise is true: none, true, false",
            "meta_domain": "domain tags, separated by commas",
            "meta_memory": "memory condition: off, on",
            "meta_sources": "where the judgments came from, separated by commas",
            "meta_gold": "whether an expert's answer is known",
            "meta_simulated": "whether a simulated judgment is among them",
            **{
                f"meta_{mark}_{side}": f"how many judgments called the {side} answer {mark}"
                for mark in _MARKS
                for side in ("chosen", "rejected")
            },
        }

    def query(self, selection: Selection) -> tuple[str, Mapping[str, Any]]:
        return _QUERY, {
            "project": selection.project,
            "campaign": selection.campaign,
            "include_simulated": selection.include_simulated,
        }

    def rows(
        self, records: Iterable[Mapping[str, Any]], selection: Selection, dropped: Counter[str]
    ) -> Iterator[dict[str, Any]]:
        for record in records:
            reason = _why_not(record, selection)
            if reason:
                dropped[reason] += 1
            else:
                yield _row(record, selection)


def _why_not(record: Mapping[str, Any], selection: Selection) -> str:
    """Why a comparison gives no pair; the empty string if it gives one."""
    bad, unable = record["both_bad"] or 0, record["cannot_judge"] or 0
    weight = record["weight"] or 0
    reasons = (
        ("erased", None in (record["prompt"], record["text_1"], record["text_2"])),
        ("identical", record["identical"]),
        ("both_bad", bad > weight),
        ("cannot_judge", not weight and unable),
        ("no_preference", not weight),
        ("few_votes", record["votes"] < selection.min_votes),
        ("tie", not record["total"]),
    )
    return next((reason for reason, holds in reasons if holds), "")


def _row(record: Mapping[str, Any], selection: Selection) -> dict[str, Any]:
    chosen, rejected = (1, 2) if record["total"] < 0 else (2, 1)
    backing = record["for_first"] if chosen == 1 else record["for_second"]
    prompt, texts = _words(record, chosen, rejected, selection.style)
    return {
        "prompt": prompt,
        "chosen": texts[0],
        "rejected": texts[1],
        "meta_comparison": str(record["id"]),
        "meta_external_id": record["external_id"] or "",
        "meta_votes": record["votes"],
        "meta_strength": round(float(abs(record["total"]) / record["weight"]), 6),
        "meta_agreement": round(float((backing or 0) / record["weight"]), 6),
        "meta_bundle_chosen": record[f"bundle_{chosen}"],
        "meta_bundle_rejected": record[f"bundle_{rejected}"],
        "meta_family": record["family"] or "",
        "meta_variant": record["variant"],
        "meta_premise": record["premise"],
        "meta_domain": ",".join(record["domain"]),
        "meta_memory": record["memory"],
        "meta_sources": record["sources"],
        "meta_gold": record["gold"],
        "meta_simulated": record["simulated"],
        **{
            f"meta_{mark}_{side}": record[f"{mark}_{slot}"]
            for mark in _MARKS
            for side, slot in (("chosen", chosen), ("rejected", rejected))
        },
    }


def _words(record: Mapping[str, Any], chosen: int, rejected: int, style: str) -> tuple[Any, list[Any]]:
    messages = messages_of(record["prompt"])
    texts = [record[f"text_{chosen}"], record[f"text_{rejected}"]]
    if style == "conversational":
        return messages, [[{"role": "assistant", "content": text}] for text in texts]
    return as_text(messages), texts


def as_text(messages: list[dict[str, str]]) -> str:
    """A conversation as one text: a single question as it is, else turns with names and the Assistant's turn begun."""
    if [message["role"] for message in messages] == ["user"]:
        return messages[0]["content"]
    names = {"system": "System", "user": "Human", "assistant": "Assistant"}
    turns = [f"{names.get(message['role'], message['role'])}: {message['content']}" for message in messages]
    return "\n\n".join([*turns, "Assistant: "])
