"""What a report cannot know, in words: first what is so of every report, then what is so of this one."""

from django.utils.translation import gettext as _

from reports.weighting.found import Found
from reports.weighting.ground import Ground
from reports.weighting.header import left_out
from reports.weighting.material import Material
from reports.weighting.wanting import outcome_in_words


def sentences(found: Found, material: Material, ground: Ground | None) -> list[str]:
    """The limitations of the report."""
    return [*_always(), *_labels(material), *_pool(found, ground)]


def _always() -> list[str]:
    return [
        _(
            "Nothing was trained. The report selects among responses that the base policy gave, so it cannot see "
            "behaviour that is absent from the pool."
        ),
        _(
            "Recipes are compared at one optimisation pressure. A training run that goes further moves behaviour "
            "further; the curve over the pressure shows how much."
        ),
        _("Sycophancy is what the labels say it is. What the rubric does not ask for is not in them."),
        _(
            "Refresh the pool from the trained candidate and compare what the report foretold with what came; until "
            "then its forecasts are unproven for this project."
        ),
    ]


def _labels(material: Material) -> list[str]:
    if material.read is None:
        return []
    said = []
    standing = material.read.labels.standing()
    labelled = sum(standing.values())
    if labelled and standing["gold"] < labelled:
        said.append(
            _(
                "%(share)s of the pool's labels are not an expert's. Errors of raters and judges pull shifts toward "
                "zero, so that a true shift may be larger than the one shown."
            )
            % {"share": f"{1 - standing['gold'] / labelled:.0%}"}
        )
    kept = material.read.labels.kept("sycophantic")
    if kept is not None and standing["gold"] < labelled:
        said.append(
            _(
                "Where an expert has labelled beside them, they keep %(share)s of a difference in sycophancy "
                "(%(count)s responses)."
            )
            % {"share": f"{kept.share:.0%}", "count": f"{kept.responses:,}"}
        )
    if material.read.labels.simulated:
        said.append(_("Labels of the pool are simulated, so that this report says nothing of people."))
    return said


def _pool(found: Found, ground: Ground | None) -> list[str]:
    said = []
    if found.stored is not None and found.stored.base_bundle_id is None:
        said.append(_("Several bundles wrote the pool's responses, so that the base policy is the mixture of them."))
    if ground is None:
        return said
    for each in left_out(ground):
        said.append(
            _("Left out of the pool: %(count)s prompts (%(why)s).")
            % {"count": f"{each['count']:,}", "why": each["why"]}
        )
    if ground.bridged:
        said.append(
            _(
                "A bridge model made the scores of %(signals)s: it sees of a response what the labels say and nothing "
                "else. Its own error is in the shifts' intervals, but not in those of slices and recommended weights."
            )
            % {"signals": ", ".join(ground.bridged)}
        )
    for outcome in ground.unlabelled:
        said.append(
            _("Too little of the pool is labelled for %(outcome)s, or all alike, so that its shift is not known.")
            % {"outcome": outcome_in_words(outcome)}
        )
    if not any(name.startswith("segment:") for name in ground.pool.slices):
        said.append(
            _(
                "No segment of users is recorded, so that a harm to a few of them, which an average hides, would not "
                "be seen."
            )
        )
    return said
