from django.urls import path

from core.accounts.views import audit, home, invitations, jobs, members, profile, signing_in, tokens, webhook

urlpatterns = [
    path("", home.home, name="home"),
    path("in/", signing_in.sign_in_request, name="sign_in_request"),
    path("in/<str:secret>/", signing_in.sign_in_by_link, name="sign_in_by_link"),
    path("join/<str:secret>/", invitations.invitation_accept, name="invitation_accept"),
    path("me/", profile.profile, name="profile"),
    path("me/sign-out-elsewhere/", profile.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("p/<slug:slug>/", home.project_home, name="project_home"),
    path("p/<slug:slug>/audit/", audit.audit_list, name="audit_list"),
    path("p/<slug:slug>/jobs/", jobs.job_list, name="job_list"),
    path("p/<slug:slug>/jobs/<uuid:job_id>/retry/", jobs.job_retry, name="job_retry"),
    path("p/<slug:slug>/tokens/", tokens.token_list, name="token_list"),
    path("p/<slug:slug>/tokens/<uuid:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("p/<slug:slug>/webhook/", webhook.webhook_edit, name="webhook_edit"),
    path("p/<slug:slug>/webhook/remove/", webhook.webhook_remove, name="webhook_remove"),
    path("p/<slug:slug>/webhook/try/", webhook.webhook_try, name="webhook_try"),
    path("p/<slug:slug>/members/", members.member_list, name="member_list"),
    path("p/<slug:slug>/members/<uuid:user_id>/", members.member_change, name="member_change"),
    path("p/<slug:slug>/members/<uuid:user_id>/end/", members.member_end, name="member_end"),
    path("p/<slug:slug>/members/<uuid:user_id>/back/", members.member_reactivate, name="member_reactivate"),
    path(
        "p/<slug:slug>/invitations/<uuid:invitation_id>/resend/",
        members.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "p/<slug:slug>/invitations/<uuid:invitation_id>/revoke/",
        members.invitation_revoke,
        name="invitation_revoke",
    ),
]
