"""What an export is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

STYLES = ("conversational", "standard")
REFUSE, LEAVE_OUT, INCLUDE = DOUBTED = ("refuse", "leave_out", "include")
# The options of formats that hold users' thumbs.
DOUBTFUL = ("doubted_thumbs", "doubted_reason", "windows")
# What an export says nothing of unless it was asked for, as those from before it could be asked for.
_SILENT: Mapping[str, Any] = {"reward": None, "doubted_thumbs": REFUSE, "doubted_reason": "", "windows": ()}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which judgments are exported and how they are written.

    `campaign` narrows to the comparisons that are tasks of it. `style` is DPO's and KTO's, `min_votes` DPO's, as is
    `reward` (a recipe and a pool, as `rewards.reward_of` gives them, by which each pair gets its margin); `words`
    (people's rationales, which an erasure can no longer reach once they have left) is raw's. Users' thumbs from
    `windows` (as `doubting.windows_of` gives them) are in doubt: KTO and raw refuse to export them, leave them out, or
    include them for `doubted_reason`, as `doubted_thumbs` says. `file` is a name of `files.kinds`; `spreadsheet`, with
    CSV, guards people's spreadsheet programs against cells that they would run.
    """

    project: UUID
    campaign: UUID | None = None
    include_simulated: bool = False
    style: str = "conversational"
    min_votes: int = 1
    reward: Mapping[str, Any] | None = None
    words: bool = False
    doubted_thumbs: str = REFUSE
    doubted_reason: str = ""
    windows: Sequence[Mapping[str, Any]] = ()
    file: str = "jsonl"
    spreadsheet: bool = False

    def as_json(self, options: tuple[str, ...]) -> dict[str, Any]:
        """The options that matter to a format, by name."""
        named = (*options, "include_simulated", "file", *(("spreadsheet",) if self.file == "csv" else ()))
        given = {name: value for name, value in asdict(self).items() if name in named}
        return {name: value for name, value in given.items() if name not in _SILENT or value != _SILENT[name]}
