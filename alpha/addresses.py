"""Addresses out of what somebody pasted or uploaded: a plain list, or a CSV with or without a header."""

import csv
import io
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from core.accounts.forms import clean_address

MOST = 500
LARGEST = 200_000
"""Bytes of a file."""
_MOST_TOLD = 20
_HEADERS = ("email", "e-mail", "mail", "email address", "e-mail address")
_DELIMITERS = ",;\t"
_valid = EmailValidator()


class BadAddresses(ValueError):
    """Nothing was taken. `lines` says what is wrong: (line, words), the line 0 where it is the whole."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"{line}: {words}" for line, words in lines))
        self.lines = lines


def read(data: bytes) -> list[str]:
    """The addresses in order, in small letters, each once. Raises BadAddresses with every line that has none.

    `data` is UTF-8 with one address a line; or a CSV whose header names a column "email", of which the others are not
    looked at. Empty lines are passed over.
    """
    if len(data) > LARGEST:
        raise BadAddresses([(0, _("The file is larger than %(kb)d kB.") % {"kb": LARGEST // 1000})])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadAddresses([(0, _("The file is not UTF-8 text."))]) from None
    found: dict[str, int] = {}
    wrong: list[tuple[int, str]] = []
    for line, given in _cells(text):
        address = clean_address(given)
        if not _is_address(address):
            wrong.append((line, _("“%(given)s” is no e-mail address.") % {"given": given.strip()[:80]}))
        elif address in found:
            wrong.append((line, _("The same address as in line %(line)d.") % {"line": found[address]}))
        else:
            found[address] = line
    if not found and not wrong:
        wrong = [(0, _("There is no address in it."))]
    if len(found) > MOST:
        wrong.append((0, _("These are more than %(most)d addresses; send fewer at once.") % {"most": MOST}))
    if wrong:
        raise BadAddresses(_shortened(wrong))
    return list(found)


def _cells(text: str) -> Iterator[tuple[int, str]]:
    """(line, what stands where an address should), without the header."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    column = 0
    head = True
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if head:
                head = False
                named = [place for place, cell in enumerate(row) if cell.strip().lower() in _HEADERS]
                if named:
                    column = named[0]
                    continue
            yield reader.line_num, row[column] if column < len(row) else ""
    except csv.Error as error:
        raise BadAddresses([(reader.line_num, str(error))]) from None


def _is_address(given: str) -> bool:
    if len(given) > 254 or not given.isprintable():
        return False
    try:
        _valid(given)
    except ValidationError:
        return False
    return True


def _shortened(wrong: list[tuple[int, str]]) -> list[tuple[int, str]]:
    if len(wrong) <= _MOST_TOLD:
        return wrong
    return [*wrong[:_MOST_TOLD], (0, _("And %(more)d more.") % {"more": len(wrong) - _MOST_TOLD})]
