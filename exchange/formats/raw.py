"""Everything that was said: one row per judgment with its signals, its standing and its context, counted or not."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from core.catalog.content import messages_of
from core.ledger import rubrics
from exchange.selection import Selection

_QUERY = """
SELECT j.id, j.comparison_id, j.response_id, j.turn_id, j.source, j.simulated, j.solicited, j.memory, j.said_at,
       j.recorded_at, j.supersedes_id, j.shown_first_id, c.external_id, c.identical, c.first_id, c.second_id,
       a.pseudonym, a.kind AS actor_kind, v.name AS rubric, v.version AS rubric_version, v.questions::text AS questions,
       p.family, p.variant, p.premise, p.domain, p.memory AS prompt_memory, pc.body AS prompt,
       c1.body AS text_1, b1.name AS bundle_1, r1.sample_no AS sample_1,
       c2.body AS text_2, b2.name AS bundle_2, r2.sample_no AS sample_2,
       said.signals, ruled.rulings, ruled.standing, ruled.weight, work.guideline_version, work.seconds, work.campaign,
       w.body::json AS words, EXISTS (SELECT FROM ledger_judgment later WHERE later.supersedes_id = j.id) AS superseded
FROM ledger_judgment j
JOIN ledger_actor a ON a.id = j.actor_id
LEFT JOIN ledger_rubricversion v ON v.id = j.rubric_version_id
LEFT JOIN catalog_comparison c ON c.id = j.comparison_id
LEFT JOIN catalog_response r1 ON r1.id = coalesce(c.first_id, j.response_id)
LEFT JOIN catalog_content c1 ON c1.id = r1.content_id
LEFT JOIN catalog_bundle b1 ON b1.id = r1.bundle_id
LEFT JOIN catalog_response r2 ON r2.id = c.second_id
LEFT JOIN catalog_content c2 ON c2.id = r2.content_id
LEFT JOIN catalog_bundle b2 ON b2.id = r2.bundle_id
LEFT JOIN catalog_prompt p ON p.id = r1.prompt_id
LEFT JOIN catalog_content pc ON pc.id = p.content_id
LEFT JOIN ledger_words w ON w.judgment_id = j.id
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(s.question, s.response_slot, s.value)
                    ORDER BY s.question, s.response_slot) AS signals
    FROM ledger_signal s WHERE s.judgment_id = j.id
) said ON true
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('standing', r.standing, 'weight', r.weight, 'reason', r.reason,
                                      'recorded_at', r.recorded_at) ORDER BY r.id) AS rulings,
           (array_agg(r.standing ORDER BY r.id DESC))[1] AS standing,
           (array_agg(r.weight ORDER BY r.id DESC))[1] AS weight
    FROM ledger_ruling r WHERE r.judgment_id = j.id
) ruled ON true
LEFT JOIN LATERAL (
    SELECT t.guideline_version, t.seconds, k.name AS campaign
    FROM annotate_attempt t JOIN annotate_campaign k ON k.id = t.campaign_id WHERE t.judgment_id = j.id LIMIT 1
) work ON true
WHERE j.project_id = %(project)s AND j.recorded_at <= %(cut)s AND (%(include_simulated)s OR NOT j.simulated)
  AND (%(campaign)s::uuid IS NULL OR EXISTS (
    SELECT FROM annotate_task t WHERE t.campaign_id = %(campaign)s
    AND (t.comparison_id = j.comparison_id OR t.response_id = j.response_id)))
