"""The body of a reward-weighting report before anything is known: every key is there, so that readers need not ask."""

from typing import Any

from stats.intervals import Estimate

NOT_ENOUGH = "not_enough_data"


def blank() -> dict[str, Any]:
    """A body that says nothing yet."""
    return {
        "kind": "weighting",
        "verdict": NOT_ENOUGH,
        "sentence": "",
        "over_by": None,
        "needed_prompts": None,
        "ceilings": None,
        "kl": None,
        "pool": None,
        "signals": [],
        "reference": None,
        "recipe": None,
        "shift": {},
        "against_base": {},
        "effective_share": None,
        "quirks": [],
        "toward_gold": None,
        "influence": None,
        "changes": [],
        "lattice": [],
        "interactions": [],
        "budget": [],
        "curves": {"share": [], "pressure": []},
        "before_export": None,
        "recommended": None,
        "slices": [],
        "worst_segment": None,
        "limitations": [],
        "missing": [],
        "provenance": {},
    }


def numbers(found: dict[str, Estimate]) -> dict[str, Any]:
    """Estimates by name, as JSON."""
    return {name: one.as_json() for name, one in found.items()}
