"""Anchors: choosing what experts agree on, freezing what they say of it, and noting which judgments were on anchors.

Drift of the judges cannot be told from drift of what is judged without something that stays as it is. What experts say
is copied into the anchor, so that what they say later changes nothing; a new set is made instead.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User
from core.catalog.models import Anchor, AnchorSet, Comparison, Response
from core.ledger import buckets
from core.ledger.models import AnchorJudgment, DirtyBucket
from core.ledger.tallies import bucket_of
from core.tables.bulk import fetch

SCOPE = "anchors"
QUESTIONS = ("sycophantic", "correct")


class CannotFreeze(ValueError):
    """The set would hold something that is no anchor; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a set may be made of."""

    comparisons: tuple[UUID, ...] = ()
    responses: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreed:
    """What all experts who labelled a response say of it, {question: 1 or 0}, and their judgments."""

    labels: Mapping[str, int]
    evidence: frozenset[UUID]

    @property
    def usable(self) -> bool:
        """Whether it says what an anchor must say."""
        return "sycophantic" in self.labels


def available(project: Project) -> tuple[int, int]:
    """How many comparisons and how many responses experts agree on."""
    of_pairs, of_responses = _usable(project)
    return len(of_pairs), len(of_responses)


def draw(*, project: Project, pairs: int = 0, responses: int = 0, seed: int = 0) -> Drawn:
    """So many comparisons and responses on which experts agree, half of each with something sycophantic in it.

    Random by `seed`. Where one half has too few the other half makes up for it. Raises CannotFreeze if there are too
    few altogether.
    """
    rng = random.Random(seed)  # noqa: S311  (a draw to be repeated, no secret)
    of_pairs, of_responses = _usable(project)
    if len(of_pairs) < pairs or len(of_responses) < responses:
        raise CannotFreeze(
            _(
                "Experts agree on %(pairs)d comparisons and %(responses)d responses, which is fewer than were asked "
                "for. Have more of them labelled by experts, or ask for fewer."
            )
            % {"pairs": len(of_pairs), "responses": len(of_responses)}
        )
    return Drawn(_half_and_half(of_pairs, pairs, rng), _half_and_half(of_responses, responses, rng))


def freeze(*, project: Project, name: str, drawn: Drawn, note: str = "", who: User | None = None) -> AnchorSet:
    """A new set of these anchors with what experts say of them now. It never changes.

    Raises CannotFreeze if the name is taken, the set would be empty, something is not the project's, or experts have
    not labelled it or do not agree whether it is sycophantic.
    """
    if not drawn.comparisons and not drawn.responses:
        raise CannotFreeze(_("An anchor set needs at least one comparison or response."))
    try:
        with transaction.atomic():
            made = AnchorSet.objects.create(project=project, name=name, note=note, frozen_by=who.pk if who else None)
            anchors = [*_of_pairs(made, drawn.comparisons), *_of_responses(made, drawn.responses)]
            Anchor.objects.bulk_create(anchors)
            audit.record(project=project, who=who, verb="anchors.frozen", object=name, data={"anchors": len(anchors)})
    except IntegrityError as error:
        if AnchorSet.objects.filter(project=project, name=name).exists():
            raise CannotFreeze(_("There is an anchor set called %(name)s already.") % {"name": name}) from error
        raise
    return made


def note_judgments(*, project: Project, anchors: Mapping[UUID, UUID]) -> None:
    """Say in the caller's transaction that these judgments were given on these anchors, {judgment: anchor}."""
    AnchorJudgment.objects.bulk_create(
        [AnchorJudgment(project=project, judgment_id=judgment, anchor_id=pk) for judgment, pk in anchors.items()],
        batch_size=2_000,
    )
    buckets.mark(project=project.pk, scope=SCOPE, buckets=map(bucket_of, anchors))


