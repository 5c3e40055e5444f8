"""Feedback from a file of any length: batch after batch, each in its own transaction."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from abtest.ingest.arriving import lines_of_file
from abtest.ingest.faults import Rejected
from abtest.ingest.taking import read, write
from core.accounts.models import Project

AT_ONCE = 5_000
NAMED = 100


@dataclass(slots=True)
class Filed:
    """What became of a file's events. `codes` counts what was refused; `rejected` has the first NAMED of it."""

    accepted: int = 0
    duplicate: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return self.codes.total()

    @property
    def events(self) -> int:
        return self.accepted + self.duplicate + self.refused


def take_file(*, project: Project, path: Path) -> Filed:
    """Take the events of a file in. Raises FileFault; what stands before the fault was taken."""
    done = Filed()
    with lines_of_file(path) as lines:
        while some := list(islice(lines, AT_ONCE)):
            taken = write(project=project, batch=read(project=project, lines=some))
            done.accepted += taken.accepted
            done.duplicate += taken.duplicate
            done.codes.update(one.code for one in taken.rejected)
            done.rejected.extend(taken.rejected[: max(0, NAMED - len(done.rejected))])
    return done
