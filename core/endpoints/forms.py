"""What people fill in about endpoints and bundles. Forms read; the verbs refuse and save."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.endpoints import specs
from core.endpoints.adapters import script
from core.endpoints.bundles import LONGEST_NAME
from core.endpoints.models import Endpoint
from core.endpoints.setting import LONGEST_URL
from core.endpoints.specs import Spec

_CODE = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", "dir": "ltr"}


def refused(form: forms.Form, problems: Mapping[str, str]) -> None:
    """Say what a verb refused beside the fields it names; what names none of them stands at the head of the form."""
    for key, words in problems.items():
        name = _FIELDS.get(key, key.rpartition(".")[2])
        form.add_error(name if name in form.fields else None, words)


_FIELDS = {"memory.most": "remembers", "sampling.max_completion_tokens": "max_tokens"}


class EndpointForm(forms.Form):
    """An endpoint of one kind; its name is asked once."""

    name = forms.SlugField(
        label=_("Name"), max_length=60, help_text=_("Bundles name it by this."), widget=forms.TextInput(attrs=_CODE)
    )
    url = forms.CharField(
        label=_("Base address"),
        max_length=LONGEST_URL,
        help_text=_(
            "An https:// address on the public Internet, such as https://models.example.org/v1. Your operator "
            "can allow others."
        ),
        widget=forms.URLInput(attrs=_CODE),
    )
    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=1000,
        # Nothing that was typed here comes back in a page.
        widget=forms.PasswordInput(render_value=False, attrs={**_CODE, "autocomplete": "new-password"}),
    )
    forget_key = forms.BooleanField(label=_("Forget the key that is stored"), required=False)
    script = forms.CharField(
        label=_("Script"),
        max_length=script.LONGEST,
        strip=False,
        help_text=_(
            "JSON Lines: the first line whose “when” is found in the person's message is said. How pace and "
            "faults are written stands in docs/models.md."
        ),
        widget=forms.Textarea(attrs={**_CODE, "rows": 14, "class": "mono", "wrap": "off"}),
    )

    def __init__(self, *args: Any, kind: str, endpoint: Endpoint | None = None, **kwargs: Any) -> None:
        if endpoint is not None:
            kwargs["initial"] = {"url": endpoint.url, "script": endpoint.script}
        super().__init__(*args, **kwargs)
        self._kind = kind
        gone = {"url", "key", "forget_key"} if kind == Endpoint.Kind.SCRIPT else {"script"}
        if endpoint is not None:
            gone.add("name")
        if endpoint is None or endpoint.key_encrypted is None:
            gone.add("forget_key")
            said = _("Stored encrypted and never shown again. Leave it empty if none is asked for.")
        else:
            said = _("A key is stored. It is never shown; write another one to replace it.")
        self.fields["key"].help_text = said
        for name in gone:
            del self.fields[name]

    def values(self) -> dict[str, Any]:
        """The arguments of `set_endpoint` but for those that the page knows."""
        given = self.cleaned_data
        key = given.get("key") or ("" if given.get("forget_key") else None)
        named = {"name": given["name"]} if "name" in given else {}
        return {**named, "kind": self._kind, "url": given.get("url", ""), "key": key, "script": given.get("script", "")}


class TrialForm(forms.Form):
    """Which model to ask for one word."""

    model = forms.CharField(label=_("Model"), max_length=specs.LONGEST_MODEL, widget=forms.TextInput(attrs=_CODE))


class BundleForm(forms.Form):
    """A bundle to be added."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_(
            "What reports and exports call it. A name that only an import has used so far may be given its "
            "specification here."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    endpoint = forms.ChoiceField(label=_("Endpoint"), widget=forms.Select(attrs={"translate": "no"}))
    model = forms.CharField(
        label=_("Model"),
        max_length=specs.LONGEST_MODEL,
        help_text=_("As the endpoint calls it."),
        widget=forms.TextInput(attrs=_CODE),
    )
    system = forms.CharField(
        label=_("System prompt"),
        required=False,
        strip=False,
        max_length=specs.LONGEST_SYSTEM,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
    )
    temperature = forms.FloatField(label=_("Temperature"), required=False, min_value=0, max_value=2)
    top_p = forms.FloatField(label=_("Top p"), required=False, min_value=0, max_value=1)
    max_tokens = forms.IntegerField(
        label=_("Most tokens of an answer"), min_value=1, max_value=specs.MOST_TOKENS, initial=specs.USUAL_TOKENS
    )
    newer = forms.BooleanField(
        label=_("The model takes this limit as max_completion_tokens only"),
        required=False,
        help_text=_("Some makers' newer models do."),
    )
    remembers = forms.IntegerField(
        label=_("Most things remembered"),
        min_value=0,
        max_value=specs.MOST_REMEMBERED,
        initial=0,
        help_text=_("How many things that the person said in earlier conversations it is told, where memory is on."),
    )

    def __init__(self, *args: Any, endpoints: Iterable[str], like: Spec | None = None, **kwargs: Any) -> None:
        if like is not None:
            kwargs["initial"] = _initial(like)
        super().__init__(*args, **kwargs)
        field = self.fields["endpoint"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in endpoints]
        for name in ("temperature", "top_p"):
            self.fields[name].widget.attrs |= {"step": "any", "inputmode": "decimal"}

    def spec(self) -> dict[str, Any]:
        """The specification for `add_bundle`."""
        given = self.cleaned_data
        sampling = {name: given[name] for name in ("temperature", "top_p") if given[name] is not None}
        sampling["max_completion_tokens" if given["newer"] else "max_tokens"] = given["max_tokens"]
        return {
            "endpoint": given["endpoint"],
            "model": given["model"],
            # A browser sends line ends in its own way; the same words must be the same bundle.
            "system": given["system"].replace("\r\n", "\n"),
            "sampling": sampling,
            "memory": {"most": given["remembers"]},
        }


def _initial(like: Spec) -> dict[str, Any]:
    return {
        "endpoint": like.endpoint,
        "model": like.model,
        "system": like.system,
        "temperature": like.sampling.get("temperature"),
        "top_p": like.sampling.get("top_p"),
        "max_tokens": like.most_tokens,
        "newer": "max_completion_tokens" in like.sampling,
        "remembers": like.remembers,
    }
