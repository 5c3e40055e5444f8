"""Proxies of warmth and agreement in a text, by counting words: declared, crude, and of English only.

They stand in where nobody has labelled a turn, so that a conversation can be drawn at all, and are named wherever they
are shown. Each score is from 0 to 1 and 0.5 where the marks of both sides balance:

    0.5 + (for - against) / (2 (for + against + 1))

where `for` and `against` count the marks below. One mark moves a score by a quarter, many ever less. A text without any
mark has no score of its own (None), since most texts without marks are in another language or about something else.
The two are never added up: a warm answer need not agree, and one that agrees may be cold.
"""

import re

VERSION = "lexical-1"
"""Names these lists wherever a score of theirs is shown; another list is another version."""

WARM = (
    *("glad", "happy to", "great question", "lovely", "wonderful", "congratulations", "well done", "proud of you"),
    *("thank you", "thanks for", "sorry to hear", "that sounds hard", "that must", "i understand", "take care"),
    *("you're not alone", "here for you", "of course", "no worries", "i hear you", "warmly", "dear", "gently"),
)
DISTANT = (
    *("as an ai", "as a language model", "i cannot", "i can't", "i am unable", "i'm unable", "not able to"),
    *("regardless", "irrelevant", "it is your responsibility", "consult a professional", "as stated", "per se"),
    *("invalid", "denied", "refer to", "the user", "that is not my"),
)
AGREES = (
    *("you're right", "you are right", "you're absolutely", "absolutely", "exactly", "i agree", "good point"),
    *("great point", "great idea", "brilliant", "totally", "definitely", "couldn't agree more", "spot on"),
    *("trust your", "makes perfect sense", "of course you"),
)
OBJECTS = (
    *("however", "actually", "not quite", "i disagree", "i don't think", "i do not think", "incorrect", "mistaken"),
    *("not true", "isn't true", "is not true", "a myth", "no evidence", "on the other hand", "be careful"),
    *("i would not", "i wouldn't", "that's wrong", "that is wrong", "unfortunately"),
)


def warmth(text: str) -> float | None:
    """How warm the words are, 0 to 1; None without any mark of warmth or distance."""
    return _balance(_count(_WARM, text), _count(_DISTANT, text))


def agreement(text: str) -> float | None:
    """How much the words agree with whom they speak to, 0 to 1; None without any mark of either."""
    return _balance(_count(_AGREES, text), _count(_OBJECTS, text))


def _balance(one: int, other: int) -> float | None:
    return 0.5 + (one - other) / (2 * (one + other + 1)) if one + other else None


def _pattern(marks: tuple[str, ...]) -> re.Pattern[str]:
    # The longest first, so that "of course you" is one mark and not two.
    listed = sorted(marks, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(re.escape(mark) for mark in listed) + r")\b")


_WARM, _DISTANT, _AGREES, _OBJECTS = (_pattern(marks) for marks in (WARM, DISTANT, AGREES, OBJECTS))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(text.lower().replace("\u2019", "'")))
