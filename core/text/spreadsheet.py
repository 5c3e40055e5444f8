"""Cells that a spreadsheet program must not run as formulas.

Only the file for spreadsheets goes through here. Machine formats carry every byte as it was written.
"""

import unicodedata

_STARTS_FORMULA = frozenset("=+-@\t\r\n\x00＝＋－＠")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet could take it for a formula.

    White space and invisible characters before the sign count as not there, since programs drop them when they import.
    """
    for character in text:
        if character in _STARTS_FORMULA:
            return "'" + text
        if not character.isspace() and unicodedata.category(character) not in ("Cf", "Cc"):
            return text
    return text
