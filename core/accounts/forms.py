"""What people type about themselves and each other. Forms validate; the modules named after verbs save."""

import zoneinfo
from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.accounts.models import Role, Scope
from core.accounts.tokens import DEFAULT_DAYS, LONGEST_NAME, MOST_DAYS
from core.accounts.webhooks import LONGEST_URL


def clean_address(value: str) -> str:
    """An address as it is stored: one person is one row whatever the case."""
    return value.strip().lower()


class LinkRequestForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """allauth's form in our words: a label says what a field is, a placeholder would only repeat it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self.fields, login=_("E-mail address"), password=_("Password"))


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self.fields, email=_("E-mail address"))


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self.fields, oldpassword=_("Password now"), **_TWICE)


class SetPasswordForm(allauth_forms.SetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self.fields, **_TWICE)


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self.fields, **_TWICE)


_TWICE = {"password1": _("New password"), "password2": _("New password again")}


def _in_our_words(fields: dict[str, forms.Field], **labels: Any) -> None:
    for name, label in labels.items():
        fields[name].label = label
        fields[name].widget.attrs.pop("placeholder", None)


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.RATER)

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role, or end the membership.")},
    )


class TokenForm(forms.Form):
    """A token to be made: what it is for, what it may do, and for how long."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("What will use it, such as “nightly import”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that it may do.")},
    )
    days = forms.IntegerField(label=_("Good for days"), min_value=1, max_value=MOST_DAYS, initial=DEFAULT_DAYS)


class WebhookForm(forms.Form):
    """Where a project's events are posted."""

    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        help_text=_("An https:// address on the public Internet that takes POST."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones())]


def _languages() -> list[tuple[str, str | Promise]]:
    return [("", _("As my browser asks")), *settings.LANGUAGES]


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})
    )


class ProfileForm(NameForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        widget=forms.Select(attrs={"translate": "no"}),
        help_text=_("Times are shown to you in this zone."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=_languages, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(settings.LANGUAGES) < 2:
            # Nothing to choose from.
            del self.fields["language"]
