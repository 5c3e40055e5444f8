"""A project's webhook: its events are posted to one address, signed, each until it is taken or given up.

A delivery is a job written in the transaction of its cause. Its signature is an HMAC-SHA256 under the project's secret
over the time and the body, so that whoever receives it can tell who sent it, and that it is no old one sent again.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User, Webhook
from core.accounts.secrets import decrypt, encrypt, new_secret
from core.jobs.queue import enqueue
from core.jobs.registry import Failed
from core.outbound import door
from core.outbound.allowed import Allowed
from core.outbound.faults import Code, NoAnswer

JOB = "accounts.webhook"
PREFIX = "whs_"
LONGEST_URL = 2000
TRIAL = "webhook.trial"
# After so many seconds a delivery that failed is tried again; after the last it is given up.
WAITS = (60, 300, 1800, 7200, 21600)
# No later call could go otherwise.
_HOPELESS = frozenset({Code.ADDRESS, Code.PORT})


def set_webhook(*, project: Project, by: User | None, url: str) -> str:
    """Post the project's events to this address from now on; returns the new secret, which is shown once.

    Raises NoAnswer if it is no address that can be called.
    """
    door.checked_url(url, Allowed.by_operator())
    random, _digest = new_secret()
    secret = PREFIX + random
    with transaction.atomic():
        hook, new = Webhook.objects.select_for_update().update_or_create(
            project=project,
            defaults={
                "url": url,
                "secret_encrypted": encrypt(secret.encode()),
                "set_by": by,
                "set_at": Now(),
                "last_at": None,
                "last_said": "",
                "last_good": True,
            },
        )
        # The path may hold a secret of the receiver's.
        data = {"host": urlsplit(url).hostname, "new": new}
        audit.record(project=project, who=by, verb="webhook.set", object=f"webhook:{hook.pk}", data=data)
    return secret


def remove_webhook(*, project: Project, by: User | None) -> None:
    """Post nothing any more; removing twice changes nothing."""
    with transaction.atomic():
        hook = Webhook.objects.select_for_update().filter(project=project).first()
        if hook is not None:
            audit.record(project=project, who=by, verb="webhook.removed", object=f"webhook:{hook.pk}")
            hook.delete()


def webhook_of(project: Project) -> Webhook | None:
    """The project's webhook, None if it has none."""
    return Webhook.objects.filter(project=project).select_related("set_by").first()


def send(*, project: Project, event: str, delivery: str, data: Mapping[str, Any]) -> None:
    """Have an event posted, in the caller's transaction, if the project has a webhook.

    `delivery` names the event for good: a receiver that gets it twice knows it by that.
    """
    if Webhook.objects.filter(project=project).exists():
        _enqueue(project.pk, event, delivery, _body(project, event, delivery, data), tried=0)


def deliver(*, project_id: UUID, event: str, delivery: str, body: Mapping[str, Any], tried: int) -> str:
    """Post an event once; says what became of it. One that was not taken is tried again later. Raises Failed."""
    hook = Webhook.objects.filter(project=project_id).first()
    if hook is None:
        return _("The project has no webhook any more; nothing was sent.")
    said, hopeless = _post(hook, event, delivery, _content(body))
    if said is None:
        return _("Delivered.")
    if hopeless or tried >= len(WAITS):
        raise Failed(_("Not delivered, and given up: %(why)s") % {"why": said})
    with transaction.atomic():
        _enqueue(project_id, event, delivery, body, tried=tried + 1)
    return _("Not delivered; tried again in %(seconds)d seconds: %(why)s") % {"seconds": WAITS[tried], "why": said}


def try_now(project: Project) -> str | None:
    """Post a trial event at once; why it was not taken, None if it was."""
    hook = Webhook.objects.filter(project=project).first()
    if hook is None:
        return _("The project has no webhook.")
    delivery = str(uuid4())
    said, _hopeless = _post(hook, TRIAL, delivery, _content(_body(project, TRIAL, delivery, {})))
    return said


def sign(secret: str, at: int, body: bytes) -> str:
    """The hexadecimal HMAC-SHA256 of the time in seconds, a point, and the body."""
    return hmac.digest(secret.encode(), b"%d." % at + body, "sha256").hex()


def _post(hook: Webhook, event: str, delivery: str, content: bytes) -> tuple[str | None, bool]:
    """What kept it from being taken, None if it was, and whether it would always be so; the row keeps the words."""
    at = int(timezone.now().timestamp())
    secret = decrypt(bytes(hook.secret_encrypted)).decode()
    headers = {
        "content-type": "application/json",
        "plumbline-event": event,
        "plumbline-delivery": delivery,
        "plumbline-signature": f"t={at},v1={sign(secret, at, content)}",
    }
    said, hopeless = None, False
    try:
        answer = door.post(hook.url, body=content, headers=headers)
    except NoAnswer as fault:
        said, hopeless = str(fault), fault.code in _HOPELESS
    else:
        if not 200 <= answer.status < 300:
            said = _("The host answered with status %(status)d.") % {"status": answer.status}
    words = said or _("Delivered.")
    # Not if it was set again meanwhile: the words would be of an address that was not asked.
    asked = Webhook.objects.filter(pk=hook.pk, set_at=hook.set_at)
    asked.update(last_at=Now(), last_said=words[:200], last_good=said is None)
    return said, hopeless


def _body(project: Project, event: str, delivery: str, data: Mapping[str, Any]) -> dict[str, Any]:
    at = timezone.now().isoformat(timespec="seconds")
    return {"event": event, "delivery": delivery, "project": project.slug, "at": at, "data": dict(data)}


def _content(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _enqueue(project_id: UUID, event: str, delivery: str, body: Mapping[str, Any], *, tried: int) -> None:
    enqueue(
        kind=JOB,
        args={"event": event, "delivery": delivery, "body": dict(body), "tried": tried},
        scope=project_id,
        dedupe_key=f"{delivery}:{tried}",
        run_after=timezone.now() + timedelta(seconds=WAITS[tried - 1]) if tried else None,
    )
