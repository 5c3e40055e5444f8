"""What is missing, in a sentence: one for every way in which a fit can be refused."""

from collections.abc import Sequence

from stats.clustering import OneCluster
from stats.logistic import Collinear, NoRows, NoVariance, OneClass, Separated, Unfittable
from stats.preferences import BY_MEMORY, POSITION, Rows
from stats.sufficiency import InsufficientData

WORDS = {
    "correct": "correctness",
    "sycophantic": "sycophancy",
    "cold": "coldness",
    "length": "length",
    BY_MEMORY: "sycophancy with memory on",
    POSITION: "the order in which they are shown",
}


def listed(names: Sequence[str]) -> str:
    """Names of columns in words, as in "correctness, coldness and length"."""
    words = [WORDS.get(name, name) for name in names]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def upper(sentence: str) -> str:
    """The sentence with a capital at its start."""
    return sentence[0].upper() + sentence[1:]


def absent(rows: Rows, unit: str) -> tuple[str, ...]:
    """Sentences on the columns that a design does without; `unit` is "pairs" or "turns"."""
    said = []
    if rows.unlabelled:
        said.append(
            f"Nothing is recorded of {listed(rows.unlabelled)}, so nothing is known of {_them(rows.unlabelled)}."
        )
    if rows.constant:
        said.append(f"No {unit} differ in {listed(rows.constant)}, so nothing is known of {_them(rows.constant)}.")
    return tuple(said)


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def refusal(refused: Unfittable | InsufficientData, unit: str) -> str:
    """The sentence for an error; `unit` is what the rows are, "pairs" or "turns"."""
    if isinstance(refused, InsufficientData):
        return f"Not enough data: about {refused.needed} more {refused.unit} needed."
    columns = refused.blamed if isinstance(refused, Separated) else refused.columns
    about = listed(columns) if columns else ""
    for kind, sentence in (
        (NoRows, f"There are no {unit} in which everything is labelled."),
        (OneClass, f"All {unit} have the same outcome: {unit} are missing that went another way."),
        (NoVariance, f"No {unit} differ in {about}: {unit} are missing that do."),
        (Collinear, f"{about} always differ together: {unit} are missing in which only one of them does."),
        (Separated, f"every outcome can be foretold from {about}: {unit} are missing that went against it."),
        (OneCluster, f"All {unit} that differ in {about} have the same source: others are missing."),
    ):
        if isinstance(refused, kind):
            return upper(sentence)
    return f"The fit finds no end: more {unit} are missing."
