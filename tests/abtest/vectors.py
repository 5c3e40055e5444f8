"""What the server says of some units and turns, kept in docs/clients/vectors.json for clients in any language.

`python -m tests.abtest.vectors` writes the file.
"""

import json
from pathlib import Path
from typing import Any

from abtest.assignment import Parameters, Share, assigned, chosen, number

PLACE = Path(__file__).resolve().parents[2] / "docs/clients/vectors.json"
_UNITS = ["", " ", "u", "a:b", "user-41", "Zoë", "Zoe\u0308", "用户七", "🦩", "\u202eabc", "x" * 200, '"\\\n']


def parameters() -> list[Parameters]:
    """All units, a thin ramp with uneven arms, and one that only some are eligible for."""
    halves = (Share("control", "v41", 500_000), Share("candidate", "v42", 500_000))
    thirds = (Share("control", "v41", 333_333), Share("b", "v42", 333_333), Share("c", "v43", 333_334))
    uneven = (Share("control", "v41", 1), Share("most", "v42", 999_998), Share("last", "v43", 1))
    return [
        Parameters("whole", "running", "user", "0123456789abcdef0123456789abcdef", 100, halves, 20_000, {}),
        Parameters("thin", "running", "conversation", "feedfacefeedfacefeedfacefeedface", 25, thirds, 1_000_000, {}),
        Parameters("some", "running", "user", "a0" * 16, 50, uneven, 500_000, {"locale": ["en", "de"]}),
        Parameters("over", "stopped", "user", "5a" * 16, 0, halves, 10_000, {}),
    ]


def vectors() -> dict[str, Any]:
    """Numbers by salt, purpose and unit; the arm of each unit in each experiment; whether turns are chosen."""
    units = [*_UNITS, *(f"user-{n}" for n in range(40))]
    turns = [("c", 0), ("c", 1), ("c:1", 1), ("🦩", 3), *((f"c{n}", n % 7) for n in range(40))]
    said = []
    for one in parameters():
        arms = [(unit, assigned(one, unit)) for unit in units]
        said.append(
            {
                "parameters": one.as_json(),
                # The first value of each factor that is eligible.
                "segment": {name: values[0] for name, values in one.eligibility.items()},
                "numbers": [[unit, number(one.salt, "arm", unit)] for unit in units],
                "arms": [[unit, share and share.arm] for unit, share in arms],
                "chosen": [[c, turn, chosen(one.salt, c, turn, one.label_share)] for c, turn in turns],
            }
        )
    return {"experiments": said}


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(one, ensure_ascii=True) for one in vectors()["experiments"])
    PLACE.write_text(f'{{"experiments": [\n{lines}\n]}}\n')
