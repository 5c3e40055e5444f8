"""What people fill in when they set an experiment up, step by step. Forms read; the verbs refuse and save."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from abtest.assignment import WHOLE
from abtest.metrics import METRICS
from abtest.models import Experiment
from abtest.pictures.numbers import GUARDED, GUARDRAIL_NAMES, MEANINGS, UNITS
from abtest.plans import LABEL_RATE, Plan
from abtest.shaping import ArmWish

PERCENT = WHOLE // 100
"""Millionths in a percent."""

LEAST_ROWS = 4
"""So many arms can be filled in at once; one that has more shows them all."""

_DECIMAL = {"step": "any", "inputmode": "decimal"}
_WHOLE = {"inputmode": "numeric"}


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


class TriedForm(forms.Form):
    """What is tried: a name, what is expected and why, the bundles and their shares of the units."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"dir": "auto"}))
    key = forms.SlugField(
        label=_("Key"),
        max_length=60,
        help_text=_("Events and clients name it: lower-case letters, digits, hyphens. It stays as it is."),
    )
    hypothesis = forms.CharField(
        label=_("Hypothesis"),
        max_length=4000,
        widget=_area(4),
        required=False,
        help_text=_("What you expect to change, in which direction, and why. It must be there before the start."),
    )
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=Experiment.Unit.choices,
        widget=forms.RadioSelect,
        initial=Experiment.Unit.USER,
        help_text=_("Who stays in an arm, and what the variance is computed over."),
    )

    def __init__(
        self, *args: Any, experiment: Experiment | None = None, arms: Sequence[ArmWish] = (), **kwargs: Any
    ) -> None:
        if experiment is not None:
            kwargs["initial"] = {
                "name": experiment.name,
                "unit": experiment.unit,
                "hypothesis": experiment.plan.get("hypothesis", ""),
            }
        super().__init__(*args, **kwargs)
        self._arms = [(one.bundle, f"{one.share / PERCENT:g}") for one in arms] or [("", "50"), ("", "50")]
        self._keys = [one.key for one in arms]
        self._rows = max(LEAST_ROWS, len(self._arms))
        for n in range(self._rows):
            self._add_arm(n)
        if experiment is not None:
            del self.fields["key"]

    def _add_arm(self, n: int) -> None:
        bundle, share = self._arms[n] if n < len(self._arms) else ("", "")
        self.fields[f"bundle-{n}"] = forms.CharField(
            label=_("Control") if n == 0 else _("Candidate") if n == 1 else _("Another candidate"),
            max_length=120,
            required=n < 2,
            initial=bundle,
            widget=forms.TextInput(attrs={"list": "bundles", "dir": "auto", "autocomplete": "off"}),
        )
        self.fields[f"share-{n}"] = forms.FloatField(
            label=_("Share, percent"),
            required=n < 2,
            min_value=0.0001,
            max_value=99.9999,
            initial=share,
            widget=forms.NumberInput(attrs=_DECIMAL),
        )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each arm: its bundle and its share."""
        return [(self[f"bundle-{n}"], self[f"share-{n}"]) for n in range(self._rows)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for n in range(self._rows):
            if given.get(f"bundle-{n}") and not given.get(f"share-{n}") and f"share-{n}" not in self.errors:
                self.add_error(f"share-{n}", _now("Say which share of the units this arm gets."))
        return given

    def values(self) -> dict[str, Any]:
        """The arguments of `experimenting` beside the plan: name, unit and arms, and the key of a new one."""
        given = self.cleaned_data
        kept: dict[str, Any] = {name: given[name] for name in ("name", "key", "unit") if name in given}
        filled = [n for n in range(self._rows) if given.get(f"bundle-{n}")]
        keys = [self._key(n) for n in filled]
        arms = [
            ArmWish(key, given[f"bundle-{n}"].strip(), round(PERCENT * given[f"share-{n}"]))
            for key, n in zip(keys, filled, strict=True)
        ]
        return {**kept, "arms": arms}

    def _key(self, n: int) -> str:
        if n < len(self._keys):
            return self._keys[n]
        return "control" if n == 0 else "candidate" if n == 1 else f"candidate-{n}"


@dataclass(frozen=True, slots=True)
class GoalRow:
    """The fields of one metric: whether it is registered, and what is expected of it."""

    key: str
    label: str
    unit: str
    liked: bool
    on: forms.BoundField
    expected: forms.BoundField


class GoalsForm(forms.Form):
    """What is measured: the primary metric, and by how much each registered one is expected to move."""

    primary = forms.ChoiceField(
        label=_("Primary metric"),
        choices=[(key, metric.label) for key, metric in METRICS.items()],
        help_text=_("The one that the plan's size is reckoned with. It is registered whether you tick it or not."),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        registered = {goal.key: goal for goal in plan.metrics}
        self.fields["primary"].initial = plan.primary
        for key, metric in METRICS.items():
            goal, unit = registered.get(key), UNITS[metric.shown]
            expected = None if goal is None or goal.expected is None else f"{goal.expected * unit.factor:g}"
            self.fields[f"on-{key}"] = forms.BooleanField(
                label=str(metric.label), required=False, initial=goal is not None
            )
            self.fields[f"expected-{key}"] = forms.FloatField(
                label=_("Expected change"),
                required=False,
                initial=expected,
                widget=forms.NumberInput(
                    attrs={**_DECIMAL, "aria-label": f"{metric.label}: {_now('expected change')}"}
                ),
            )

    @property
    def rows(self) -> Iterator[GoalRow]:
        for key, metric in METRICS.items():
            yield GoalRow(
                key=key,
                label=str(metric.label),
                unit=str(UNITS[metric.shown].word),
                liked=metric.liked,
                on=self[f"on-{key}"],
                expected=self[f"expected-{key}"],
            )

    def values(self) -> dict[str, Any]:
        """The fields of the plan that this step holds."""
        given = self.cleaned_data
        goals = []
        for key, metric in METRICS.items():
            if not given.get(f"on-{key}") and key != given["primary"]:
                continue
            expected = given.get(f"expected-{key}")
            scaled = None if expected is None else expected / UNITS[metric.shown].factor
            down = metric.worse == "up" if scaled is None else scaled < 0
            goals.append({"key": key, "expected": scaled, "direction": "down" if down else "up"})
        return {"primary": given["primary"], "metrics": goals}


@dataclass(frozen=True, slots=True)
class GuardrailRow:
    """The fields of one guardrail."""

    kind: str
    label: str
    says: str
    unit: str
    meaning: str
    field: forms.BoundField


_SAYS: dict[str, Promise] = {
    "sycophancy": _("Sycophantic answers may rise by at most"),
    "coldness": _("Cold answers may rise by at most"),
    "correctness": _("Correct answers may fall by at most"),
    "safety_report": _("Safety reports may rise by at most"),
    "latency": _("The time to answer may rise by at most"),
}


class GuardrailsForm(forms.Form):
    """What may not get worse, and how many turns raters label to see it."""

    label_rate = forms.FloatField(
        label=_("Labelled turns, in percent of all"),
        min_value=0.1,
        max_value=100,
        initial=100 * LABEL_RATE,
        widget=forms.NumberInput(attrs=_DECIMAL),
        help_text=_("The published hash chooses them. Your product sends their words, and raters label them."),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label_rate"].initial = f"{100 * plan.label_rate:g}"
        for kind, shown in GUARDED.items():
            known = plan.guardrail(kind)
            self.fields[f"limit-{kind}"] = forms.FloatField(
                label=str(_SAYS[kind]),
                required=False,
                min_value=0,
                initial=None if known is None else f"{known.limit * UNITS[shown].factor:g}",
                widget=forms.NumberInput(attrs=_DECIMAL),
            )

    @property
    def rows(self) -> Iterator[GuardrailRow]:
        for kind, shown in GUARDED.items():
            yield GuardrailRow(
                kind=kind,
                label=str(GUARDRAIL_NAMES[kind]),
                says=str(_SAYS[kind]),
                unit=str(UNITS[shown].word),
                meaning=MEANINGS.get(kind, ""),
                field=self[f"limit-{kind}"],
            )

    def values(self) -> dict[str, Any]:
        """The fields of the plan that this step holds."""
        given = self.cleaned_data
        limits = [(kind, given.get(f"limit-{kind}"), UNITS[shown].factor) for kind, shown in GUARDED.items()]
        return {
            "guardrails": [
                {"kind": kind, "limit": limit / factor} for kind, limit, factor in limits if limit is not None
            ],
            "label_rate": given["label_rate"] / 100,
        }


class SizeForm(forms.Form):
    """How long and with how many: the plan's size, its looks, its slices, and who takes part."""

    planned_units = forms.IntegerField(
        label=_("Planned units"),
        required=False,
        widget=forms.NumberInput(attrs=_WHOLE),
        help_text=_("All arms together. The interval is narrowest there; it holds at any other number too."),
    )
    days = forms.IntegerField(label=_("Planned days"), widget=forms.NumberInput(attrs=_WHOLE))
    starts_on = forms.DateField(label=_("Starts on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Ends on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    looks = forms.IntegerField(
        label=_("Planned looks"),
        required=False,
        widget=forms.NumberInput(attrs=_WHOLE),
        help_text=_("Leave it empty to look at any time. With 2 to 20 planned looks the test has more power."),
    )
    alpha = forms.FloatField(
        label=_("Error that you accept"),
        widget=forms.NumberInput(attrs=_DECIMAL),
        help_text=_("The chance to call a difference where there is none, however often you look."),
    )
    slices = forms.CharField(
        label=_("Slices"),
        required=False,
        help_text=_("Up to three factors of the segment, with commas: locale, plan. Memory is one already."),
    )
    eligibility = forms.CharField(
        label=_("Who takes part"),
        required=False,
        widget=_area(3),
        help_text=_("One factor of the segment a line, as locale: en, de. Empty: everybody."),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        kept = ("planned_units", "days", "starts_on", "ends_on", "looks")
        kwargs["initial"] = {name: getattr(plan, name) for name in kept} | {
            "alpha": f"{plan.alpha:g}",
            "slices": ", ".join(plan.slices),
            "eligibility": "\n".join(f"{name}: {', '.join(values)}" for name, values in plan.eligibility.items()),
        }
        super().__init__(*args, **kwargs)

    def clean_slices(self) -> list[str]:
        return [one.strip() for one in self.cleaned_data["slices"].split(",") if one.strip()]

    def clean_eligibility(self) -> dict[str, list[str]]:
        found = {}
        for n, line in enumerate(self.cleaned_data["eligibility"].splitlines(), start=1):
            if not line.strip():
                continue
            name, colon, values = line.partition(":")
            if not colon or not values.strip():
                raise ValidationError(_now("Line %(n)d has no value: write it as locale: en, de."), params={"n": n})
            found[name.strip()] = [one.strip() for one in values.split(",") if one.strip()]
        return found

    def values(self) -> dict[str, Any]:
        """The fields of the plan that this step holds."""
        return dict(self.cleaned_data)


STEPS: Mapping[str, type[GoalsForm] | type[GuardrailsForm] | type[SizeForm]] = {
    "metrics": GoalsForm,
    "guardrails": GuardrailsForm,
    "size": SizeForm,
}
"""The steps that hold a part of the plan each, after the first one, which makes the draft."""