ORDER BY j.id
"""


class Raw:
    """The writer of the ledger as it is."""

    name = "raw"
    label = "Raw judgments (signals, rulings, context)"
    version = 1
    options: tuple[str, ...] = ("words",)
    tags: tuple[str, ...] = ("preference", "annotations")
    about = (
        "One row per judgment, in the order in which they were made, with all its signals. Judgments that do not count "
        "(surplus, withdrawn, quarantined, overruled, superseded) are there too: `counted` tells them apart."
    )

    def columns(self, selection: Selection) -> Mapping[str, str]:
        columns = {
            "judgment": "id of the judgment",
            "counted": "whether it counts",
            "standing": "counted, surplus, withdrawn, quarantined, overruled or superseded",
            "weight": "its weight when it counts, else 0",
            "rulings": "every ruling about it, oldest first, as the text of a JSON list",
            "signals": "list of {question, group, response, answer, value}; response: first, second or subject",
            "actor": "the author's pseudonym",
            "actor_kind": "rater, expert, imported and so on",
            "source": "import, rating and so on",
            "simulated": "whether it was made by a simulation",
            "solicited": "whether somebody asked for it",
            "campaign": "the campaign it was rated in, or empty",
            "rubric": "name of the rubric, or empty",
            "rubric_version": "its version, or 0",
            "guideline_version": "version of the guideline it was rated under, or 0",
            "seconds": "how long it took, or -1 where that is not known",
            "said_at": "when it was said, as its source tells, or empty",
            "recorded_at": "when it was recorded",
            "supersedes": "id of the judgment it replaces, or empty",
            "subject": "comparison or response",
            "comparison": "id of the comparison, or empty",
            "external_id": "its id in the file it was imported from, or empty",
            "identical": "whether both texts are the same",
            "shown_left": "which response stood on the left: first, second, or empty where that is not known",
            "prompt": "the conversation up to the answer (list of messages)",
            "family": "family of the prompt, or empty",
            "variant": "variant within the family, or empty",
            "premise": "whether the prompt's premise is true: none, true, false",
            "domain": "domain tags, separated by commas",
            "memory": "memory condition: off, on",
        }
        for side in ("first", "second"):
            columns[f"{side}_bundle"] = f"what wrote the {side} response"
            columns[f"{side}_sample"] = f"sample number of the {side} response"
            columns[f"{side}_text"] = f"the {side} response"
        if selection.words:
            columns["rationale"] = "the author's reason in their words, or empty"
        return columns

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
            if record["turn_id"] is not None:
                dropped["turn"] += 1
            elif record["signals"] is None:
                dropped["no_signals"] += 1
            elif record["prompt"] is None or record["text_1"] is None or _second_is_erased(record):
                dropped["erased"] += 1
            else:
                yield _row(record, selection)


def _second_is_erased(record: Mapping[str, Any]) -> bool:
    return record["comparison_id"] is not None and record["text_2"] is None


def _row(record: Mapping[str, Any], selection: Selection) -> dict[str, Any]:
    row = {**_said(record), **_context(record), **_subject(record)}
    if selection.words:
        row["rationale"] = str((record["words"] or {}).get("rationale", ""))
    return row


def _said(record: Mapping[str, Any]) -> dict[str, Any]:
    standing = "superseded" if record["superseded"] else record["standing"] or "counted"
    counted = standing == "counted"
    weight = 1.0 if record["weight"] is None else float(record["weight"])
    asked = _asked(record["questions"]) if record["questions"] else {}
    return {
        "judgment": str(record["id"]),
        "counted": counted,
        "standing": standing,
        "weight": weight if counted else 0.0,
        "rulings": json.dumps(record["rulings"] or [], ensure_ascii=False),
        "signals": [_signal(asked, *signal) for signal in record["signals"]],
    }


def _context(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "actor": record["pseudonym"],
        "actor_kind": record["actor_kind"],
        "source": record["source"],
        "simulated": record["simulated"],
        "solicited": record["solicited"],
        "campaign": record["campaign"] or "",
        "rubric": record["rubric"] or "",
        "rubric_version": record["rubric_version"] or 0,
        "guideline_version": record["guideline_version"] or 0,
        "seconds": -1.0 if record["seconds"] is None else float(record["seconds"]),
        "said_at": record["said_at"].isoformat() if record["said_at"] else "",
        "recorded_at": record["recorded_at"].isoformat(),
        "supersedes": str(record["supersedes_id"] or ""),
    }


def _subject(record: Mapping[str, Any]) -> dict[str, Any]:
    left = {record["first_id"]: "first", record["second_id"]: "second"}
    return {
        "subject": "comparison" if record["comparison_id"] else "response",
        "comparison": str(record["comparison_id"] or ""),
        "external_id": record["external_id"] or "",
        "identical": bool(record["identical"]),
        "shown_left": left.get(record["shown_first_id"], "") if record["shown_first_id"] else "",
        "prompt": messages_of(record["prompt"]),
        "family": record["family"] or "",
        "variant": record["variant"],
        "premise": record["premise"],
        "domain": ",".join(record["domain"]),
        "memory": record["prompt_memory"],
        **{
            f"{side}_{name}": record[f"{column}_{slot}"] if record[f"{column}_{slot}"] is not None else empty
            for side, slot in (("first", 1), ("second", 2))
            for name, column, empty in (("bundle", "bundle", ""), ("sample", "sample", 0), ("text", "text", ""))
        },
    }


_SLOTS = {0: "subject", 1: "first", 2: "second"}


def _signal(asked: Mapping[str, rubrics.Question], key: str, slot: int, value: int) -> dict[str, Any]:
    main, _, detail = key.partition(".")
    question = asked.get(main)
    answer = "yes" if detail else ""
    if question is not None and not detail:
        answer = next((option.key for option in question.options if option.value == value), "")
    return {
        "question": key,
        "group": question.group if question is not None else "",
        "response": _SLOTS[slot],
        "answer": answer,
        "value": value,
    }


@lru_cache(maxsize=64)
def _asked(questions: str) -> Mapping[str, rubrics.Question]:
    return rubrics.parse(json.loads(questions)).by_key
