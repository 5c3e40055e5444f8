import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "static"
PAIR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
TOKENS = {name: (light, dark) for name, light, dark in PAIR.findall((STATIC / "css/tokens.css").read_text("utf-8"))}

TEXT = [
    *((ink, ground) for ink in ("ink", "quiet", "accent", "code-value", "code-name") for ground in ("paper", "wash")),
    *((hue, ground) for hue in ("correct", "sycophantic", "cold") for ground in ("paper", "wash", f"{hue}-wash")),
    ("accent", "accent-wash"),
    ("ink", "accent-wash"),
    ("accent-ink", "accent"),
    ("paper", "ink"),
]
EDGES = [("edge", "paper"), ("edge", "wash"), ("accent", "paper"), ("ink", "rule")]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(front: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[front][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground"), EDGES)
def test_edges_of_controls_can_be_seen(front: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[front][theme], TOKENS[ground][theme]) >= 3


def test_colours_are_written_in_the_tokens_alone() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        if sheet.name != "tokens.css":
            # A backdrop dims whatever lies under it: the one colour that is not of the palette.
            rest = sheet.read_text("utf-8").replace("rgb(0 0 0 / 35%)", "")
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgba?\(|hsl", rest), sheet.name


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in [*(STATIC / "css").glob("*.css"), *(STATIC / "js").glob("*.js")]:
        text = file.read_text("utf-8")
        assert "http://" not in text, file.name
        assert "https://" not in text, file.name
        assert "@import" not in text, file.name
