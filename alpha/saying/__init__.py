"""What people say in a chat, into the ledger: each verb owns its transaction and is idempotent by its key."""

from alpha.saying.choosing import Shown, choose
from alpha.saying.ending import form
from alpha.saying.flagging import felt_off, report
from alpha.saying.ground import NoPair, NotFinished, NotYours, Refused, TooLong
from alpha.saying.labelling import labels
from alpha.saying.thumbing import thumb
from alpha.saying.told import OfAnswer, Told, said_of

__all__ = [
    "NoPair",
    "NotFinished",
    "NotYours",
    "OfAnswer",
    "Refused",
    "Shown",
    "Told",
    "TooLong",
    "choose",
    "felt_off",
    "form",
    "labels",
    "report",
    "said_of",
    "thumb",
]
