"""What people fill in about an experiment that runs or has stopped. Forms read; the verbs refuse and save."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from abtest.experimenting import LONGEST_REASON
from abtest.models import Arm
from abtest.pictures.numbers import MEANINGS, guardrail_name
from abtest.plans import Plan
from abtest.tables import GuardrailLine


def _words(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=_words(),
        error_messages={"required": _("Say why: it is kept with your name, for whoever asks later.")},
    )


Lines = Sequence[tuple[str, GuardrailLine]]
"""How guardrails stood, each with the bundle of the candidate of which it is said."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A guardrail to be addressed in words, beside how it stood for each candidate, by the candidate's bundle."""

    name: str
    meaning: str
    lines: Lines
    field: forms.BoundField


class DecideForm(forms.Form):
    """What is decided and why, with words on each guardrail as it stood in the readout that was read."""

    choice = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is decided.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=_words(4),
        error_messages={"required": _("Say why: it is kept with your name, for whoever asks later.")},
    )
    readout = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, plan: Plan, candidates: Sequence[Arm], lines: Lines, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["choice"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            *((f"adopt:{arm.key}", _now("Adopt %(bundle)s") % {"bundle": arm.bundle.name}) for arm in candidates),
            ("keep", _now("Keep the control")),
            ("again", _now("Try it once more, with another plan")),
        ]
        self._lines = lines
        self._kinds = [one.kind for one in plan.guardrails]
        for kind in self._kinds:
            self.fields[f"guardrails-{kind}"] = forms.CharField(
                label=_now("What %(guardrail)s showed, and what that means for you")
                % {"guardrail": guardrail_name(kind)},
                max_length=LONGEST_REASON,
                widget=_words(),
                error_messages={"required": _("Say in words what this guardrail showed and what it means for you.")},
            )

    @property
    def addressed(self) -> Iterator[Addressed]:
        """Each guardrail of the plan with its field."""
        for kind in self._kinds:
            lines = [(bundle, line) for bundle, line in self._lines if line.kind == kind]
            yield Addressed(guardrail_name(kind), MEANINGS.get(kind, ""), lines, self[f"guardrails-{kind}"])

    def values(self) -> dict[str, Any]:
        """The arguments of `experimenting.decide` beside experiment and member."""
        given = self.cleaned_data
        choice, _colon, arm = given["choice"].partition(":")
        return {
            "choice": choice,
            "arm": arm or None,
            "reason": given["reason"],
            "guardrails": {kind: given[f"guardrails-{kind}"] for kind in self._kinds},
            "readout": given["readout"],
        }
