"""The head of a report: what it is about and how good its data is."""

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from reports.models import RecipeVersion
from reports.reading.labels import QUESTIONS
from reports.reading.pools import Read
from reports.weighting.found import Found
from reports.weighting.ground import Ground
from stats.pools import LeftOut

_EXAMPLES = 3


def head(found: Found) -> dict[str, Any]:
    """The budget, the reference and the recipe."""
    budget = found.budget
    return {
        "kl": budget.kl,
        "ceilings": {
            "sycophancy": budget.sycophancy,
            "coldness": budget.coldness,
            "domains": dict(budget.domains),
        },
        "reference": _reference(found),
        "recipe": _recipe(found.recipe) if found.recipe else None,
    }


def pool(found: Found, read: Read) -> dict[str, Any]:
    """The pool and its labels."""
    present = read.pool.present
    gold = read.labels.gold
    return {
        "pool": {
            "name": found.the_pool().name,
            "prompts": read.pool.prompts,
            "responses": read.responses,
            "most_responses": int(present.shape[0]),
            "clusters": int(np.unique(read.pool.clusters).size),
            "labels": read.labels.standing(),
            "simulated_labels": read.labels.simulated,
            "gold_share": float(gold.mean()) if gold.size else None,
            "label_quality": {question: _quality(read, question) for question in QUESTIONS},
            "left_out": [],
        }
    }


def _quality(read: Read, question: str) -> dict[str, Any] | None:
    """How much of a difference labels keep that are not an expert's, where experts have labelled beside."""
    kept = read.labels.kept(question)
    return {"kept": kept.share, "responses": kept.responses} if kept else None


def signals(found: Found, read: Read | None, scored_by: dict[str, str]) -> dict[str, Any]:
    """Each registered signal: what it is, of how much of the pool it has scores, and how it came to them."""
    n = read.responses if read else 0
    return {
        "signals": [
            {
                "key": key,
                "name": signal.name,
                "kind": signal.kind,
                "source": signal.source,
                "direction": signal.direction,
                "unit": signal.unit,
                "coverage": read.scored[key] / n if read and n else 0.0,
                "brake": signal.is_brake,
                "scored_by": scored_by.get(key),
            }
            for key, signal in found.signals.items()
        ]
    }


def left_out(ground: Ground) -> list[dict[str, Any]]:
    """The prompts that could not be used, by reason, with the ids of some."""
    return [
        {"why": _why(each), "count": int(each.prompts.size), "examples": _examples(ground, each)}
        for each in ground.left_out
    ]


def _examples(ground: Ground, each: LeftOut) -> list[str]:
    return [str(ground.read.prompts[place]) for place in each.prompts[:_EXAMPLES]]


def _why(each: LeftOut) -> str:
    named = {"signals": ", ".join(each.signals)}
    return {
        "one_response": _("only one response"),
        "score_missing": _("some responses have no score of %(signals)s") % named,
        "score_infinite": _("a score of %(signals)s is not finite") % named,
    }[each.why]


def _recipe(version: RecipeVersion) -> dict[str, Any]:
    return {"name": version.recipe.name, "version": version.number, "weights": dict(version.weights)}


def _reference(found: Found) -> dict[str, Any] | None:
    decision = found.reference
    if decision is None:
        return None
    version = decision.version
    return {
        "recipe": version.recipe.name,
        "version": version.number,
        "weights": dict(version.weights),
        "decided_at": decision.decided_at.isoformat(),
        "decided_by": str(decision.decided_by) if decision.decided_by else None,
        "reason": decision.reason,
    }
