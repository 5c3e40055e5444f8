"""What people fill in about spot checks."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alpha import axes as asked
from alpha.checking import LONGEST_QUOTE, Seen
from alpha.models import AxisAnswer, Programme, Trial
from alpha.selectors.checks import axes_of, experts_of
from core.accounts.access import Member
from core.accounts.models import User
from core.catalog.models import Bundle

SEVERITIES = ((1, _("slight")), (2, _("serious")), (3, _("grave")))
CONFIDENCES = ((1, _("low")), (2, _("medium")), (3, _("high")))


class AskForm(forms.Form):
    """Whom to ask for a check, of which bundle, by when."""

    expert = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Expert"),
        empty_label=_("Choose"),
        widget=forms.Select(attrs={"translate": "no"}),
    )
    bundle = forms.ModelChoiceField(
        Bundle.objects.none(),
        label=_("Bundle"),
        empty_label=_("Choose"),
        widget=forms.Select(attrs={"translate": "no"}),
    )
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, member: Member, programme: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        experts, bundle = self.fields["expert"], self.fields["bundle"]
        assert isinstance(experts, forms.ModelChoiceField)
        assert isinstance(bundle, forms.ModelChoiceField)
        experts.queryset = User.objects.filter(pk__in=[one.pk for one in experts_of(member)]).order_by("name", "pk")
        trials = Trial.objects.filter(programme=programme)
        bundle.queryset = Bundle.objects.filter(pk__in=trials.values("bundle")).order_by("name")


class Asked:
    """One axis on the form, as it was filled in, with what is wrong with it."""

    def __init__(self, axis: asked.Axis, data: Mapping[str, str], fault: str = "") -> None:
        self.axis = axis
        self.seen = data.get(f"seen.{axis.key}", "")
        self.severity = data.get(f"severity.{axis.key}", "")
        self.confidence = data.get(f"confidence.{axis.key}", "")
        self.quote = data.get(f"quote.{axis.key}", "")
        self.fault = fault

    seens = AxisAnswer.Seen.choices
    severities = [(str(value), label) for value, label in SEVERITIES]
    confidences = [(str(value), label) for value, label in CONFIDENCES]
    longest = LONGEST_QUOTE

    def said(self) -> Seen | None:
        """What it says, None where nothing was chosen. What only a yes needs is dropped from the others."""
        if not self.seen:
            return None
        yes = self.seen == AxisAnswer.Seen.YES
        severity = _number(self.severity) if yes else 0
        return Seen(self.seen, severity, _number(self.confidence), self.quote if yes else "")


def read(keys: Iterable[str], data: Mapping[str, str]) -> dict[str, Seen]:
    """What was filled in, axis by axis; one that was passed over is not there."""
    said = {axis.key: Asked(axis, data).said() for axis in axes_of(keys)}
    return {axis: one for axis, one in said.items() if one is not None}


def filled(keys: Iterable[str], data: Mapping[str, str], faults: Mapping[str, str]) -> list[Asked]:
    """The form to show, with what was filled in and what is wrong."""
    return [Asked(axis, data, faults.get(axis.key, "")) for axis in axes_of(keys)]


def _number(text: str) -> int:
    return int(text) if text in ("1", "2", "3") else 0
