"""A person's own keys: the page that lists and changes them, and the quick switch."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotate import keymap
from core.accounts import profile
from core.accounts.gate import SignedInRequest, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def keys(request: SignedInRequest) -> HttpResponse:
    """Every action with its key. A POST keeps the keys that are sent, or with `reset` the defaults."""
    if request.method != "POST":
        now = keymap.of_stored(request.user.keys).by_action
        return _page(request, now, single_keys=request.user.single_keys)
    if "reset" in request.POST:
        profile.keep_keys(user=request.user, keys={}, single_keys=request.user.single_keys)
        messages.success(request, _("Every key is as it was at first."))
        return redirect("keys")
    wanted = {action: request.POST[action] for action in keymap.ACTIONS if action in request.POST}
    on = "single_keys" in request.POST
    try:
        profile.keep_keys(user=request.user, keys=keymap.changed(wanted), single_keys=on)
    except keymap.BadKeys as error:
        return _page(request, {**keymap.DEFAULTS, **wanted}, single_keys=on, errors=error.errors)
    messages.success(request, _("Your keys are saved."))
    return redirect("keys")


@require_POST
@signed_in
def keys_switch(request: SignedInRequest) -> JsonResponse:
    """Let single keys act for this person (`on` is 1) or not."""
    on = request.POST.get("on") == "1"
    profile.switch_single_keys(user=request.user, on=on)
    return JsonResponse({"on": on})


def _page(
    request: SignedInRequest, now: dict[str, str], *, single_keys: bool, errors: dict[str, str] | None = None
) -> HttpResponse:
    faults = errors or {}
    lines: list[dict[str, Any]] = [
        {
            "action": action,
            "label": label,
            "key": now[action][:8],
            "standard": keymap.cap(standard),
            "changed": now[action] != standard,
            "error": faults.get(action, ""),
        }
        for action, (standard, label) in keymap.ACTIONS.items()
    ]
    context = {"lines": lines, "single_keys": single_keys, "errors": faults}
    return render(request, "annotate/keys.html", context, status=422 if faults else 200)
