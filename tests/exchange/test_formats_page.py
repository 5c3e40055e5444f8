"""docs/formats.md says what the code does."""

import re
from pathlib import Path

from exchange.files.kinds import FILES
from exchange.formats.readers import READERS
from exchange.formats.writers import WRITERS
from exchange.rows import CODES

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_every_code_is_explained_in_the_same_words() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE)) >= set(CODES.items())


def test_every_format_has_its_section() -> None:
    assert {*READERS, *WRITERS} <= set(re.findall(r"^### (\w+)$", PAGE, re.MULTILINE))


def test_every_kind_of_file_is_described() -> None:
    assert set(FILES) <= set(re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE))
