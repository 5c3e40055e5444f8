"""Making campaigns and changing them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate import planning
from annotate.anchors import SHARES
from annotate.models import Campaign
from core.accounts import audit
from core.accounts.models import Project, User
from core.catalog.models import Bundle
from core.ledger.rubrics import default_version
from core.live.topics import publish
from reports.drift.anchors import gold_is_raised

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,78}[a-z0-9])?")
_CHANGEABLE = frozenset(
    {
        "title",
        "guideline",
        "questions",
        "overlap",
        "lease_seconds",
        "undo_seconds",
        "pay",
        "currency",
        "purposes",
        "reveal_gold",
        "reports_to_hold",
        "anchor_set",
        "anchor_share",
        "anchor_gap_days",
    }
)
_OF_ANCHORS = frozenset({"anchor_set", "anchor_share", "anchor_gap_days"})
_FIELDS = {"name": gettext_lazy("name"), "title": gettext_lazy("title"), "guideline": gettext_lazy("guideline")}
_NEXT = {
    Campaign.State.DRAFT: {Campaign.State.OPEN, Campaign.State.CLOSED},
    Campaign.State.OPEN: {Campaign.State.PAUSED, Campaign.State.CLOSED},
    Campaign.State.PAUSED: {Campaign.State.OPEN, Campaign.State.CLOSED},
    Campaign.State.CLOSED: {Campaign.State.OPEN},
}


class BadName(ValueError):
    """What a campaign is called will not do: its name does not fit into an address, or it would unblind raters."""


class NameTaken(ValueError):
    """The project has a campaign of this name already."""


class NamesBundle(BadName):
    """A text that raters see names a bundle of the project, so they would not rate blind; `field` says which text."""

    def __init__(self, field: str, bundle: str) -> None:
        super().__init__(
            _(
                "The %(field)s names the bundle “%(bundle)s”, and raters would read it. "
                "Say it without the bundle's name."
            )
            % {"field": _FIELDS.get(field, field), "bundle": bundle}
        )
        self.field = field
        self.bundle = bundle


class CannotChange(ValueError):
    """The change would break what raters have been promised, or what anchors are for; the message says what to do."""

    def __init__(self, words: str, field: str = "overlap") -> None:
        super().__init__(words)
        self.field = field


def get_or_create_campaign(*, project: Project, name: str, who: User | None = None) -> Campaign:
    """The project's campaign of this name; if there is none, a new open one on the default rubric.

    Two first calls at once make one campaign. Raises BadName.
    """
    found = Campaign.objects.select_related("rubric_version").filter(project=project, name=name).first()
    if found is not None:
        return found
    try:
        return create_campaign(project=project, name=name, who=who, state=Campaign.State.OPEN)
    except NameTaken:
        return Campaign.objects.select_related("rubric_version").get(project=project, name=name)


def create_campaign(
    *, project: Project, name: str, who: User | None, state: str = Campaign.State.DRAFT, **fields: Any
) -> Campaign:
    """A new campaign on the project's default rubric; `fields` are the changeable ones, see `change_campaign`.

    Raises BadName, NameTaken, NamesBundle, CannotChange.
    """
    # /campaigns/new/ is the form.
    if not _NAME.fullmatch(name) or name == "new":
        raise BadName(
            _(
                "%(name)r cannot be a campaign's name: use up to 80 lower-case letters, digits, hyphens and "
                "underscores, with a letter or digit first and last; and not new."
            )
            % {"name": name}
        )
    _refuse_unknown(fields)
    _refuse_bundles(project, {"name": name, **fields})
    campaign = Campaign(project=project, name=name, state=state, created_by=who, **{"title": name, **fields})
    _refuse_anchors(campaign)
    try:
        with transaction.atomic():
            campaign.rubric_version = default_version(project)
            campaign.save(force_insert=True)
            audit.record(project=project, who=who, verb="campaign.created", object=name, data={"state": state})
    except IntegrityError as error:
        if Campaign.objects.filter(project=project, name=name).exists():
            raise NameTaken(
                _("There is a campaign called %(name)r already; choose another name.") % {"name": name}
            ) from error
        raise
    return campaign


def change_campaign(*, campaign: Campaign, who: User | None, **fields: Any) -> Campaign:
    """Change some of a campaign's fields; returns it as it now is.

    A new guideline gets the next version; a higher overlap adds slots, a share of anchors adds those. Raises
    CannotChange for a lower overlap and for anchors that the campaign cannot have, NamesBundle for a new title or
    guideline that would unblind raters.
    """
    _refuse_unknown(fields)
    with transaction.atomic():
        locked = _locked(campaign)
        changed = {name: value for name, value in fields.items() if getattr(locked, name) != value}
        if not changed:
            return locked
        _refuse_bundles(locked.project, changed)
        before = locked.overlap
        if changed.get("overlap", before) < before:
            raise CannotChange(
                _(
                    "The overlap is %(n)d and can only grow: judgments that were asked for would become too many. "
                    "Make a new campaign instead."
                )
                % {"n": before}
            )
        for name, value in changed.items():
            setattr(locked, name, value)
        _refuse_anchors(locked)
        if "guideline" in changed:
            locked.guideline_version += 1
        locked.save()
        if locked.overlap != before:
            planning.add_slots(campaign=locked)
        if changed.keys() & _OF_ANCHORS:
            planning.add_anchors(campaign=locked)
        audit.record(
            project=locked.project,
            who=who,
            verb="campaign.changed",
            object=locked.name,
            data={"fields": sorted(changed)},
        )
    return locked


def set_state(*, campaign: Campaign, state: str, who: User | None) -> Campaign:
    """Open, pause or close a campaign. Held leases may still be submitted. Raises CannotChange and NamesBundle.

    Opening asks again for bundles' names in the texts, since bundles may have come since they were written.
    """
    with transaction.atomic():
        locked = _locked(campaign)
        if locked.state == state:
            return locked
        if state not in _NEXT[Campaign.State(locked.state)]:
            raise CannotChange(
                _("A campaign that is %(now)s cannot become %(then)s.") % {"now": locked.state, "then": state},
                "state",
            )
        if state == Campaign.State.OPEN:
            _refuse_bundles(locked.project, {"title": locked.title, "guideline": locked.guideline})
        data = {"from": locked.state, "to": state}
        locked.state = state
        locked.save(update_fields=["state"])
        audit.record(project=locked.project, who=who, verb="campaign.state", object=locked.name, data=data)
        publish(f"campaign.{locked.pk}")
    return locked


def follow_alarms() -> int:
    """Raise the share of anchors where an alarm asks for more gold, and lower it again; returns how many changed."""
    mixed = Campaign.objects.filter(anchor_share__gt=0).exclude(state=Campaign.State.CLOSED)
    return sum(_follow(one, raised=gold_is_raised(one.project_id)) for one in mixed.order_by("pk"))


def _follow(campaign: Campaign, *, raised: bool) -> bool:
    if campaign.anchors_raised == raised:
        return False
    with transaction.atomic():
        locked = _locked(campaign)
        locked.anchors_raised = raised
        locked.save(update_fields=["anchors_raised"])
        planning.add_anchors(campaign=locked)
        data = {"raised": raised}
        audit.record(project=locked.project, who=None, verb="campaign.anchors", object=locked.name, data=data)
    return True


def _refuse_unknown(fields: dict[str, Any]) -> None:
    unknown = fields.keys() - _CHANGEABLE
    if unknown:
        raise TypeError(f"unknown fields of a campaign: {', '.join(sorted(unknown))}")


def named_in(*, project: Project, name: str, bundles: Iterable[str]) -> dict[str, NamesBundle]:
    """Those of these bundles' names that raters of the campaign called `name` would read, with which text names them.

    For who adds work to a campaign: a comparison of such a bundle with another one would not be rated blind.
    """
    campaign = Campaign.objects.filter(project=project, name=name).first()
    texts = {"title": campaign.title, "guideline": campaign.guideline} if campaign else {}
    return dict(_named({"name": name, **texts}, bundles))


def _locked(campaign: Campaign) -> Campaign:
    # The campaign alone, and weak enough to let the rows of a submit refer to it: else no rater could save meanwhile.
    rows = Campaign.objects.select_for_update(of=("self",), no_key=True).select_related("rubric_version")
    return rows.get(pk=campaign.pk)


def _refuse_anchors(campaign: Campaign) -> None:
    least, largest = SHARES
    if campaign.anchor_share and not least <= campaign.anchor_share <= largest:
        raise CannotChange(
            _("A share of anchors is %(least)d to %(largest)d %%, or 0 for none.")
            % {"least": round(100 * least), "largest": round(100 * largest)},
            "anchor_share",
        )
    if campaign.anchor_share and campaign.anchor_set is None:
        raise CannotChange(_("Choose the set whose anchors are mixed in."), "anchor_set")
    if campaign.anchor_set is not None and campaign.anchor_set.project_id != campaign.project_id:
        raise CannotChange(_("The project has no such set of anchors."), "anchor_set")


def _refuse_bundles(project: Project, texts: Mapping[str, Any]) -> None:
    bundles = Bundle.objects.filter(project=project).order_by("name").values_list("name", flat=True)
    for _field, fault in _named(texts, bundles):
        raise fault


def _named(texts: Mapping[str, Any], bundles: Iterable[str]) -> Iterator[tuple[str, NamesBundle]]:
    read_by_raters = {field: _folded(str(texts[field])) for field in ("name", "title", "guideline") if texts.get(field)}
    if not read_by_raters:
        return
    for bundle in bundles:
        # A single letter tells nothing, and no text does without it.
        word = re.compile(rf"(?<![^\W_]){re.escape(_folded(bundle))}(?![^\W_])")
        field = next((field for field, text in read_by_raters.items() if len(bundle) > 1 and word.search(text)), None)
        if field is not None:
            yield bundle, NamesBundle(field, bundle)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
