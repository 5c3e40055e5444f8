"""One pair as a rater would see it, without a lease."""

from annotate.answers import questions_for
from annotate.models import Slot
from annotate.selectors import rating as selectors
from annotate.showing import render_controls
from annotate.views.desk import Pair


def preview(slot: Slot) -> Pair:
    """The pair of this slot, its controls empty and its token blank, so that nothing can be sent."""
    shown = selectors.shown([slot])[slot.pk]
    controls = render_controls(questions_for(slot), single=shown.single)
    panes = tuple(
        {
            "side": pane.side,
            "letter": pane.letter,
            "html": pane.html,
            "head": controls[f"head_{pane.side}"],
            "rows": controls[pane.side],
        }
        for pane in shown.panes
    )
    return Pair(token="", shown=shown, panes=panes, subject=controls["subject"])