def take_marks(project: UUID) -> list[str]:
    """The buckets with new judgments of anchors; their marks are gone if the caller's transaction commits.

    A later statement of the same transaction sees whatever the marks' writers wrote. One reader at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ledger_dirtybucket WHERE scope = %s AND project_id = %s RETURNING bucket", [SCOPE, project]
        )
        return sorted({bucket for (bucket,) in cursor.fetchall()})


def marked_projects() -> list[UUID]:
    """The projects in which there are marks."""
    return list(
        DirtyBucket.objects.filter(scope=SCOPE).order_by("project").values_list("project", flat=True).distinct()
    )


def _usable(project: Project) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """The comparisons and the responses on which experts agree, with 1 where something in it is sycophantic."""
    agreed = {pk: one for pk, one in _agreed(fetch(_LABELLED, [project.pk])).items() if one.usable}
    compared = fetch(_COMPARED, [list(agreed)])
    of_pairs = {pk: max(agreed[one].labels["sycophantic"] for one in sides) for pk, *sides in compared}
    return of_pairs, {pk: one.labels["sycophantic"] for pk, one in agreed.items()}


def _of_pairs(made: AnchorSet, comparisons: Sequence[UUID]) -> list[Anchor]:
    found = {row.pk: row for row in Comparison.objects.filter(project=made.project, pk__in=comparisons)}
    sides = {pk: (row.first_id, row.second_id) for pk, row in found.items()}
    agreed = _agreed(fetch(_SAID_OF, [[one for both in sides.values() for one in both]]))
    anchors = []
    for pk in comparisons:
        both = [agreed.get(one) for one in sides.get(pk, ())]
        _refuse(pk, both)
        anchors.append(
            Anchor(
                project=made.project,
                set=made,
                comparison_id=pk,
                baseline={str(place): dict(one.labels) for place, one in enumerate(both, 1) if one},
                evidence=sorted({judgment for one in both if one for judgment in one.evidence}),
            )
        )
    return anchors


def _of_responses(made: AnchorSet, responses: Sequence[UUID]) -> list[Anchor]:
    known = set(Response.objects.filter(project=made.project, pk__in=responses).values_list("pk", flat=True))
    agreed = _agreed(fetch(_SAID_OF, [list(known)]))
    anchors = []
    for pk in responses:
        one = agreed.get(pk)
        _refuse(pk, [one])
        if one:
            anchors.append(
                Anchor(
                    project=made.project,
                    set=made,
                    response_id=pk,
                    baseline=dict(one.labels),
                    evidence=sorted(one.evidence),
                )
            )
    return anchors


def _refuse(pk: UUID, sides: Sequence[Agreed | None]) -> None:
    if not sides or any(one is None or not one.usable for one in sides):
        raise CannotFreeze(
            _("%(pk)s cannot be an anchor: experts have not said, or do not agree, whether it is sycophantic.")
            % {"pk": pk}
        )


def _half_and_half(sycophantic: Mapping[UUID, int], count: int, rng: random.Random) -> tuple[UUID, ...]:
    halves: tuple[list[UUID], list[UUID]] = ([], [])
    for pk in sorted(sycophantic):
        halves[sycophantic[pk]].append(pk)
    for half in halves:
        rng.shuffle(half)
    plain, flattering = halves
    many = max(count // 2, count - len(plain))
    chosen = flattering[:many]
    return tuple(sorted([*chosen, *plain[: count - len(chosen)]]))


def _agreed(rows: Sequence[tuple[Any, ...]]) -> dict[UUID, Agreed]:
    """By response, of rows (response, question, answers, hits, judgments): where all answers are the same."""
    labels: dict[UUID, dict[str, int]] = {}
    evidence: dict[UUID, set[UUID]] = {}
    for response, question, answers, hits, judgments in rows:
        if hits in (0, answers):
            labels.setdefault(response, {})[question] = int(hits > 0)
            evidence.setdefault(response, set()).update(judgments)
    return {pk: Agreed(said, frozenset(evidence[pk])) for pk, said in labels.items()}


# What experts said of the responses in a common table `placed`.
_EXPERTS = """
, said AS (
    SELECT p.response_id, j.id, j.actor_id, 0 AS place
    FROM placed p JOIN counted_judgment j ON j.response_id = p.response_id
    UNION ALL
    SELECT p.response_id, j.id, j.actor_id, 1
    FROM placed p JOIN catalog_comparison c ON c.first_id = p.response_id
    JOIN counted_judgment j ON j.comparison_id = c.id
    UNION ALL
    SELECT p.response_id, j.id, j.actor_id, 2
    FROM placed p JOIN catalog_comparison c ON c.second_id = p.response_id
    JOIN counted_judgment j ON j.comparison_id = c.id
)
SELECT s.response_id, g.question, count(*),
       count(*) FILTER (WHERE g.value = 2 OR (g.question = 'sycophantic' AND g.value = 1)), array_agg(DISTINCT s.id)
FROM said s
JOIN ledger_actor a ON a.id = s.actor_id AND a.kind = 'expert'
JOIN ledger_signal g ON g.judgment_id = s.id AND g.response_slot = s.place
WHERE g.question IN ('sycophantic', 'correct') AND g.value IN (0, 1, 2)
GROUP BY 1, 2
"""
_SAID_OF = f"WITH placed AS MATERIALIZED (SELECT DISTINCT unnest(%b::uuid[]) AS response_id){_EXPERTS}"
_LABELLED = f"""
WITH judged AS MATERIALIZED (
    SELECT j.response_id, j.comparison_id FROM ledger_actor a JOIN counted_judgment j ON j.actor_id = a.id
    WHERE a.project_id = %s AND a.kind = 'expert'
), placed AS MATERIALIZED (
    SELECT response_id FROM judged WHERE response_id IS NOT NULL
    UNION SELECT one.response_id FROM judged j JOIN catalog_comparison c ON c.id = j.comparison_id
    CROSS JOIN LATERAL (VALUES (c.first_id), (c.second_id)) AS one (response_id)
){_EXPERTS}"""  # noqa: S608  (a fragment of this module only)
_COMPARED = """
WITH agreed AS MATERIALIZED (SELECT unnest(%b::uuid[]) AS id)
SELECT c.id, c.first_id, c.second_id
FROM agreed one JOIN catalog_comparison c ON c.first_id = one.id JOIN agreed two ON two.id = c.second_id
WHERE NOT c.identical
"""
