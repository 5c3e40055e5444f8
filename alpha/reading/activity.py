"""What goes on in a programme: people, conversations and turns in all and by day, flags by state, tokens spent."""

from collections import Counter
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from alpha.models import Budget, Programme, Volunteer
from alpha.reading import inbox

Body = dict[str, Any]

_BY_DAY = """
SELECT (m.at AT TIME ZONE 'UTC')::date, count(*), count(DISTINCT c.id), count(DISTINCT c.actor_id)
FROM alpha_message m JOIN alpha_conversation c ON c.id = m.conversation_id
WHERE c.programme_id = %s AND c.purpose = 'chat' GROUP BY 1 ORDER BY 1
"""
_TOTALS = """
SELECT count(DISTINCT c.id), count(DISTINCT c.id) FILTER (WHERE c.mode = 'side_by_side'),
    count(DISTINCT c.id) FILTER (WHERE c.simulated), count(DISTINCT c.actor_id), count(DISTINCT m.id)
FROM alpha_conversation c LEFT JOIN alpha_message m ON m.conversation_id = c.id
WHERE c.programme_id = %s AND c.purpose = 'chat'
"""
_ANSWERS = """
SELECT a.state, count(*) FROM alpha_answer a
JOIN alpha_message m ON m.id = a.message_id JOIN alpha_conversation c ON c.id = m.conversation_id
WHERE c.programme_id = %s AND c.purpose = 'chat' GROUP BY 1
"""


def _rows(statement: str, programme: Programme) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [programme.pk])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def by_day(programme: Programme) -> list[Body]:
    """Turns, conversations and people of each day (UTC) on which anybody wrote."""
    names = ("turns", "conversations", "people")
    return [
        {"day": day.isoformat(), **dict(zip(names, counts, strict=True))} for day, *counts in _rows(_BY_DAY, programme)
    ]


def totals(programme: Programme) -> Body:
    """Counts over the whole programme, spot checks left out; `answers` by state."""
    names = ("conversations", "side_by_side", "simulated", "people", "turns")
    [row] = _rows(_TOTALS, programme)
    return {**dict(zip(names, row, strict=True)), "answers": dict(_rows(_ANSWERS, programme))}


def volunteers(programme: Programme) -> Body:
    """How many places there are by state, and how many there may be."""
    counted = Counter(Volunteer.objects.filter(programme=programme).values_list("state", flat=True))
    return {**{state: counted[state] for state in Volunteer.State.values}, "most": programme.most_volunteers}


def flags(programme: Programme) -> Body:
    """How many things wait or were settled, by what became of them."""
    counted = Counter(inbox.flags_in(programme).values_list("triage", flat=True))
    return {state: counted[state] for state in inbox.STATES}


def budget(programme: Programme, today: date | None = None) -> Body:
    """Tokens used and held, in all and today, and what the programme may take."""
    day = today or timezone.now().date()
    rows = Budget.objects.filter(programme=programme, actor=None)
    return {
        "tokens": programme.tokens,
        "tokens_a_day": programme.tokens_a_day,
        **_spent(rows.filter(day=None), ""),
        **_spent(rows.filter(day=day), "_today"),
    }


def _spent(rows: Any, suffix: str) -> Body:
    found = rows.aggregate(used=Sum("used"), held=Sum("held"))
    return {f"{name}{suffix}": found[name] or 0 for name in ("used", "held")}
