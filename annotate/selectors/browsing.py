"""Which comparisons have all of several things, newest first, however common or rare each of them is.

Each thing (a family, a bundle, …) is a facet: an index that gives its comparisons in order. The walk goes back in
stretches. At each it looks how far back a fixed number of entries reaches in every facet, walks along the facet that
reaches furthest (the sparsest one there), and asks the others about each of its entries. It begins where the last
of the facets begins, so what lies apart in time is skipped. What it cannot do quickly (two common things that never
meet) it leaves off when its time is up, and says where.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

# Entries of a stretch: the first is soon done, and one that finds little is followed by a longer one.
_STRETCH, _LONGEST, _GROWTH = 1_000, 16_000, 4
SECONDS = 0.06
_NEWEST = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that comparisons may have.

    `walks` select `id` of its comparisons, each in the order of an index; `asks` is an expression that says whether
    `d.id` has it; `proof` is asked last, of the few that all the others let through.
    """

    walks: tuple[str, ...]
    asks: str
    values: dict[str, Any]
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The ids found, newest first; `searched_to` is where the walk left off if it did not come to the end."""

    ids: list[UUID]
    searched_to: UUID | None


def everything(project: UUID) -> Facet:
    """All comparisons of a project."""
    return _of_row("project_id = %(project)s", {"project": project})


def family(project: UUID, name: str) -> Facet:
    """Those whose prompt is of this family."""
    return _of_row("project_id = %(project)s AND family = %(family)s", {"project": project, "family": name})


def source(project: UUID, name: str) -> Facet:
    """Those that came from this file."""
    return _of_row("project_id = %(project)s AND source = %(source)s", {"project": project, "source": name})


def named(project: UUID, external_id: str) -> Facet:
    """The one that its file calls so."""
    condition = "project_id = %(project)s AND external_id = %(external_id)s"
    return _of_row(condition, {"project": project, "external_id": external_id})


def bundle(pk: UUID) -> Facet:
    """Those in which this bundle wrote either response."""
    sides = ("first_bundle_id = %(bundle)s", "second_bundle_id = %(bundle)s")
    return Facet(
        walks=tuple(f"SELECT id FROM catalog_comparison WHERE {side}" for side in sides),  # noqa: S608
        asks=_row_has(" OR ".join(sides)),
        values={"bundle": pk},
    )


def campaign(pk: UUID) -> Facet:
    """Those that this campaign asks about."""
    tasks = "FROM annotate_task WHERE campaign_id = %(campaign)s AND kind <> 'anchor'"
    return Facet(
        walks=(f"SELECT id FROM (SELECT comparison_id AS id {tasks}) t WHERE true",),  # noqa: S608
        asks=f"(SELECT true {tasks} AND comparison_id = d.id LIMIT 1)",
        values={"campaign": pk},
    )


def label(project: UUID, question: str, value: int) -> Facet:
    """Those with a counted judgment that gives this answer."""
    said = "FROM ledger_mention WHERE project_id = %(project)s AND question = %(question)s AND value = %(value)s"
    return Facet(
        walks=(f"SELECT id FROM (SELECT comparison_id AS id {said}) m WHERE true",),  # noqa: S608
        asks=f"(SELECT true {said} AND comparison_id = d.id)",
        values={"project": project, "question": question, "value": value},
        proof="(SELECT true FROM counted_judgment j JOIN ledger_signal s ON s.judgment_id = j.id "
        "WHERE j.comparison_id = d.id AND s.question = %(question)s AND s.value = %(value)s LIMIT 1)",
    )


def newest(facets: Sequence[Facet], *, before: UUID | None, most: int, seconds: float = SECONDS) -> Found:
    """Up to `most` comparisons with all facets, newest first, older than `before`."""
    began = time.perf_counter()
    found: list[UUID] = []
    upto, stretch = (UUID(int=before.int - 1) if before and before.int else before or _NEWEST), _STRETCH
    while True:
        places = _look_ahead(facets, upto, stretch)
        if any(first is None for first, _ in places):
            return Found(found, None)
        start = min(first for first, _ in places if first is not None)
        driver = min(range(len(facets)), key=lambda n: places[n][1] or UUID(int=0))
        reach = places[driver][1]
        found += _walk(facets, driver, (reach or UUID(int=0), start), stretch, most - len(found))
        if len(found) == most or reach is None:
            return Found(found, None)
        if time.perf_counter() - began > seconds:
            return Found(found, reach)
        upto, stretch = UUID(int=reach.int - 1), min(stretch * _GROWTH, _LONGEST)


def _of_row(condition: str, values: dict[str, Any]) -> Facet:
    return Facet((f"SELECT id FROM catalog_comparison WHERE {condition}",), _row_has(condition), values)  # noqa: S608


def _row_has(condition: str) -> str:
    return f"(SELECT true FROM catalog_comparison WHERE id = d.id AND ({condition}))"  # noqa: S608


def _look_ahead(facets: Sequence[Facet], upto: UUID, stretch: int) -> list[tuple[UUID | None, UUID | None]]:
    """By facet: its newest comparison, and the one that ends a stretch (None: it ends before)."""
    parts = [
        f"SELECT ({_ordered(facet, 'id <= %(upto)s', '1')}), ({_ordered(facet, 'id <= %(upto)s', '1', skip=True)})"
        for facet in facets
    ]
    return _rows(" UNION ALL ".join(parts), facets, {"upto": upto, "stretch": stretch - 1})


def _walk(facets: Sequence[Facet], driver: int, between: tuple[UUID, UUID], stretch: int, most: int) -> list[UUID]:
    """Those of the stretch along one facet that have the others too."""
    others = [facet.asks for n, facet in enumerate(facets) if n != driver]
    asked = [*others, *(facet.proof for facet in facets if facet.proof)]
    walked = _ordered(facets[driver], "id BETWEEN %(reach)s AND %(start)s", "ALL")
    statement = f"SELECT id FROM ({walked}) d WHERE {' AND '.join(asked) or 'true'} LIMIT %(most)s"  # noqa: S608
    values = {"reach": between[0], "start": between[1], "stretch": stretch, "most": most}
    return [pk for (pk,) in _rows(statement, facets, values)]


def _ordered(facet: Facet, within: str, limit: str, *, skip: bool = False) -> str:
    """The facet's ids within a range, the newest first; a comparison that two of its walks find is one."""
    offset = " OFFSET %(stretch)s" if skip else ""
    if len(facet.walks) == 1:
        return f"{facet.walks[0]} AND {within} ORDER BY id DESC LIMIT {limit}{offset}"
    # Of each walk no more than a stretch: without a limit it would be read whole and sorted.
    walks = (f"({walk} AND {within} ORDER BY id DESC LIMIT %(stretch)s + 1)" for walk in facet.walks)
    return f"SELECT id FROM ({' UNION '.join(walks)}) b ORDER BY id DESC LIMIT {limit}{offset}"  # noqa: S608


def _rows(statement: str, facets: Sequence[Facet], more: dict[str, Any]) -> list[Any]:
    values = {name: value for facet in facets for name, value in facet.values.items()}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, **more})
        rows: list[Any] = cursor.fetchall()
    return rows
