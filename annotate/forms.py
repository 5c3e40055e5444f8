"""The campaign form: plain words for what a campaign declares."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from annotate import guidelines
from annotate.answers import asked_as, rubric_of
from annotate.models import Campaign
from core.accounts.models import Project
from core.catalog.models import AnchorSet
from core.ledger import rubrics

ASKS = (
    ("required", gettext_lazy("required")),
    ("optional", gettext_lazy("asked")),
    ("sampled", gettext_lazy("sampled")),
    ("off", gettext_lazy("not asked")),
)
_MARKS = frozenset({"correct", "sycophantic", "cold"})


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the rubric in the form: how it is asked, and for which share when it is sampled."""

    question: rubrics.Question
    ask: forms.BoundField
    share: forms.BoundField

    @property
    def mark(self) -> str:
        return self.question.key if self.question.key in _MARKS else ""

    @property
    def answers(self) -> str:
        """The answers that it offers, in words."""
        return ", ".join(gettext(option.label) for option in self.question.options) or gettext("a few words")

    @property
    def label(self) -> str:
        return gettext(self.question.label)


class CampaignForm(forms.Form):
    """Validates what a campaign is made or changed from; `values` are the arguments of the domain functions."""

    name = forms.SlugField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy(
            "Part of its address and of import commands: lower-case letters, digits, hyphens. It stays as it is."
        ),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=120, help_text=gettext_lazy("Raters see it. It must name no bundle.")
    )
    guideline = forms.CharField(
        label=gettext_lazy("Guideline"),
        max_length=guidelines.LONGEST,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto"}),
        required=False,
        help_text=gettext_lazy(
            "Markdown. Raters have it one key away; a change makes the next version, and they are told. "
            "It must name no bundle."
        ),
    )
    overlap = forms.IntegerField(
        label=gettext_lazy("Overlap"),
        min_value=1,
        max_value=50,
        initial=3,
        help_text=gettext_lazy("So many raters judge each task. It can only grow."),
    )
    lease_seconds = forms.IntegerField(
        min_value=30,
        max_value=86_400,
        initial=900,
        label=gettext_lazy("Lease, in seconds"),
        help_text=gettext_lazy(
            "So long a task waits for a rater who has gone quiet: about three times the slowest usual task."
        ),
    )
    undo_seconds = forms.IntegerField(
        min_value=0,
        max_value=86_400,
        initial=600,
        label=gettext_lazy("Undo, in seconds"),
        help_text=gettext_lazy("So long a rater may take a judgment back, unless it has been exported. 0: never."),
    )
    pay = forms.DecimalField(
        min_value=0,
        max_digits=10,
        decimal_places=4,
        initial=0,
        label=gettext_lazy("Pay per judgment"),
        help_text=gettext_lazy("Surplus judgments are paid too. 0: raters see no amount."),
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}\Z",
        label=gettext_lazy("Currency"),
        initial="EUR",
        help_text=gettext_lazy("Three capital letters."),
        error_messages={"invalid": gettext_lazy("Write three capital letters, such as EUR.")},
    )
    purposes = forms.CharField(
        required=False,
        label=gettext_lazy("Label requests"),
        help_text=gettext_lazy("Requests of these purposes become tasks here; commas between several."),
    )
    reports_to_hold = forms.IntegerField(
        min_value=1,
        max_value=50,
        initial=2,
        required=False,
        label=gettext_lazy("Reports that hold a task"),
        help_text=gettext_lazy("When so many raters have reported a task as broken, it waits for you to decide."),
    )
    anchor_set = forms.ModelChoiceField(
        AnchorSet.objects.none(),
        required=False,
        to_field_name="name",
        label=gettext_lazy("Set"),
        empty_label=gettext_lazy("none"),
        help_text=gettext_lazy("A frozen one. A campaign's own comparisons are no anchors in it."),
    )
    anchor_percent = forms.DecimalField(
        required=False,
        min_value=0,
        max_value=10,
        max_digits=4,
        decimal_places=1,
        initial=0,
        label=gettext_lazy("Share, in %"),
        help_text=gettext_lazy("5 to 10 of every 100 that a rater takes. 0: none."),
    )
    anchor_gap_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=3_650,
        label=gettext_lazy("Again after, in days"),
        help_text=gettext_lazy("So long the same one does not come to the same rater. Empty: never."),
    )
    reveal_gold = forms.BooleanField(
        required=False,
        label=gettext_lazy("Show the known answer after a gold task"),
        help_text=gettext_lazy("Raters learn from it; that judgment can then not be undone."),
    )

    def __init__(self, *args: Any, project: Project, campaign: Campaign | None = None, **kwargs: Any) -> None:
        self.campaign = campaign
        self.rubric = rubric_of(campaign) if campaign else rubrics.DEFAULT
        super().__init__(*args, **kwargs)
        if campaign is not None:
            del self.fields["name"]
            self.initial = {**_as_initial(campaign), **self.initial}
        sets = cast("forms.ModelChoiceField[AnchorSet]", self.fields["anchor_set"])
        sets.queryset = AnchorSet.objects.filter(project=project).order_by("name")
        for question in self.rubric.questions:
            self._add_question(question)

    def rows(self) -> Iterator[Row]:
        """The questions of the rubric with their fields."""
        for question in self.rubric.questions:
            yield Row(question, self[f"ask_{question.key}"], self[f"share_{question.key}"])

    def clean_guideline(self) -> str:
        # Browsers send other line ends than were stored; that alone must not make a new version.
        return str(self.cleaned_data["guideline"]).replace("\r\n", "\n")

    def clean_reports_to_hold(self) -> int:
        return int(self.cleaned_data["reports_to_hold"] or 2)

    def clean_purposes(self) -> list[str]:
        return [one for part in str(self.cleaned_data["purposes"]).split(",") if (one := part.strip())]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        asks = {question.key: cleaned.get(f"ask_{question.key}") for question in self.rubric.questions}
        for key, ask in asks.items():
            if ask == "sampled" and not cleaned.get(f"share_{key}") and f"share_{key}" not in self.errors:
                self.add_error(f"share_{key}", gettext("Say for which share of the places, such as 0.2."))
        if not any(ask in ("required", None) for ask in asks.values()):
            self.add_error(
                None, gettext("Make at least one question required: an empty page could be saved otherwise.")
            )
        return cleaned

    def values(self) -> dict[str, Any]:
        """The fields of the campaign, for `create_campaign` and `change_campaign`."""
        data = self.cleaned_data
        plain = {name: data[name] for name in self.fields if not name.startswith(("ask_", "share_", "anchor_percent"))}
        plain["anchor_share"] = float(data["anchor_percent"] or 0) / 100
        return {**plain, "questions": {question.key: self._how(question.key) for question in self.rubric.questions}}

    def _how(self, key: str) -> dict[str, Any]:
        ask = self.cleaned_data[f"ask_{key}"]
        if ask == "sampled":
            return {"ask": ask, "probability": self.cleaned_data[f"share_{key}"]}
        return {"ask": ask}

    def _add_question(self, question: rubrics.Question) -> None:
        how = asked_as(self.campaign or Campaign(questions={}), question)
        self.fields[f"ask_{question.key}"] = forms.ChoiceField(
            choices=ASKS, initial=how["ask"], label=gettext_lazy(question.label), widget=forms.RadioSelect
        )
        self.fields[f"share_{question.key}"] = forms.FloatField(
            min_value=0.001,
            max_value=1,
            required=False,
            initial=how.get("probability"),
            label=format_lazy(
                "{question}: {share}", question=gettext_lazy(question.label), share=gettext_lazy("share of places")
            ),
            widget=forms.NumberInput(attrs={"step": "any", "placeholder": "0.2"}),
        )


