"""What people fill in about signals, recipes, the reference and reports. Forms read; the verbs refuse and save."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.catalog.models import Pool
from reports.faults import Refused
from reports.models import Budget, RecipeVersion, RewardSignal
from reports.ordering import DEFAULT_SEED
from stats.mixtures import Change

_SHARE = {"step": "any", "inputmode": "decimal"}


def refused(form: forms.Form, error: Refused) -> None:
    """Say what a verb refused beside the fields it names; what names none of them stands at the head of the form."""
    for field, words in error.faults.items():
        name = field if field in form.fields else field.replace(".", "-")
        if name in form.fields:
            form.add_error(name, words)
        else:
            form.add_error(None, f"{field}: {words}" if "." in field or "[" in field else words)


class AskForm(forms.Form):
    """What a new report is to be about."""

    version = forms.ChoiceField(label=_("Recipe"), required=False, widget=forms.Select(attrs={"dir": "auto"}))
    pool = forms.ChoiceField(label=_("Pool"), required=False, widget=forms.Select(attrs={"dir": "auto"}))
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=2**53,
        help_text=_("Of the resampling. The same seed over the same rows gives the same report."),
    )

    def __init__(self, *args: Any, versions: Iterable[RecipeVersion], pools: Iterable[Pool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._versions = {str(one.pk): one for one in versions}
        self._pools = {str(one.pk): one for one in pools}
        self._choose(
            "version", _("The newest"), {key: f"{v.recipe.name} {v.number}" for key, v in self._versions.items()}
        )
        self._choose("pool", _("The newest"), {key: one.name for key, one in self._pools.items()})

    def _choose(self, name: str, nothing: Any, choices: Mapping[str, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", nothing), *choices.items()]

    def values(self) -> dict[str, Any]:
        """The arguments of `ask_report`."""
        given = self.cleaned_data
        seed = given["seed"]
        return {
            "recipe": self._versions.get(given["version"]),
            "pool": self._pools.get(given["pool"]),
            "seed": DEFAULT_SEED if seed is None else seed,
        }


class SignalForm(forms.Form):
    """A reward signal; what must stay as it is when it is changed is not asked again."""

    key = forms.SlugField(
        label=_("Key"),
        max_length=60,
        help_text=_("Names its scores in pools and its weight in recipes. It stays as it is."),
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=RewardSignal.Kind.choices, widget=forms.RadioSelect)
    direction = forms.TypedChoiceField(
        label=_("Direction"),
        choices=RewardSignal.Direction.choices,
        coerce=int,
        initial=RewardSignal.Direction.MORE,
        widget=forms.RadioSelect,
        help_text=_("A weight in a recipe has its signal's direction."),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        required=False,
        help_text=_("Where its scores come from: a model, a file, a job."),
    )
    unit = forms.CharField(label=_("Unit"), max_length=60, required=False, help_text=_("In what it is measured."))
    is_brake = forms.BooleanField(
        label=_("It is a brake"), required=False, help_text=_("One of the signals that hold sycophancy in check.")
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}))

    def __init__(self, *args: Any, signal: RewardSignal | None = None, **kwargs: Any) -> None:
        if signal is not None:
            kept = ("name", "source", "unit", "is_brake", "note")
            kwargs["initial"] = {name: getattr(signal, name) for name in kept}
        super().__init__(*args, **kwargs)
        if signal is not None:
            for name in ("key", "kind", "direction"):
                del self.fields[name]


class VersionForm(forms.Form):
    """A version of a recipe: a weight for every signal, and the parts in which it differs from the reference."""

    recipe = forms.SlugField(
        label=_("Name"), max_length=80, help_text=_("Lower-case letters, digits, hyphens. It stays as it is.")
    )
    changes = forms.CharField(
        label=_("Declared changes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_(
            "One a line, as NAME: signal, signal. What differs from the reference is then told apart, change by change."
        ),
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}))

    def __init__(
        self, *args: Any, signals: Iterable[RewardSignal], older: RecipeVersion | None = None, **kwargs: Any
    ) -> None:
        weights = dict(kwargs.pop("weights", None) or (older.weights if older else {}))
        kwargs["initial"] = {"changes": _lines(older.changes if older else [])} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.named = older is not None
        if older is not None:
            del self.fields["recipe"]
        self._signals = list(signals)
        for one in self._signals:
            self.fields[f"weights-{one.key}"] = forms.FloatField(
                label=one.name,
                required=False,
                initial=weights.get(one.key),
                widget=forms.NumberInput(attrs=_SHARE),
            )

    @property
    def rows(self) -> list[tuple[RewardSignal, forms.BoundField]]:
        """Every signal with the field of its weight."""
        return [(one, self[f"weights-{one.key}"]) for one in self._signals]

    def clean_changes(self) -> list[Change]:
        changes = []
        for n, line in enumerate(self.cleaned_data["changes"].splitlines(), start=1):
            if not line.strip():
                continue
            name, colon, signals = line.partition(":")
            if not colon or not signals.strip():
                raise ValidationError(_("Line %(n)d has no signal: write it as NAME: signal, signal."), params={"n": n})
            changes.append(Change(name.strip(), tuple(one.strip() for one in signals.split(",") if one.strip())))
        return changes

    def values(self) -> dict[str, Any]:
        """The arguments of `add_version` beside the recipe's name: signals without a weight are not in the recipe."""
        given = self.cleaned_data
        weights = {one.key: given.get(f"weights-{one.key}") for one in self._signals}
        return {
            "weights": {key: weight for key, weight in weights.items() if weight},
            "changes": given["changes"],
            "note": given["note"],
        }


