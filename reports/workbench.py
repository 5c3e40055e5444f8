"""What the pages show of what reports are made from: recipes in a list, decisions by name, what is still to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.accounts.access import Member
from reports import recipes, selectors
from reports.models import Recipe, RecipeVersion, ReferenceDecision
from reports.pictures.numbers import signed, weight_said


@dataclass(frozen=True, slots=True)
class Line:
    """A recipe in a list: its newest version, and which of its versions is the reference, if one is."""

    recipe: Recipe
    newest: RecipeVersion
    pinned: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A signal's weight in a version, in the one before, and by how much it moved, in words; "" where it did not."""

    key: str
    now: str
    before: str
    moved: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a recipe as its page shows it, beside the one before it; `pinned`: it is the reference."""

    version: RecipeVersion
    rows: Sequence[Row]
    first: bool
    who: str
    pinned: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on the reference, with the name of who took it."""

    decision: ReferenceDecision
    who: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a first report needs: whether it is there, what it is, and where and how it is done."""

    done: bool
    title: str
    text: str
    action: str
    url_name: str


def lines_of(member: Member) -> list[Line]:
    """The project's recipes, the one with the newest version first."""
    newest: dict[object, RecipeVersion] = {}
    for version in selectors.versions_of(member):
        newest.setdefault(version.recipe_id, version)
    reference = recipes.reference_of(member.project)
    pinned = {reference.version.recipe_id: reference.version.number} if reference else {}
    return [Line(one.recipe, one, pinned.get(one.recipe_id)) for one in newest.values()]


def history_of(member: Member, recipe: Recipe) -> list[Version]:
    """The recipe's versions, the newest first, each beside the one before it."""
    versions = list(selectors.versions_of(member, recipe))
    names = selectors.names_of([one.made_by for one in versions])
    reference = recipes.reference_of(member.project)
    return [
        Version(
            version=one,
            rows=_rows(one, older),
            first=older is None,
            who=names.get(one.made_by, "") if one.made_by else "",
            pinned=reference is not None and reference.version_id == one.pk,
        )
        for one, older in zip(versions, [*versions[1:], None], strict=True)
    ]


def _rows(version: RecipeVersion, older: RecipeVersion | None) -> list[Row]:
    """Every signal of either version: those that moved first, the largest step on top."""
    moved = {step.signal: step for step in recipes.diff(older, version).weights}
    same = [key for key in version.weights if key not in moved]
    rows = [
        Row(key, weight_said(step.after), weight_said(step.before), signed(step.after - step.before, 2))
        for key, step in moved.items()
    ]
    return rows + [Row(key, weight_said(version.weights[key]), weight_said(version.weights[key]), "") for key in same]


def decisions_of(member: Member) -> list[Decided]:
    """Every decision on the reference, the one that stands first."""
    made = list(selectors.decisions_of(member))
    names = selectors.names_of([one.decided_by for one in made])
    return [Decided(one, names.get(one.decided_by, "") if one.decided_by else "") for one in made]


def steps_of(member: Member) -> Sequence[Step]:
    """What a first report needs, in order, and whether it is there."""
    return (
        Step(
            selectors.signals_of(member).exists(),
            _("Register the signals"),
            _("What your trainer rewards: reward models, users' thumbs, raters, judges, rules."),
            _("Go to the signals"),
            "signal_list",
        ),
        Step(
            selectors.pools_of(member).exists(),
            _("Import a pool"),
            _("Several responses to each prompt, with a score per signal and labels."),
            _("Go to the imports"),
            "import_list",
        ),
        Step(
            selectors.versions_of(member).exists(),
            _("Make a recipe"),
            _("The weights with which the signals are to be mixed."),
            _("Go to the recipes"),
            "recipe_list",
        ),
        Step(
            recipes.reference_of(member.project) is not None,
            _("Pin the reference"),
            _("The last recipe known to be good. Every shift is measured against it."),
            _("Choose a version"),
            "recipe_list",
        ),
    )
