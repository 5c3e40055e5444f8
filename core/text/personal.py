"""Finding what tells who somebody is, and taking it out of a text; a person looks at what is left.

Patterns cannot find all of it. They know what has a shape (addresses, numbers with check digits, keys) and names that
somebody introduces ("my name is …"), which are then taken out wherever they stand.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was taken out: of what kind, in which of the texts, and what stood there."""

    kind: str
    where: int
    found: str


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """The texts with `[kind]` in the place of each thing that was found."""

    texts: list[str]
    findings: list[Finding]


def scrub(texts: Sequence[str]) -> Scrubbed:
    """Take personal data out of the texts of one conversation: a name that one of them introduces goes from all."""
    names = {name for text in texts for name in _introduced(text)}
    cleaned: list[str] = []
    findings: list[Finding] = []
    for where, text in enumerate(texts):
        left, found = _without(text, names)
        cleaned.append(left)
        findings.extend(Finding(kind, where, one) for kind, one in found)
    return Scrubbed(cleaned, findings)


_Spot = tuple[int, int, str]


def _without(text: str, names: Iterable[str]) -> tuple[str, list[tuple[str, str]]]:
    parts: list[str] = []
    found: list[tuple[str, str]] = []
    end = 0
    for start, stop, kind in _apart(_spots(text, names)):
        parts += [text[end:start], f"[{kind}]"]
        found.append((kind, text[start:stop]))
        end = stop
    return "".join([*parts, text[end:]]), found


def _apart(spots: Iterable[_Spot]) -> Iterator[_Spot]:
    """Of spots that overlap the one that begins first, and of those the longest."""
    end = 0
    for start, stop, kind in sorted(spots, key=lambda spot: (spot[0], -spot[1])):
        if start >= end:
            yield start, stop, kind
            end = stop


def _spots(text: str, names: Iterable[str]) -> Iterator[_Spot]:
    for kind, pattern, holds in _PATTERNS:
        for match in pattern.finditer(text):
            if holds(match.group()):
                yield match.start(), match.end(), kind
    for name in names:
        for match in re.finditer(rf"\b{re.escape(name)}\b", text):
            yield match.start(), match.end(), "name"


def _always(_found: str) -> bool:
    return True


def _luhn(found: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    digits = [int(one) for one in found if one.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban(found: str) -> bool:
    """The check digits of an account number (ISO 13616, by ISO 7064 mod 97-10)."""
    plain = re.sub(r"[ -]", "", found).upper()
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


def _address(found: str) -> bool:
    try:
        ip_address(found)
    except ValueError:
        return False
    return True


def _phone(found: str) -> bool:
    digits = sum(one.isdigit() for one in found)
    return 8 <= digits <= 15 and not _DATE.fullmatch(found.strip())


def _secret(found: str) -> bool:
    """A long word that is random rather than written: letters of both cases, or hexadecimal digits, with numbers."""
    if not any(one.isdigit() for one in found):
        return False
    mixed = any(one.isupper() for one in found) and any(one.islower() for one in found)
    return mixed or re.fullmatch(r"[0-9a-fA-F]{32,}", found) is not None


_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")
_DIGITS = r"[0-9](?:[ -]?[0-9]){12,18}"
_PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    # A link that carries a key, a session or a password, or has one before its host.
    (
        "link",
        re.compile(
            r"\b[a-z][a-z0-9+.-]{1,10}://(?:[^\s/@]{1,200}@[^\s]{1,2000}"
            r"|[^\s?#]{1,500}[?#][^\s]{0,1000}?"
            r"(?:token|key|secret|sig|signature|auth|session|sid|password|passwd|pwd|code|jwt)=[^\s]{1,2000})",
            re.IGNORECASE,
        ),
        _always,
    ),
    ("email", re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), _always),
    (
        "key",
        re.compile(
            r"\b(?:(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,200}|gh[pousr]_[A-Za-z0-9]{20,200}|github_pat_\w{20,200}"
            r"|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|xox[abprs]-[\w-]{10,200}|plb_[\w-]{16,200}|hf_[A-Za-z0-9]{20,200}"
            r"|eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{8,2000})\b"
        ),
        _always,
    ),
    ("key", re.compile(r"(?<![\w/+-])[A-Za-z0-9_+/-]{32,512}={0,2}(?![\w/+-])"), _secret),
    ("account", re.compile(r"\b[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}\b"), _iban),
    ("account", re.compile(r"\b[A-Z]{2}[0-9]{2}(?:[ -][A-Z0-9]{4}){2,7}(?:[ -][A-Z0-9]{1,4})?\b"), _iban),
    ("card", re.compile(rf"(?<![\d.,-]){_DIGITS}(?![\d])"), _luhn),
    ("address", re.compile(r"(?<![\w.:])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.:]*\d)"), _address),
    ("address", re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])"), _address),
    (
        "phone",
        re.compile(r"(?<![\w.,+-])(?:\+|00|\(?0|\([0-9])[0-9]{0,4}(?:[ ()./-]{0,2}[0-9]){6,14}(?![\w])"),
        _phone,
    ),
    ("phone", re.compile(r"(?<![\w.,+-])\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4}(?![\w-])"), _phone),
)

_INTRODUCES = re.compile(
    r"\b(?:[Mm]y (?:full |first |last |sur|nick)?name is|[Nn]ame's|[Mm]y name's|I am|I'm|I\u2019m|[Cc]all me|[Tt]his is"
    r"|[Mm]ein Name ist|[Ii]ch hei\u00dfe|[Ii]ch bin|[Jj]e m['\u2019]appelle|[Mm]e llamo|[Mm]i nombre es|[Mm]i chiamo)"
    r"[ \t]{1,3}((?:[Dd]r\.?|[Mm]rs?\.?|[Mm]s\.?)[ \t])?"
)
_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]{1,30}(?:['\u2019-][^\W\d_]{1,30})?")
# What may stand in the place of a name with a capital, and is none.
_NO_NAMES = frozenset(
    re.findall(
        r"\w+",
        "A An And The That What Why How So Not Now Just Very Really Sorry Sure Also Still Only Glad Happy Sad English "
        "German French Spanish Italian American British Christian Muslim Jewish Catholic Hindu Buddhist European Asian "
        "African ChatGPT GPT AI Ein Eine Der Die Das Nicht Sehr Auch Mir I It If In Is My Your You We",
    )
)
_MOST_WORDS = 3


def _introduced(text: str) -> Iterator[str]:
    """The names that the text introduces: each of their words, so that a first name goes wherever it stands alone."""
    for match in _INTRODUCES.finditer(text):
        at = match.end()
        for _word in range(_MOST_WORDS):
            word = _NAME.match(text, at)
            if word is None or word.group() in _NO_NAMES or not word.group()[0].isupper():
                break
            yield word.group()
            if text[word.end() : word.end() + 1] != " ":
                break
            at = word.end() + 1
