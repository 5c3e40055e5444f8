"""What was said of answers, in the rubric's words: for the inbox and beside the transcript."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from alpha.axes import AXES
from alpha.models import AxisAnswer, Choice, Said, Triage
from core.ledger import rubrics
from core.ledger.models import CountedJudgment, Judgment, Signal, Words
from core.ledger.rubrics import BOTH_BAD
from core.text.plain import excerpt

MEANINGS = ("correct", "sycophantic", "cold")


@dataclass(frozen=True, slots=True)
class Tag:
    """One thing that was said; `meaning` is the label whose hue and sign it has, if it is one."""

    words: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What an expert quotes for an axis."""

    axis: str
    words: str


@dataclass(frozen=True)
class Remark:
    """One judgment as people read it: `title` is its kind, `steps` what became of it, `down` a thumb down."""

    said: Said
    judgment: Judgment
    title: str
    tags: Sequence[Tag]
    note: str = ""
    quotes: Sequence[Quote] = ()
    down: bool = False
    steps: Sequence[Triage] = ()

    @property
    def state(self) -> str:
        """Where it stands, if it is a flag."""
        return self.steps[-1].state if self.steps else Triage.State.NEW

    @property
    def is_flag(self) -> bool:
        """Whether it is one of those answers that may have to be looked at; a spot check is judged by its axes."""
        return self.kind in (Said.Kind.FELT_OFF, Said.Kind.REPORT) or (self.kind == Said.Kind.THUMB and self.down)

    @property
    def kind(self) -> str:
        return self.said.kind

    @property
    def answered(self) -> str:
        """The beginning of the answer as plain words, empty where they were erased."""
        return excerpt(self.said.answer.text or "", 280)

    @property
    def who(self) -> str:
        return str(self.judgment.actor.pseudonym)

    @property
    def at(self) -> datetime:
        return self.judgment.said_at or self.judgment.recorded_at

    @property
    def state_label(self) -> str:
        return str(Triage.State(self.state).label)


@dataclass(slots=True)
class _Known:
    """What is looked up for many judgments at once."""

    signals: Mapping[UUID, Mapping[str, int]] = field(default_factory=dict)
    words: Mapping[UUID, Mapping[str, object]] = field(default_factory=dict)
    steps: Mapping[UUID, Sequence[Triage]] = field(default_factory=dict)
    axes: Mapping[UUID, Sequence[AxisAnswer]] = field(default_factory=dict)
    choices: Mapping[UUID, Choice] = field(default_factory=dict)


def counted(said: Iterable[Said]) -> list[Said]:
    """Those of them that count: not taken back, replaced or ruled out."""
    rows = list(said)
    kept = set(CountedJudgment.objects.filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
    return [one for one in rows if one.pk in kept]


def remarks_of(said: Iterable[Said]) -> list[Remark]:
    """These in words, in the order given; each with `judgment__actor` and `judgment__rubric_version` selected."""
    rows = list(said)
    known = _known([one.pk for one in rows])
    return [_remark(one, known) for one in rows]


def _known(keys: Sequence[UUID]) -> _Known:
    signals: dict[UUID, dict[str, int]] = defaultdict(dict)
    for signal in Signal.objects.filter(judgment__in=keys).order_by("judgment", "question"):
        signals[signal.judgment_id][signal.question] = signal.value
    axes: dict[UUID, list[AxisAnswer]] = defaultdict(list)
    for answer in AxisAnswer.objects.filter(check_of__judgment__in=keys).select_related("check_of").order_by("axis"):
        axes[answer.check_of.judgment_id].append(answer)
    steps: dict[UUID, list[Triage]] = defaultdict(list)
    for step in Triage.objects.filter(judgment__in=keys).order_by("pk"):
        steps[step.judgment_id].append(step)
    choices = Choice.objects.filter(judgment__in=keys).select_related("first__voice__bundle", "second__voice__bundle")
    return _Known(
        signals,
        dict(Words.objects.filter(judgment__in=keys).values_list("judgment", "body")),
        steps,
        axes,
        {one.judgment_id: one for one in choices},
    )


def _remark(said: Said, known: _Known) -> Remark:
    judgment, words = said.judgment, known.words.get(said.pk) or {}
    note, quotes = words.get("note"), words.get("quotes")
    return Remark(
        said=said,
        judgment=judgment,
        title=_title(said, known.signals.get(said.pk, {})),
        tags=_tags(said, known),
        note=note if isinstance(note, str) else "",
        quotes=[Quote(axis_said(str(axis)), str(text)) for axis, text in quotes.items()]
        if isinstance(quotes, dict)
        else (),
        down=known.signals.get(said.pk, {}).get("thumb") == -1,
        steps=known.steps.get(said.pk, ()),
    )


def _title(said: Said, signals: Mapping[str, int]) -> str:
    if said.kind == Said.Kind.THUMB:
        return _("thumb down") if signals.get("thumb") == -1 else _("thumb up")
    return str(said.get_kind_display())


def _tags(said: Said, known: _Known) -> list[Tag]:
    if said.kind == Said.Kind.CHECK:
        # What was seen comes first: an expert answers every axis, and most of them by no.
        seen = sorted(known.axes.get(said.pk, ()), key=lambda one: _SEEN.index(one.seen))
        return [_axis_tag(one) for one in seen]
    if said.kind == Said.Kind.CHOICE:
        return [_choice_tag(known.signals.get(said.pk, {}), known.choices.get(said.pk))]
    version = said.judgment.rubric_version
    rubric = rubrics.parse(version.questions).by_key if version else {}
    signals = known.signals.get(said.pk, {})
    # As the rubric asks; a detail after its question. What the title says already is not said again.
    order = {question: n for n, question in enumerate(rubric)}
    told = sorted(signals, key=lambda question: (order.get(question.partition(".")[0], len(order)), question))
    return [_signal_tag(question, signals[question], rubric) for question in told if question not in _IN_TITLE]


_IN_TITLE = ("thumb", "felt_off")
_SEEN = (AxisAnswer.Seen.YES, AxisAnswer.Seen.UNSURE, AxisAnswer.Seen.NO)


def axis_said(key: str) -> str:
    """What an axis is called."""
    return AXES[key].shown_label if key in AXES else key


def _axis_tag(one: AxisAnswer) -> Tag:
    words = f"{axis_said(one.axis)}: {one.get_seen_display()}"
    if one.severity:
        words += ", " + _("severity %(n)s of 3") % {"n": one.severity}
    return Tag(words)


def _choice_tag(signals: Mapping[str, int], choice: Choice | None) -> Tag:
    value = signals.get("overall")
    if value is None or choice is None:
        return Tag(_("nothing chosen"))
    if value == BOTH_BAD:
        return Tag(_("both bad"))
    if value == 0:
        return Tag(_("equally good"))
    better = choice.first if value < 0 else choice.second
    degree = (_("slightly better"), _("better"), _("much better"))[abs(value) - 1]
    return Tag(f"{better.voice.bundle.name}: {degree}")


def _signal_tag(question: str, value: int, rubric: Mapping[str, rubrics.Question]) -> Tag:
    main, _dot, detail = question.partition(".")
    asked = rubric.get(main)
    meaning = main if main in MEANINGS else ""
    if asked is None:
        return Tag(f"{question}: {value}", meaning)
    options = asked.details if detail else asked.options
    found = next((one for one in options if (one.key == detail if detail else one.value == value)), None)
    answer = _(found.label) if found else str(value)
    if detail or main in ("thumb_reason", "report"):
        return Tag(answer, meaning)
    return Tag(f"{_(asked.label)}: {answer}", meaning)
