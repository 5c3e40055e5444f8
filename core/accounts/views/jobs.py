"""The jobs page: what is being done for the project, how far it is, what failed and why."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.accounts import retrying
from core.accounts.access import Member, Right, member_of
from core.accounts.gate import SignedInRequest, signed_in
from core.jobs import queue, selectors

# htmx stops polling on it.
STOP_POLLING = 286


@require_safe
@signed_in
def job_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The project's jobs, newest first; the list alone for htmx, which asks while something runs."""
    member = member_of(request.user, slug, Right.SEE_JOBS)
    return _answer(request, member)


@require_POST
@signed_in
def job_retry(request: SignedInRequest, slug: str, job_id: UUID) -> HttpResponse:
    """Try a failed job again."""
    member = member_of(request.user, slug, Right.SEE_JOBS)
    job = selectors.job_of(member.project.pk, job_id)
    try:
        retrying.retry(job=job, member=member)
    except queue.NotRetryable as error:
        said = str(error)
    else:
        said = _("It will be tried again now.")
    if request.htmx:
        return _answer(request, member, said)
    messages.info(request, said)
    return redirect("job_list", slug=slug)


def _answer(request: SignedInRequest, member: Member, said: str = "") -> HttpResponse:
    jobs = selectors.job_page(member.project.pk, request.GET.get("page", "1"))
    context = {"project": member.project, "jobs": jobs, "said": said}
    if not request.htmx:
        return render(request, "accounts/job_list.html", context)
    response = render(request, "accounts/_job_list.html", context, status=200 if jobs.active else STOP_POLLING)
    response["Vary"] = "HX-Request"
    return response
