"""How often raters give each label to each bundle, with intervals that know who said it and about what."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from annotate.pictures.rates import Rate, missing
from annotate.selectors.tally import LabelCounts, Tally
from core.charts.chart import Cell, Column, Provenance, Table
from core.charts.figures import Interval, intervals
from core.charts.frame import MOST_ROWS
from core.charts.picture import Picture, picture
from core.charts.words import label as in_words
from core.charts.words import percent, span
from stats.proportions import Clusters, Proportion, proportion
from stats.sufficiency import InsufficientData

_IN_A_SENTENCE = 2


def label_rates(key: str, title: str, tally: Tally, provenance: Provenance) -> Picture:
    """The share of each bundle's answers that give this label; one row where bundles are not told apart."""
    counts = {name: counted for (question, name), counted in tally.labels.items() if question == key}
    rates = {name: rate_of(counts[name]) for name in sorted(counts)}
    if not rates:
        return Picture(key, title, _("Nobody has answered this yet."), meaning=key)
    # The figure shows those with the most answers; the table has all.
    most = sorted(rates, key=lambda name: (-counts[name].answers, name))[:MOST_ROWS]
    rows = [_interval(name, rates[name]) for name in sorted(most)]
    return picture(
        name=key,
        title=title,
        verdict=_verdict(key, rates),
        specs=[intervals(rows, meaning=key, title=_("share of the answers, with 95 % interval"))],
        table=_table(rates, counts),
        provenance=provenance,
        meaning=key,
    )


def rate_of(counts: LabelCounts) -> Rate:
    """The rate with its interval, clustered by rater and by comparison; or how much is missing for one."""
    try:
        return proportion(Clusters.of("raters", counts.by_rater), Clusters.of("comparisons", counts.by_comparison))
    except InsufficientData as error:
        return error


def _interval(name: str, rate: Rate) -> Interval:
    if isinstance(rate, InsufficientData):
        return Interval(_named(name), missing(rate))
    said = f"{percent(rate.estimate)} ({span(rate, '–')}), n {rate.n:,}"
    return Interval(_named(name), said, rate.estimate, rate.low, rate.high)


def _named(name: str) -> str:
    return in_words(name) or _("all responses")


def _verdict(key: str, rates: Mapping[str, Rate]) -> str:
    known = [(name, rate) for name, rate in rates.items() if isinstance(rate, Proportion)]
    if not known:
        [(name, rate), *_rest] = rates.items()
        assert isinstance(rate, InsufficientData)
        return _("No rate to show yet. %(bundle)s: %(missing)s.") % {"bundle": _named(name), "missing": missing(rate)}
    known.sort(key=lambda each: (-each[1].estimate, each[0]))
    first, *others = [
        {"bundle": _named(name), "share": percent(rate.estimate), "span": span(rate)} for name, rate in known
    ][:_IN_A_SENTENCE]
    clauses = [_("in %(share)s of the answers about %(bundle)s (%(span)s)") % first]
    clauses += [_("in %(share)s about %(bundle)s (%(span)s)") % other for other in others]
    words = {
        "correct": _("Called correct %(rates)s."),
        "sycophantic": _("Called at least somewhat sycophantic %(rates)s."),
        "cold": _("Called at least somewhat cold %(rates)s."),
    }[key]
    said = words % {"rates": ", ".join(clauses)}
    more = len(rates) - len(clauses)
    return said + " " + _("%(more)s more in the numbers.") % {"more": more} if more else said


def _table(rates: Mapping[str, Rate], counts: Mapping[str, LabelCounts]) -> Table:
    columns = (
        Column("bundle", _("Bundle"), number=False),
        Column("share", _("Share")),
        Column("low", _("From")),
        Column("high", _("To")),
        Column("answers", _("Answers")),
        Column("say_so", _("Say so")),
        Column("cannot_tell", _("Cannot tell")),
        Column("comparisons", _("Comparisons")),
        Column("raters", _("Raters")),
        Column("note", _("Note"), number=False),
    )
    rows: list[dict[str, Cell]] = []
    shown = []
    for name, rate in rates.items():
        counted = counts[name]
        known = isinstance(rate, Proportion)
        numbers: dict[str, Cell] = {
            "answers": counted.answers,
            "say_so": counted.hits,
            "cannot_tell": counted.unclear,
            "comparisons": counted.comparisons,
            "raters": counted.raters,
        }
        note = "" if isinstance(rate, Proportion) else missing(rate)
        share, low, high = (rate.estimate, rate.low, rate.high) if isinstance(rate, Proportion) else (None, None, None)
        rows.append({"bundle": name, "share": share, "low": low, "high": high, **numbers, "note": note})
        shares = [percent(value) if value is not None else "–" for value in (share, low, high)]
        assert known or note
        shown.append((_named(name), *shares, *(f"{value:,}" for value in numbers.values()), note))
    return Table(columns, rows, shown)
