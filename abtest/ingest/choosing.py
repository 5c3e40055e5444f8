"""The labelled slice: turns that the published hash chose, waited for since any event names them, until they come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from abtest.assignment import chosen
from abtest.ingest.events import Incoming
from abtest.ingest.ground import Trial
from core.accounts.models import Project
from core.catalog.answers import add_answers
from core.catalog.parts import NewPrompt, NewResponse
from core.ledger.models import LabelRequest
from core.ledger.turns import Place
from core.tables.bulk import fetch, insert_rows
from core.tables.ids import uuid7s

RUBRIC = "default"
BECAUSE = "Drawn at random from a live experiment, so that what is liked can be held against what is right."


def purpose_of(trial: Trial) -> str:
    """The purpose of the label requests of an experiment, to which a campaign subscribes."""
    return f"live:{trial.key}"


def is_chosen(trial: Trial, conversation: str, turn: int) -> bool:
    """Whether the experiment's hash chose this turn."""
    return trial.rate_ppm > 0 and chosen(trial.salt, conversation, turn, trial.rate_ppm)


def wait_for(project: Project, events: Sequence[Incoming], at: datetime | None = None) -> None:
    """Note the chosen turns that these events name, in the caller's transaction; `at` is when, None for now."""
    named: dict[tuple[UUID, str, int], Incoming] = {}
    for event in events:
        if event.trial is None or not event.conversation or event.turn is None:
            continue
        if is_chosen(event.trial, event.conversation, event.turn):
            named.setdefault((event.trial.id, event.conversation, event.turn), event)
    # In one order, so that two batches that name the same turns never wait for each other in a ring.
    rows = [(*place, event.trial, event.branch, event.unit) for place, event in sorted(named.items(), key=_place)]
    if rows:
        insert_rows(
            "abtest_chosenturn",
            {
                "id": ("uuid", uuid7s(len(rows))),
                "project_id": ("uuid", [project.pk] * len(rows)),
                "experiment_id": ("uuid", [row[0] for row in rows]),
                "arm_id": ("uuid", [row[4].id if row[4] else None for row in rows]),
                "unit": ("uuid", [row[5] for row in rows]),
                "conversation": ("text", [row[1] for row in rows]),
                "n": ("int4", [row[2] for row in rows]),
                "probability": ("float8", [row[3].rate if row[3] else None for row in rows]),
                **({"heard_at": ("timestamptz", [at] * len(rows))} if at else {}),
            },
        )


def take_words(
    project: Project, events: Sequence[Incoming], turns: Mapping[Place, UUID], at: datetime | None = None
) -> None:
    """Keep the words of these new turns and ask raters to label them, in the caller's transaction.

    `at` is when they came, None for now. Where words came before, under another name, those stand.
    """
    talks = [(event, event.talk, event.trial, event.branch) for event in events]
    rows = [(e, talk, trial, branch) for e, talk, trial, branch in talks if talk and trial and branch]
    if not rows:
        return
    responses = add_answers(
        project=project,
        rows=[
            (NewPrompt(talk.prompt, memory=event.memory), NewResponse(branch.bundle_name, talk.answer))
            for event, talk, _, branch in rows
        ],
    )
    placed = {
        (trial.id, event.conversation, event.turn or 0): (turns[event.conversation, event.turn or 0], response, trial)
        for (event, _, trial, _), response in reversed(list(zip(rows, responses, strict=True)))
    }
    came = sorted(placed.items(), key=_place)
    ids = [turn for _, (turn, _, _) in came]
    fetch(
        _ANSWERED,
        [ids, [response for _, (_, response, _) in came], [trial.rate for _, (_, _, trial) in came]],
    )
    fetch(_CAME, [at, [e for (e, _, _), _ in came], [c for (_, c, _), _ in came], [n for (_, _, n), _ in came], ids])
    _ask(project, [(turn, trial) for _, (turn, _, trial) in came])


def _ask(project: Project, came: Sequence[tuple[UUID, Trial]]) -> None:
    insert_rows(
        "ledger_labelrequest",
        {
            "id": ("uuid", uuid7s(len(came))),
            "project_id": ("uuid", [project.pk] * len(came)),
            "turn_id": ("uuid", [turn for turn, _ in came]),
            "rubric": ("text", [RUBRIC] * len(came)),
            "because": ("text", [BECAUSE] * len(came)),
            "probability": ("float8", [trial.rate for _, trial in came]),
            "purpose": ("text", [purpose_of(trial) for _, trial in came]),
            "state": ("text", [LabelRequest.State.OPEN.value] * len(came)),
            "filed_by": ("text", [f"experiment {trial.key}" for _, trial in came]),
        },
    )


def _place(item: tuple[tuple[UUID, str, int], object]) -> tuple[UUID, str, int]:
    return item[0]


_ANSWERED = """
UPDATE ledger_turn t SET response_id = w.response, label_probability = w.probability
FROM unnest(%b::uuid[], %b::uuid[], %b::float8[]) AS w (id, response, probability)
WHERE t.id = w.id AND t.response_id IS NULL RETURNING 1
"""
_CAME = """
UPDATE abtest_chosenturn c SET turn_id = w.turn, came_at = coalesce(%b::timestamptz, clock_timestamp())
FROM unnest(%b::uuid[], %b::text[], %b::int4[], %b::uuid[]) AS w (experiment, conversation, n, turn)
WHERE c.experiment_id = w.experiment AND c.conversation = w.conversation AND c.n = w.n AND c.turn_id IS NULL RETURNING 1
"""
