"""The choice between two answers side by side, kept in the order of the programme's trials."""

from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from alpha.models import Answer, Choice, Message, Said, Trial
from alpha.saying import ground, rubric
from core.ledger.models import Actor, Judgment
from core.ledger.recording import Said as One
from core.ledger.rubrics import BOTH_BAD, UnknownAnswer, mirror

Shown = int | Literal["both_bad"]

_OVERALL = rubric.ALPHA.question("overall")


def choose(
    *, message: Message, actor: Actor, shown: Shown, submission_key: UUID | str, seen: UUID | None = None
) -> Judgment:
    """Record which answer to the message is better; `shown` is from -3 (the one on the left) to 3, or "both_bad".

    It speaks of the two that were asked for together of which `seen` is one, else of the last two: whoever chooses may
    not know yet that others were asked for. Said again of the same two, the last choice stands. The same key again
    returns what was stored. Raises NotYours, NoPair, UnknownAnswer and SubmissionConflict.
    """
    value = value_of(shown)
    with transaction.atomic():
        found = ground.ground(message.conversation_id, actor)
        first, second = _pair(found, message, seen)
        flipped = first.voice.place == 1
        statement = ground.Statement(
            kind=Said.Kind.CHOICE,
            answer=second,
            submission_key=submission_key,
            said=(One(_OVERALL.key, mirror(_OVERALL, value) if flipped else value),),
            solicited=True,
            supersedes=found.last(Said.Kind.CHOICE, second),
            arms=found.arms(first.voice.bundle_id, second.voice.bundle_id),
        )
        judgment, new = ground.write(found, statement)
        if new:
            Choice.objects.create(
                judgment=judgment, project=judgment.project, first=first, second=second, flipped=flipped
            )
    return judgment


def value_of(shown: Shown) -> int:
    """The number of a choice as it was shown. Raises UnknownAnswer."""
    if shown == "both_bad":
        return BOTH_BAD
    if type(shown) is not int or not -3 <= shown <= 3:
        raise UnknownAnswer(_("A choice is a whole number from -3 to 3, or that both are bad."))
    return shown


def _pair(found: ground.Ground, message: Message, seen: UUID | None) -> tuple[Answer, Answer]:
    """The two answers to the message that were seen, else the last, in the order of the trials. Raises NoPair."""
    answers = list(Answer.objects.filter(message=message).select_related("voice", "turn"))
    which = max((one.attempt for one in answers if seen in (None, one.pk)), default=0)
    done = [one for one in answers if one.attempt == which and one.state == Answer.State.DONE and one.turn is not None]
    order = dict(Trial.objects.filter(programme=found.conversation.programme).values_list("bundle", "ordinal"))
    if len(done) != 2 or len({one.voice.bundle_id for one in done} & order.keys()) != 2:
        raise ground.NoPair(_("There are no two finished answers here to choose between."))
    first, second = sorted(done, key=lambda one: order[one.voice.bundle_id])
    return first, second
