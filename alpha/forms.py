"""What is filled in about a programme and its volunteers. Forms read; the verbs refuse and save."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from alpha import addresses, plans
from alpha.axes import AXES, DEFAULT_AXES
from alpha.models import Programme, Trial
from alpha.plans import TrialWish
from core.catalog.models import Bundle

_DAY = {"type": "date"}
_SHARE = {"step": "any", "inputmode": "decimal"}
_NOTHING = ("", _("None"))


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


class _Names(forms.CheckboxSelectMultiple):
    """Names that the team has given, in the direction of their own script."""

    option_template_name = "alpha/_name_option.html"


class ProgrammeForm(forms.Form):
    """A programme's settings. What may not change any more, once it is open, is not asked."""

    name = forms.CharField(
        label=_("Name"), max_length=plans.LONGEST_NAME, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    key = forms.SlugField(
        label=_("Key"),
        max_length=40,
        help_text=_("Stands in addresses and in what is exported: small letters, digits, hyphens. It stays as it is."),
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=plans.LONGEST_PURPOSE,
        required=False,
        widget=_area(3),
        help_text=_("What you want to learn. Your team sees it, volunteers do not."),
    )
    baseline = forms.ChoiceField(
        label=_("Baseline"),
        required=False,
        widget=forms.Select(attrs={"translate": "no"}),
        help_text=_("What candidates are compared with."),
    )
    candidates = forms.MultipleChoiceField(
        label=_("Candidates"),
        required=False,
        widget=_Names,
        help_text=_("Only bundles that can be asked are listed."),
    )
    single = forms.BooleanField(
        label=_("One answer"), required=False, initial=True, help_text=_("One bundle for a whole chat, drawn evenly.")
    )
    side_by_side = forms.BooleanField(
        label=_("Side by side"),
        required=False,
        initial=True,
        help_text=_("Two bundles at once, on sides that are drawn."),
    )
    memory_share = forms.FloatField(
        label=_("Share of chats with memory"),
        min_value=0,
        max_value=1,
        initial=0.5,
        widget=forms.NumberInput(attrs=_SHARE),
    )
    ask_share = forms.FloatField(
        label=_("Share of turns that ask for a thumb"),
        min_value=0,
        max_value=1,
        initial=0.02,
        widget=forms.NumberInput(attrs=_SHARE),
    )
    first_ms = forms.IntegerField(
        label=_("First word after, milliseconds"),
        min_value=0,
        max_value=60_000,
        initial=1500,
        help_text=_("Of one answer. The same for every bundle, so that speed does not tell which it is."),
    )
    pace = forms.IntegerField(label=_("Then characters a second"), min_value=1, max_value=10_000, initial=200)
    starts_on = forms.DateField(label=_("Starts on"), required=False, widget=forms.DateInput(attrs=_DAY))
    ends_on = forms.DateField(label=_("Ends on"), required=False, widget=forms.DateInput(attrs=_DAY))
    most_volunteers = forms.IntegerField(
        label=_("Places"),
        min_value=0,
        max_value=100_000,
        initial=100,
        help_text=_("Who comes when all are taken waits, and is invited when one gets free."),
    )
    tokens = forms.IntegerField(label=_("Tokens in all"), min_value=0, initial=5_000_000)
    tokens_a_day = forms.IntegerField(label=_("Tokens a day"), min_value=0, initial=500_000)
    tokens_a_person_a_day = forms.IntegerField(label=_("Tokens a person a day"), min_value=0, initial=50_000)
    axes = forms.MultipleChoiceField(
        label=_("Axes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Every spot check asks each of them, and cannot be completed without."),
    )
    high_risk = forms.CharField(
        label=_("Domains with a guidance box"),
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        help_text=_(
            "Such as “health, crisis”, separated by commas. A volunteer who chats about one is told where to find help."
        ),
    )

    GROUPS = (
        ("what", ("name", "key", "purpose")),
        ("trial", ("baseline", "candidates")),
        ("chats", ("single", "side_by_side", "memory_share", "ask_share", "first_ms", "pace")),
        ("when", ("starts_on", "ends_on", "most_volunteers")),
        ("cost", ("tokens", "tokens_a_day", "tokens_a_person_a_day")),
        ("care", ("axes", "high_risk")),
    )

    def __init__(
        self, *args: Any, bundles: Iterable[Bundle], programme: Programme | None = None, **kwargs: Any
    ) -> None:
        held = plans.wishes_of(programme) if programme is not None else []
        kwargs["initial"] = _initial(programme, held)
        super().__init__(*args, **kwargs)
        self._listed = {str(one.pk): one.name for one in bundles}
        for wish in held:
            self._listed.setdefault(str(wish.bundle), _now("a bundle that cannot be asked any more"))
        self._choices("baseline", [_NOTHING, *self._listed.items()])
        self._choices("candidates", list(self._listed.items()))
        self._choices("axes", [(key, axis.shown_label) for key, axis in AXES.items()])
        if programme is not None:
            del self.fields["key"]
        if programme is not None and programme.state != Programme.State.DRAFT:
            for name in self.fields.keys() - plans.LATER:
                del self.fields[name]

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields that are asked, in their sections."""
        listed = [(key, [self[name] for name in names if name in self.fields]) for key, names in self.GROUPS]
        return [(key, fields) for key, fields in listed if fields]

    def clean_high_risk(self) -> list[str]:
        words = (word.strip().lower().replace(" ", "-") for word in self.cleaned_data["high_risk"].split(","))
        return list(dict.fromkeys(word for word in words if word))

    def values(self) -> dict[str, Any]:
        """The settings as the verbs take them, `trials` among them while they are asked."""
        given = dict(self.cleaned_data)
        if "candidates" in self.fields:
            baseline = given.pop("baseline")
            trials = [TrialWish(_id(baseline), Trial.Part.BASELINE)] if baseline else []
            trials += [TrialWish(_id(one), Trial.Part.CANDIDATE) for one in given.pop("candidates")]
            given["trials"] = trials
        return given


class ConsentForm(forms.Form):
    """What volunteers agree to."""

    consent = forms.CharField(
        label=_("What volunteers agree to"),
        max_length=plans.LONGEST_TEXT,
        widget=_area(12),
        help_text=_(
            "Markdown. Say what is kept, who reads it, for how long, and what it is used for. "
            "Who has agreed to an earlier version is asked again before their next turn."
        ),
    )


class InviteForm(forms.Form):
    """Addresses, pasted or as a file."""

    pasted = forms.CharField(
        label=_("Addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr", "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("One a line."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("A list of addresses, or CSV with a column “email”. Its other columns are not kept."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        file: UploadedFile | None = given.get("file")
        pasted = given.get("pasted", "").strip()
        if bool(file) == bool(pasted):
            raise forms.ValidationError(_("Paste addresses or choose a file, one of the two."))
        name = "file" if file else "pasted"
        try:
            # One byte more than may be, so that what is too large is not read whole and is still refused.
            data = file.read(addresses.LARGEST + 1) if file else pasted.encode()
            given["emails"] = addresses.read(data)
        except addresses.BadAddresses as error:
            for line, words in error.lines:
                said = _("Line %(line)d: %(words)s") % {"line": line, "words": words} if line else words
                self.add_error(name, said)
        return given


def _initial(programme: Programme | None, held: list[TrialWish]) -> dict[str, Any]:
    if programme is None:
        return {"axes": list(DEFAULT_AXES)}
    return {
        **{name: getattr(programme, name) for name in plans.SETTINGS},
        "high_risk": ", ".join(programme.high_risk),
        "baseline": next((str(one.bundle) for one in held if one.part == Trial.Part.BASELINE), ""),
        "candidates": [str(one.bundle) for one in held if one.part == Trial.Part.CANDIDATE],
    }


def _id(chosen: str) -> Any:
    return Bundle._meta.pk.to_python(chosen)
