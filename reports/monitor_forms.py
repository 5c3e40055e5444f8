"""What people fill in about monitors and alarms. Forms read; the verbs refuse and save."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import User
from reports.models import AlarmAction, Monitor
from reports.pictures.monitors import WATCHED, counted
from stats.monitoring.declared import LEAST_ANCHORS, LEAST_REFERENCE

MOST_REFERENCE = 1_000_000
LEAST_RUN_LENGTH = 1000
MOST_RUN_LENGTH = 100_000_000
_WHOLE = {"inputmode": "numeric"}
_DECLARED = ("reference", "tolerance", "run_length")


def _reference(key: str) -> forms.IntegerField:
    """How many a monitor takes as its reference."""
    least = LEAST_ANCHORS if key == "M7" else LEAST_REFERENCE
    words = _now("A reference has at least %(least)s; below, the usual is a guess.") % {"least": counted(key, least)}
    return forms.IntegerField(
        label=_("Reference, in judgments of anchors") if key == "M7" else _("Reference, in labelled thumbs"),
        min_value=least,
        max_value=MOST_REFERENCE,
        widget=forms.NumberInput(attrs=_WHOLE),
        help_text=_("How many it takes to know what is usual. More of them find a change sooner and begin later."),
        error_messages={
            "min_value": words,
            "max_value": _now("A reference has at most %(most)s.") % {"most": counted(key, MOST_REFERENCE)},
        },
    )


def _run_length(key: str) -> forms.IntegerField:
    """Until when there should be no false alarm on average."""
    return forms.IntegerField(
        label=_("Target run length, in judgments of anchors")
        if key == "M7"
        else _("Target run length, in labelled thumbs"),
        min_value=LEAST_RUN_LENGTH,
        max_value=MOST_RUN_LENGTH,
        widget=forms.NumberInput(attrs=_WHOLE),
        help_text=_("Without a change, a false alarm comes after at least so many on average."),
        error_messages={
            "min_value": _now("With fewer than %(least)s, alarms would come about as often as people look.")
            % {"least": f"{LEAST_RUN_LENGTH:,}"},
            "max_value": _now("With more than %(most)s, no alarm would ever come.") % {"most": f"{MOST_RUN_LENGTH:,}"},
        },
    )


class DeclareForm(forms.Form):
    """What a monitor is told. What it has been told for good, once it has its reference, is not asked again."""

    tolerance = forms.FloatField(
        label=_("Tolerance"),
        min_value=0,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={"min_value": _("A tolerance is not negative.")},
    )
    owner = forms.ChoiceField(
        label=_("Owner"),
        required=False,
        widget=forms.Select(attrs={"dir": "auto"}),
        help_text=_("Who looks when it alarms."),
    )

    def __init__(
        self, *args: Any, monitor: Monitor, people: Iterable[User], fixed: bool | None = None, **kwargs: Any
    ) -> None:
        unit, factor = WATCHED[monitor.key].tolerance
        declared = monitor.declared
        kwargs["initial"] = {name: declared[name] for name in _DECLARED}
        kwargs["initial"] |= {"tolerance": f"{declared['tolerance'] * factor:g}"}
        kwargs["initial"] |= {"owner": str(monitor.owner_id or "")}
        super().__init__(*args, **kwargs)
        self.fields["reference"] = _reference(monitor.key)
        self.fields["run_length"] = _run_length(monitor.key)
        self.order_fields(("reason", *_DECLARED, "owner"))
        self._factor = factor
        self._people = {str(one.pk): one for one in people}
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [("", _("Nobody")), *((key, str(one)) for key, one in self._people.items())]
        words = _now("In %(unit)s. A change that stays within it is none.")
        self.fields["tolerance"].help_text = words % {"unit": _now(unit)}
        if not declared.get("alarms", True):
            del self.fields["run_length"]
        if monitor.state is not None if fixed is None else fixed:
            for name in _DECLARED:
                self.fields.pop(name, None)

    def values(self) -> dict[str, Any]:
        """The arguments of `declaring.declare` beside project and key."""
        given = self.declared_values()
        return given | {"owner": self._people.get(given["owner"])}

    def declared_values(self) -> dict[str, Any]:
        """What was given, in the units of the declared object."""
        given = dict(self.cleaned_data)
        if "tolerance" in given:
            given["tolerance"] = given["tolerance"] / self._factor
        return given


def _reason(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=2000,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        error_messages={"required": _("Say why: it is kept with your name, for whoever asks later.")},
    )


class NoteForm(forms.Form):
    """Something that is done about an alarm at once; why may be said."""

    reason = _reason(required=False)

    def values(self) -> dict[str, Any]:
        """The arguments of the verb beside alarm and member."""
        return dict(self.cleaned_data)


class TriageForm(NoteForm):
    """What an alarm is, and why."""

    verdict = forms.ChoiceField(
        label=_("It is"),
        choices=AlarmAction.Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the alarm is.")},
    )
    reason = _reason(required=True)

    field_order = ("verdict", "reason")


class ResetForm(DeclareForm):
    """Why a monitor gets a new reference, and what it is told from then on."""

    reason = _reason(required=True)

    def __init__(self, *args: Any, monitor: Monitor, **kwargs: Any) -> None:
        super().__init__(*args, monitor=monitor, people=(), fixed=False, **kwargs)
        del self.fields["owner"]

    def values(self) -> dict[str, Any]:
        """The arguments of `acting.reset` beside alarm and member."""
        given = self.declared_values()
        return {"reason": given.pop("reason"), "wanted": given}
