"""How a conversation's scores go from turn to turn, as small lines that are drawn without a drawing engine."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from alpha.pictures.moving import source_said
from alpha.reading.talks import LEAST_SCORED, Course, measure_said
from core.charts.chart import Cell, Chart, Column, Provenance, Table
from core.charts.words import label
from core.version import code_version

WIDTH, HEIGHT = 160, 32
_EDGE = 4


@dataclass(frozen=True, slots=True)
class Spark:
    """One line: its points in the drawing's units, what it is, how far it strays, and the same in a sentence."""

    title: str
    bundle: str
    source: str
    path: str
    dots: Sequence[tuple[float, float]]
    said: str
    sentence: str
    rows: Sequence[tuple[int, str]]


def sparks_of(courses: Sequence[Course]) -> list[Spark]:
    """A line for each course; 1 is at the top."""
    return [_spark(course) for course in courses]


def _spark(course: Course) -> Spark:
    dots = _dots([point.n for point in course.points], [point.score for point in course.points])
    scores = ", ".join(f"{point.score:.2f}" for point in course.points)
    title, source = measure_said(course.measure), source_said("words" if course.by_words else "labels")
    deviation = course.deviation
    lacking = _("fewer than %(least)s turns") % {"least": LEAST_SCORED}
    said = lacking if deviation is None else f"±\u202f{deviation:.2f}"
    words = _("%(title)s of %(bundle)s, %(source)s, turn by turn from 0 to 1: %(scores)s")
    return Spark(
        title=title,
        bundle=course.bundle,
        source=source,
        path=" ".join(f"{'L' if n else 'M'}{x} {y}" for n, (x, y) in enumerate(dots)),
        dots=dots,
        said=said,
        sentence=words % {"title": title, "bundle": label(course.bundle, 40), "source": source, "scores": scores},
        rows=[(point.n, f"{point.score:.2f}") for point in course.points],
    )


def _dots(turns: Sequence[int], scores: Sequence[float]) -> list[tuple[float, float]]:
    first, last = turns[0], turns[-1]
    wide, high = WIDTH - 2 * _EDGE, HEIGHT - 2 * _EDGE
    return [
        (
            round(_EDGE + (wide * (n - first) / (last - first) if last > first else wide / 2), 1),
            round(_EDGE + high * (1 - score), 1),
        )
        for n, score in zip(turns, scores, strict=True)
    ]


def chart_of(courses: Sequence[Course]) -> Chart:
    """The scores as a table to take away."""
    columns = [
        Column("turn", _("Turn")),
        Column("measure", _("What"), number=False),
        Column("place", _("Place")),
        Column("bundle", _("Bundle"), number=False),
        Column("score", _("Score")),
        Column("source", _("From"), number=False),
    ]
    rows: list[dict[str, Cell]] = [
        {
            "turn": point.n,
            "measure": course.measure,
            "place": course.place,
            "bundle": course.bundle,
            "score": point.score,
            "source": point.source,
        }
        for course in courses
        for point in course.points
    ]
    shown = [[str(value) for value in row.values()] for row in rows]
    provenance = Provenance(timezone.now(), code_version())
    return Chart("scores", _("Scores turn by turn"), [], Table(columns, rows, shown), provenance)
