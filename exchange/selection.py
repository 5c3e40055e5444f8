"""What an export is asked for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

STYLES = ("conversational", "standard")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which judgments are exported and how they are written.

    `campaign` narrows to the comparisons that are tasks of it. `style`, `min_votes` are DPO's, as is `reward` (a recipe
    and a pool, as `rewards.reward_of` gives them, by which each pair gets its margin); `words` (people's
    rationales, which an erasure can no longer reach once they have left) is raw's. `file` is a name of `files.kinds`;
    `spreadsheet`, with CSV, guards people's spreadsheet programs against cells that they would run.
    """

    project: UUID
    campaign: UUID | None = None
    include_simulated: bool = False
    style: str = "conversational"
    min_votes: int = 1
    reward: Mapping[str, Any] | None = None
    words: bool = False
    file: str = "jsonl"
    spreadsheet: bool = False

    def as_json(self, options: tuple[str, ...]) -> dict[str, Any]:
        """The options that matter to a format, by name."""
        named = (*options, "include_simulated", "file", *(("spreadsheet",) if self.file == "csv" else ()))
        # Without a recipe an export says nothing of one, as it did before there were any.
        return {
            name: value for name, value in asdict(self).items() if name in named and (name, value) != ("reward", None)
        }
