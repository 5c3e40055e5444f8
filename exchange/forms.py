"""What people fill in to import and to export."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from annotate.models import Campaign
from core.accounts.models import Project
from exchange.doubting import Doubted, fault_of_reason, refuse_early
from exchange.files.kinds import FILES
from exchange.formats.readers import AUTO, READERS
from exchange.formats.writers import WRITERS
from exchange.rewards import RewardFault, reward_of
from exchange.selection import INCLUDE, LEAVE_OUT, REFUSE, STYLES, Selection
from exchange.uploads import MOST_BYTES
from reports.drift.acting import LONGEST_REASON

CAMPAIGN_NAME = r"^[a-z0-9](?:[a-z0-9_-]{0,78}[a-z0-9])?\Z"

_NO_NAME = _("Use lower-case letters, digits, hyphens and underscores; a letter or digit first and last.")


class ImportForm(forms.Form):
    """A file, and the campaign or the pool that it goes to."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        max_length=500,
        help_text=format_lazy(
            _(
                "JSON Lines or CSV in UTF-8, plain or gzip, or Parquet; up to {most} MB. "
                "Nothing lands until you confirm."
            ),
            most=MOST_BYTES >> 20,
        ),
    )
    campaign = forms.RegexField(
        label=_("Campaign"),
        regex=CAMPAIGN_NAME,
        max_length=80,
        required=False,
        help_text=_("Its raters get the comparisons. It is made, and opened, if there is none of this name."),
        error_messages={"invalid": _NO_NAME},
    )
    pool = forms.RegexField(
        label=_("Pool"),
        regex=CAMPAIGN_NAME,
        max_length=80,
        required=False,
        help_text=_(
            "Instead of a campaign, for a file that holds several responses to each prompt with their scores: what "
            "recipes are tried on. It is made if there is none of this name."
        ),
        error_messages={"invalid": _NO_NAME},
    )
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(AUTO, _("Find out from the file")), *((one.name, _(one.label)) for one in READERS.values())],
        initial=AUTO,
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors.keys() & {"campaign", "pool"}:
            if given.get("campaign") and given.get("pool"):
                self.add_error("pool", _("Name a campaign or a pool, not both."))
            elif not given.get("campaign") and not given.get("pool"):
                self.add_error("campaign", _("Name the campaign or the pool that the file goes to."))
        return given

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        size = file.size or 0
        if size > MOST_BYTES:
            raise forms.ValidationError(
                _(
                    "The file has %(size)d MB; at most %(most)d MB can be uploaded. Compress it with gzip, "
                    "split it, or use the command import_comparisons."
                )
                % {"size": size >> 20, "most": MOST_BYTES >> 20}
            )
        if not size:
            raise forms.ValidationError(_("The file is empty; it must hold one comparison or prompt a line."))
        return file