def _lines(changes: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(f"{one['name']}: {', '.join(one['signals'])}" for one in changes)


class PinForm(forms.Form):
    """Why a version is the last known good."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("It is kept with your name, for whoever asks later why shifts are measured against this."),
    )


class BudgetForm(forms.Form):
    """How far a recipe may move behaviour from the reference."""

    sycophancy = forms.FloatField(
        label=_("Ceiling for sycophancy"),
        help_text=_("The most that its share of responses may rise: 0.045 is 4.5 percentage points."),
        widget=forms.NumberInput(attrs=_SHARE),
    )
    coldness = forms.FloatField(label=_("Ceiling for coldness"), widget=forms.NumberInput(attrs=_SHARE))
    domains = forms.CharField(
        label=_("Ceilings of domains"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("One a line, as health: 0.02. They hold for sycophancy in that domain."),
    )
    kl = forms.FloatField(
        label=_("Optimisation pressure"),
        help_text=_("The KL divergence from the base policy, in nats, at which recipes are compared."),
        widget=forms.NumberInput(attrs=_SHARE),
    )
    brake_floor = forms.FloatField(
        label=_("Least share of the brakes"),
        help_text=_("No recommendation gives the brakes less of the weight."),
        widget=forms.NumberInput(attrs=_SHARE),
    )

    def __init__(self, *args: Any, budget: Budget, **kwargs: Any) -> None:
        kept = ("sycophancy", "coldness", "kl", "brake_floor")
        lines = "\n".join(f"{name}: {ceiling:g}" for name, ceiling in budget.domains.items())
        kwargs["initial"] = {name: getattr(budget, name) for name in kept} | {"domains": lines}
        super().__init__(*args, **kwargs)

    def clean_domains(self) -> dict[str, float]:
        ceilings = {}
        for n, line in enumerate(self.cleaned_data["domains"].splitlines(), start=1):
            if not line.strip():
                continue
            name, _colon, said = line.rpartition(":")
            try:
                ceilings[name.strip()] = float(said)
            except ValueError:
                raise ValidationError(
                    _("Line %(n)d has no number: write it as health: 0.02."), params={"n": n}
                ) from None
        return ceilings
