"""Chance: which bundles speak in a conversation, on which side, with memory or without."""

import random
from collections.abc import Sequence

from django.utils.translation import gettext as _

from alpha.models import Conversation, Programme, Trial
from core.catalog.models import Bundle

# From the operating system, so that nothing in the process can foresee or repeat a draw.
_chance = random.SystemRandom()


class NotOffered(Exception):
    """The programme does not offer this way of chatting; the message says so."""


def voices(programme: Programme, mode: str) -> list[Bundle]:
    """The bundles of a new conversation in the order of their places, drawn from those on trial. Raises NotOffered.

    Single: each bundle on trial with the same chance. Side by side: the baseline and a candidate, two candidates where
    there is no baseline, each on either side with the same chance.
    """
    trials = list(Trial.objects.filter(programme=programme).order_by("ordinal").select_related("bundle"))
    if mode not in Conversation.Mode.values:
        raise NotOffered(_("Choose one of the ways to chat."))
    drawn = _one(programme, trials) if mode == Conversation.Mode.SINGLE else _two(programme, trials)
    return [trial.bundle for trial in drawn]


def with_memory(programme: Programme) -> bool:
    """Whether a new conversation has memory."""
    return happens(programme.memory_share)


def happens(share: float) -> bool:
    """True with this probability."""
    return _chance.random() < share


def _one(programme: Programme, trials: Sequence[Trial]) -> list[Trial]:
    if not programme.single or not trials:
        raise NotOffered(_("This programme does not offer chats with one answer."))
    return [_chance.choice(trials)]


def _two(programme: Programme, trials: Sequence[Trial]) -> list[Trial]:
    if not programme.side_by_side or len(trials) < 2:
        raise NotOffered(_("This programme does not offer chats with two answers side by side."))
    baseline = [trial for trial in trials if trial.part == Trial.Part.BASELINE]
    candidates = [trial for trial in trials if trial.part == Trial.Part.CANDIDATE]
    drawn = [*baseline, _chance.choice(candidates)] if baseline else _chance.sample(candidates, 2)
    _chance.shuffle(drawn)
    return drawn
