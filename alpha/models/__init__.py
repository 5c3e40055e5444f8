"""Alpha: programmes and their volunteers, live chats, what was said of them, spot checks, promotions."""

from alpha.models.chats import Answer, Conversation, Message, Voice
from alpha.models.checks import AxisAnswer, SpotCheck
from alpha.models.programmes import Consent, ConsentText, Programme, Trial, Volunteer
from alpha.models.promotions import Promotion
from alpha.models.saying import Choice, Said, Triage
from alpha.models.spending import Budget, Reservation

__all__ = [
    "Answer",
    "AxisAnswer",
    "Budget",
    "Choice",
    "Consent",
    "ConsentText",
    "Conversation",
    "Message",
    "Programme",
    "Promotion",
    "Reservation",
    "Said",
    "SpotCheck",
    "Triage",
    "Trial",
    "Voice",
    "Volunteer",
]
