"""What filters of addresses may be, besides django-filter's own."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import IsoDateTimeFilter
from django_filters.fields import IsoDateTimeField


class MomentField(IsoDateTimeField):
    """A time as ISO 8601 has it, brought to UTC: PostgreSQL knows fewer offsets than Python."""

    def clean(self, value: Any) -> datetime | None:
        found: datetime | None = super().clean(value)
        try:
            return found.astimezone(UTC) if found is not None else None
        except OverflowError:
            raise forms.ValidationError("This time lies outside of all calendars.", code="invalid") from None


class MomentFilter(IsoDateTimeFilter):
    """Narrows by a moment."""

    field_class = MomentField