class ExportForm(forms.Form):
    """What is to be exported, and how."""

    format = forms.ChoiceField(
        label=_("Format"), choices=[(one.name, _(one.label)) for one in WRITERS.values()], widget=forms.RadioSelect
    )
    file = forms.ChoiceField(
        choices=[(one.name, _(one.label)) for one in FILES.values()],
        initial="jsonl",
        required=False,
        label=_("Kind of file"),
    )
    campaign = forms.ChoiceField(
        label=_("Campaign"),
        required=False,
        widget=forms.Select(attrs={"dir": "auto"}),
        help_text=_("Narrows to the comparisons that are tasks of it."),
    )
    style = forms.ChoiceField(
        choices=[("conversational", _("lists of messages")), ("standard", _("plain text"))],
        initial=STYLES[0],
        label=_("DPO, KTO: written as"),
    )
    min_votes = forms.IntegerField(
        min_value=1,
        max_value=1000,
        initial=1,
        label=_("DPO: at least so many votes"),
        help_text=_("Fewer leave the pair out."),
    )
    recipe = forms.ChoiceField(
        label=_("DPO: margins by recipe"),
        required=False,
        widget=forms.Select(attrs={"dir": "auto"}),
        help_text=_("Adds margin and reward_weight, by the recipe's newest version."),
    )
    pool = forms.ChoiceField(
        label=_("DPO: scores from pool"),
        required=False,
        widget=forms.Select(attrs={"dir": "auto"}),
        help_text=_("Used with a recipe."),
    )
    words = forms.BooleanField(
        required=False,
        label=_("Raw: with people's rationales"),
        help_text=_("Erasing a person's words later cannot reach what has been exported."),
    )
    doubted_thumbs = forms.ChoiceField(
        choices=[
            (REFUSE, _("refuse the export")),
            (LEAVE_OUT, _("leave them out")),
            (INCLUDE, _("include them, and say why")),
        ],
        initial=REFUSE,
        required=False,
        label=_("KTO, raw: thumbs in doubt"),
        help_text=_("Users' thumbs from a time on which an alarm casts doubt."),
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        label=_("Why thumbs in doubt are included"),
        help_text=_("The manifest and the card carry it."),
    )
    spreadsheet = forms.BooleanField(
        required=False,
        label=_("CSV: for a spreadsheet program"),
        help_text=_(
            "An apostrophe stands before what such a program could run as a formula. Leave it off for programs."
        ),
    )
    include_simulated = forms.BooleanField(
        required=False,
        label=_("With simulated judgments"),
        help_text=_("To try things out; nothing should be trained on them."),
    )

    def __init__(
        self,
        *args: Any,
        project: Project,
        campaigns: list[Campaign],
        recipes: list[str],
        pools: list[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._project = project
        self._campaigns = {campaign.name: campaign for campaign in campaigns}
        self._offer("campaign", _("All campaigns"), [(name, one.title) for name, one in self._campaigns.items()])
        self._offer("recipe", _("None"), [(name, name) for name in recipes])
        self._offer("pool", _("The newest"), [(name, name) for name in pools])
        self.fields["format"].initial = next(iter(WRITERS))

    def _offer(self, name: str, nothing: Any, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", nothing), *choices]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("spreadsheet") and given.get("file") != "csv":
            self.add_error("spreadsheet", _("Choose CSV as the kind of file, or leave this off."))
        self._reward = self._rewarded(given)
        self._doubt(given)
        return given

    def _doubt(self, given: dict[str, Any]) -> None:
        """Whether the export would hold users' thumbs that are in doubt, and may."""
        writer = WRITERS.get(given.get("format", ""))
        if self.errors or writer is None or "doubted_thumbs" not in writer.options:
            return
        fault = fault_of_reason(given["doubted_thumbs"], given["reason"])
        if fault:
            self.add_error("reason", fault)
            return
        try:
            refuse_early(self._project, writer.name, self.selection())
        except Doubted as doubt:
            how = _("Leave them out, or include them and say why, or have the alarm looked into first.")
            self.add_error("doubted_thumbs", format_lazy("{found} {how}", found=doubt.found, how=how))

    def _rewarded(self, given: dict[str, Any]) -> dict[str, Any] | None:
        if not given.get("recipe"):
            return None
        if given.get("format") in WRITERS and "reward" not in WRITERS[given["format"]].options:
            self.add_error("recipe", _("Choose a format of pairs, or leave this off."))
            return None
        try:
            return reward_of(project=self._project, recipe=given["recipe"], pool=given.get("pool", ""))
        except RewardFault as fault:
            self.add_error(fault.field, str(fault))
            return None

    def chosen_campaign(self) -> Campaign | None:
        """The campaign that was chosen, if any."""
        return self._campaigns.get(self.cleaned_data["campaign"])

    def selection(self) -> Selection:
        """What to export."""
        campaign = self.chosen_campaign()
        return Selection(
            project=self._project.pk,
            campaign=campaign.pk if campaign else None,
            include_simulated=self.cleaned_data["include_simulated"],
            style=self.cleaned_data["style"],
            min_votes=self.cleaned_data["min_votes"],
            reward=self._reward,
            words=self.cleaned_data["words"],
            doubted_thumbs=self.cleaned_data["doubted_thumbs"] or REFUSE,
            doubted_reason=self.cleaned_data["reason"] if self.cleaned_data["doubted_thumbs"] == INCLUDE else "",
            file=self.cleaned_data["file"] or "jsonl",
            spreadsheet=self.cleaned_data["spreadsheet"],
        )
