"""What an export is asked for."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

STYLES = ("conversational", "standard")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which judgments are exported and how they are written.

    `campaign` narrows to the comparisons that are tasks of it. `style`, `min_votes` are DPO's, `words` (people's
    rationales, which an erasure can no longer reach once they have left) is raw's. `file` is a name of `files.kinds`;
    `spreadsheet`, with CSV, guards people's spreadsheet programs against cells that they would run.
    """

    project: UUID
    campaign: UUID | None = None
    include_simulated: bool = False
    style: str = "conversational"
    min_votes: int = 1
    words: bool = False
    file: str = "jsonl"
    spreadsheet: bool = False

    def as_json(self, options: tuple[str, ...]) -> dict[str, Any]:
        """The options that matter to a format, by name."""
        named = (*options, "include_simulated", "file", *(("spreadsheet",) if self.file == "csv" else ()))
        return {name: value for name, value in asdict(self).items() if name in named}
