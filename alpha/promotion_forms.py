"""What a person fills in who sends a turn of a chat to raters."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alpha.models import Promotion
from alpha.promoting import LONGEST
from alpha.selectors import promotions
from core.accounts.access import Member
from core.catalog.models import Bundle

ROWS = 4


class PromoteForm(forms.Form):
    """Which answer, and which bundle shall answer the same."""

    answer = forms.UUIDField(widget=forms.HiddenInput)
    rival = forms.ModelChoiceField(
        Bundle.objects.none(),
        label=gettext_lazy("Which bundle shall answer the same"),
        empty_label=gettext_lazy("Choose"),
        widget=forms.Select(attrs={"translate": "no"}),
    )

    def __init__(self, member: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rivals = self.fields["rival"]
        assert isinstance(rivals, forms.ModelChoiceField)
        rivals.queryset = Bundle.objects.filter(pk__in=[one.pk for one in promotions.rivals_of(member)])


class ReviewForm(forms.Form):
    """The conversation and the answer as raters shall see them."""

    text = forms.CharField(label=gettext_lazy("The answer"), widget=forms.Textarea, max_length=LONGEST)

    def __init__(self, promotion: Promotion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].initial = promotion.text
        labels = {"user": _("The person"), "assistant": _("An earlier answer")}
        messages: dict[str, forms.Field] = {
            f"message_{n}": forms.CharField(
                label=labels.get(one["role"], one["role"]),
                initial=one["content"],
                widget=forms.Textarea,
                max_length=LONGEST,
            )
            for n, one in enumerate(promotion.prompt or [])
        }
        self.fields = {**messages, **self.fields}
        for field in self.fields.values():
            field.widget.attrs.update(rows=ROWS, dir="auto")

    @property
    def prompt(self) -> list[str]:
        """The messages, in order, of a form that is valid."""
        return [words for name, words in self.cleaned_data.items() if name.startswith("message_")]


def places(promotion: Promotion) -> dict[int, str]:
    """What a finding's `where` is called: messages by their number, then the answer."""
    count = len(promotion.prompt or [])
    return {**{n: _("message %(n)s") % {"n": n + 1} for n in range(count)}, count: _("the answer")}
