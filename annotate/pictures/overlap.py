"""On how much of what was judged agreement can be measured: things that two raters or more answered about."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotate.pictures.rates import Rate, missing
from annotate.selectors.tally import Overlap, Tally
from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.figures import Part, parts
from core.charts.picture import Picture, picture
from core.charts.words import percent
from core.ledger.rubrics import Question, Rubric
from stats.proportions import Clusters, Proportion, proportion
from stats.sufficiency import InsufficientData

_MANY = 5  # raters; more than that are one column
# In the order in which they are shown.
_GROUPS = (gettext_noop("epistemic"), gettext_noop("social"), gettext_noop("choice"))


def overlap(rubric: Rubric, tally: Tally, provenance: Provenance) -> Picture:
    """Per question of the rubric: the things with answers by one, two, three … raters, and how often two agree."""
    title = _("Answers by two raters or more")
    asked = [question for question in rubric.questions if question.key in tally.overlap]
    asked.sort(key=lambda question: _GROUPS.index(question.group))
    if not asked:
        return Picture("overlap", title, _("Nobody has answered anything yet."))
    counts = {question.key: tally.overlap[question.key] for question in asked}
    rows = [_part(question, counts[question.key]) for question in asked]
    return picture(
        name="overlap",
        title=title,
        verdict=_verdict(rows),
        specs=[parts(rows, title=_("share of what was answered about"))],
        table=_table(asked, {key: (one, _agreement(one)) for key, one in counts.items()}),
        provenance=provenance,
    )


def _part(question: Question, counts: Overlap) -> Part:
    ready, every = counts.at_least(2), counts.at_least(1)
    said = _("%(ready)s of %(every)s") % {"ready": f"{ready:,}", "every": f"{every:,}"}
    return Part(_(question.label), said, ready, every)


def _verdict(rows: list[Part]) -> str:
    shares = sorted(row.part / row.whole for row in rows)
    if not shares[-1]:
        return _("Nothing has answers by two raters yet, so agreement cannot be measured.")
    least, most = percent(shares[0]), percent(shares[-1])
    if least == most:
        return _("Agreement can be measured on %(share)s of what was answered about.") % {"share": most}
    words = _("Agreement can be measured on %(least)s to %(most)s of what was answered about, by question.")
    return words % {"least": least, "most": most}


def _agreement(counts: Overlap) -> Rate:
    """The share of pairs of answers about the same thing that are equal, with its interval over comparisons."""
    try:
        return proportion(Clusters.of("comparisons", counts.pairs))
    except InsufficientData as error:
        return error


def _table(asked: list[Question], found: dict[str, tuple[Overlap, Rate]]) -> Table:
    numbers = [str(n) if n < _MANY else f"{n}+" for n in range(1, _MANY + 1)]
    columns = (
        Column("question", _("Question"), number=False),
        Column("group", _("Group"), number=False),
        *(Column(f"raters_{n}", _("%(n)s raters") % {"n": n} if n != "1" else _("1 rater")) for n in numbers),
        Column("pairs", _("Pairs of answers")),
        Column("agree", _("Equal")),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("note", _("Note"), number=False),
    )
    rows, shown = [], []
    for question in asked:
        counts, agreed = found[question.key]
        by_raters = [counts.exactly(n) if n < _MANY else counts.at_least(n) for n in range(1, _MANY + 1)]
        pairs = sum(n * count for n, _equal, count in counts.pairs)
        known = isinstance(agreed, Proportion)
        shares = (agreed.estimate, agreed.low, agreed.high) if isinstance(agreed, Proportion) else (None, None, None)
        note = "" if isinstance(agreed, Proportion) else missing(agreed)
        row: dict[str, Cell] = {"question": question.key, "group": question.group, "pairs": pairs, "note": note}
        row |= {f"raters_{n}": count for n, count in zip(numbers, by_raters, strict=True)}
        row |= dict(zip(("agree", "low", "high"), shares, strict=True))
        rows.append(row)
        assert known or note
        shown.append(
            (
                _(question.label),
                _(question.group),
                *(f"{count:,}" for count in (*by_raters, pairs)),
                *(percent(share) if share is not None else "–" for share in shares),
                note,
            )
        )
    return Table(columns, rows, shown)
