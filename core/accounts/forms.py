"""What people type about themselves and each other. Forms validate; the modules named after verbs save."""

import zoneinfo

from django import forms

from core.accounts.models import Role


def clean_address(value: str) -> str:
    """An address as it is stored: one person is one row whatever the case."""
    return value.strip().lower()


class LinkRequestForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.RATER)

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one role, or end the membership."},
    )


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones())]


class NameForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))


class ProfileForm(NameForm):
    time_zone = forms.ChoiceField(label="Time zone", choices=_zones, help_text="Times are shown to you in this zone.")