class AnchorSetForm(forms.Form):
    """What a set of anchors is frozen from."""

    name = forms.SlugField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Lower-case letters, digits, hyphens.")
    )
    pairs = forms.IntegerField(
        label=gettext_lazy("Comparisons"),
        min_value=0,
        max_value=10_000,
        required=False,
        help_text=gettext_lazy("More than one rater will meet: 5 to 10 for every 100 tasks of the busiest one."),
    )
    responses = forms.IntegerField(
        label=gettext_lazy("Single responses"),
        min_value=0,
        max_value=10_000,
        required=False,
        help_text=gettext_lazy("For campaigns that ask about one response at a time."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )

    def counts(self) -> dict[str, int]:
        """How many of each, for `anchoring.draw`."""
        return {name: self.cleaned_data[name] or 0 for name in ("pairs", "responses")}


def _as_initial(campaign: Campaign) -> dict[str, Any]:
    plain = (
        "title",
        "guideline",
        "overlap",
        "lease_seconds",
        "undo_seconds",
        "currency",
        "reveal_gold",
        "reports_to_hold",
        "anchor_gap_days",
    )
    # 0.1200 is stored; 0.12 is what somebody wrote.
    pay = f"{campaign.pay:f}"
    short = pay.rstrip("0").rstrip(".") if "." in pay else pay
    return {
        **{name: getattr(campaign, name) for name in plain},
        "pay": short,
        "purposes": ", ".join(campaign.purposes),
        "anchor_set": campaign.anchor_set and campaign.anchor_set.name,
        "anchor_percent": f"{100 * campaign.anchor_share:g}",
    }
