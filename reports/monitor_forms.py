"""What people fill in about monitors and alarms. Forms read; the verbs refuse and save."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.accounts.models import User
from reports.models import AlarmAction, Monitor
from reports.pictures.monitors import WATCHED
from stats.monitoring.declared import LEAST_REFERENCE

MOST_REFERENCE = 1_000_000
MOST_RUN_LENGTH = 100_000_000
_WHOLE = {"inputmode": "numeric"}
_DECLARED = ("reference", "tolerance", "run_length")


class DeclareForm(forms.Form):
    """What a monitor is told. What it has been told for good, once it has its reference, is not asked again."""

    reference = forms.IntegerField(
        label=_("Reference, in labelled thumbs"),
        min_value=LEAST_REFERENCE,
        max_value=MOST_REFERENCE,
        widget=forms.NumberInput(attrs=_WHOLE),
        help_text=_("How many it takes to know what is usual. More of them find a change sooner and begin later."),
        error_messages={
            "min_value": _(
                "A reference has at least %(limit_value)s labelled thumbs; below, the usual is a guess."
            ),
            "max_value": _("A reference has at most %(limit_value)s labelled thumbs."),
        },
    )
    tolerance = forms.FloatField(
        label=_("Tolerance"),
        min_value=0,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={"min_value": _("A tolerance is not negative.")},
    )
    run_length = forms.IntegerField(
        label=_("Target run length, in labelled thumbs"),
        min_value=1000,
        max_value=MOST_RUN_LENGTH,
        widget=forms.NumberInput(attrs=_WHOLE),
        help_text=_("Without a change, a false alarm comes after at least so many on average."),
        error_messages={
            "min_value": _("With fewer than %(limit_value)s, alarms would come about as often as people look."),
            "max_value": _("With more than %(limit_value)s, no alarm would ever come."),
        },
    )
    owner = forms.ChoiceField(
        label=_("Owner"),
        required=False,
        widget=forms.Select(attrs={"dir": "auto"}),
        help_text=_("Who looks when it alarms."),
    )

    def __init__(self, *args: Any, monitor: Monitor, people: Iterable[User], **kwargs: Any) -> None:
        watched = WATCHED[monitor.key]
        declared = monitor.declared
        kwargs["initial"] = {name: declared[name] for name in _DECLARED}
        kwargs["initial"] |= {"tolerance": f"{declared['tolerance'] * watched.factor:g}"}
        kwargs["initial"] |= {"owner": str(monitor.owner_id or "")}
        super().__init__(*args, **kwargs)
        self._factor = watched.factor
        self._people = {str(one.pk): one for one in people}
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [("", _("Nobody")), *((key, str(one)) for key, one in self._people.items())]
        words = _now("In %(unit)s. A change that stays within it is none.")
        self.fields["tolerance"].help_text = words % {"unit": _now(watched.unit)}
        if not declared.get("alarms", True):
            del self.fields["run_length"]
        if monitor.state is not None:
            for name in _DECLARED:
                self.fields.pop(name, None)

    def values(self) -> dict[str, Any]:
        """The arguments of `declaring.declare` beside project and key."""
        given = dict(self.cleaned_data)
        if "tolerance" in given:
            given["tolerance"] = given["tolerance"] / self._factor
        return given | {"owner": self._people.get(given["owner"])}


class ReasonForm(forms.Form):
    """Why something is done about an alarm."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        error_messages={"required": _("Say why: it is kept with your name, for whoever asks later.")},
    )


class TriageForm(ReasonForm):
    """What an alarm is, and why."""

    verdict = forms.ChoiceField(
        label=_("It is"),
        choices=AlarmAction.Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what it is.")},
    )

    field_order = ("verdict", "reason")
