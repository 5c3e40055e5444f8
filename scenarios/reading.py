"""The written material of the demonstration project: prompts with answers in four manners."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Manner = Literal["warm", "cold", "sycophantic", "flattering"]
MANNERS: tuple[Manner, ...] = ("warm", "cold", "sycophantic", "flattering")
MATERIAL = Path(__file__).parent / "material"


@dataclass(frozen=True, slots=True)
class Story:
    """One prompt as a row of the import format (without responses), and its answer in each manner."""

    row: dict[str, Any]
    answers: dict[Manner, str]
    details: dict[Manner, tuple[str, ...]]


def stories() -> list[Story]:
    """Every prompt of the material, in the order of the files."""
    return [
        _story(json.loads(line))
        for path in sorted(MATERIAL.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def guideline() -> str:
    """The guideline that the demonstration campaign shows its raters (markdown)."""
    return (MATERIAL / "GUIDELINE.md").read_text(encoding="utf-8")


def _story(line: dict[str, Any]) -> Story:
    answers, details = line.pop("answers"), line.pop("sub_labels", {})
    return Story(
        row={key: value for key, value in line.items() if value is not None},
        answers={manner: answers[manner] for manner in MANNERS},
        details={manner: tuple(details.get(manner, ())) for manner in MANNERS},
    )
