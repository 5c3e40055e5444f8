"""Who gets what at every address of the site.

A row holds the status for each of the actors, in this order, or one status for them all:

    anonymous  ended  stranger  rater  reviewer  ml_lead  owner

`ended` was a rater of the project, `stranger` is an owner of another one. What is not somebody's is 404 to them, and
who is not signed in goes to sign in (302). PUT, PATCH, DELETE and TRACE are 405 everywhere but in OTHER_METHODS.
The API has a table of its own, `api_expected.py`.
"""

NOBODY = "405"
ANYBODY = "200"
SIGNED_IN = "302 200 200 200 200 200 200"
OWNERS = "302 404 404 404 404 404 200"
OWNERS_DO = "302 404 404 404 404 404 302"
LEADS = "302 404 404 404 404 200 200"
LEADS_DO = "302 404 404 404 404 302 302"
LEADS_AMEND = "302 404 404 404 404 422 422"
JUDGES = "302 404 404 404 200 200 200"
JUDGES_DO = "302 404 404 404 302 302 302"
RATERS = "302 404 404 200 404 404 404"
RATERS_DO = "302 404 404 302 404 404 404"
EXPERTS_ONLY = "302 404 404 404 404 404 404"
# Volunteers' own: nobody else's, whatever they manage. What a volunteer gets stands in tests/alpha_pages.
VOLUNTEERS = "302 404 404 404 404 404 404"

# The name of the address: what GET answers, what POST answers.
ROUTES = {
    # people
    "home": ("302 200 302 302 302 302 302", NOBODY),
    "sign_in_request": (ANYBODY, "200"),
    "sign_in_by_link": (ANYBODY, "302"),
    "invitation_accept": (ANYBODY, "302"),
    "profile": (SIGNED_IN, "302"),
    "sign_out_elsewhere": (NOBODY, "302"),
    "project_home": ("302 404 404 302 302 302 302", NOBODY),
    "audit_list": (OWNERS, NOBODY),
    "job_list": (LEADS, NOBODY),
    "job_retry": (NOBODY, LEADS_DO),
    # The answer that makes a token shows its secret, so it is a page.
    "token_list": (LEADS, LEADS),
    "token_revoke": (NOBODY, LEADS_DO),
    # So does the answer that sets a webhook.
    "webhook_edit": (LEADS, LEADS),
    "webhook_remove": (NOBODY, LEADS_DO),
    "webhook_try": (NOBODY, LEADS_DO),
    "member_list": (OWNERS, OWNERS_DO),
    # Who is out of the project has no roles to change: 422 says so.
    "member_change": (OWNERS, "302 404 404 404 404 404 422"),
    "member_end": (NOBODY, OWNERS_DO),
    "member_reactivate": (NOBODY, OWNERS_DO),
    "invitation_resend": (NOBODY, OWNERS_DO),
    "invitation_revoke": (NOBODY, OWNERS_DO),
    # passwords
    "account_login": ("200 302 302 302 302 302 302", "200 302 302 302 302 302 302"),
    "account_logout": (SIGNED_IN, "302"),
    "account_inactive": (ANYBODY, NOBODY),
    "account_change_password": ("302", "302"),
    "account_set_password": (SIGNED_IN, SIGNED_IN),
    "account_reset_password": (ANYBODY, "302"),
    "account_reset_password_done": (ANYBODY, NOBODY),
    "account_reset_password_from_key": (ANYBODY, "200"),
    "account_reset_password_from_key_done": (ANYBODY, NOBODY),
    # campaigns and comparisons
    "overview": (LEADS, NOBODY),
    "anchor_list": (LEADS, LEADS_AMEND),
    "campaign_list": (LEADS, NOBODY),
    "campaign_new": (LEADS, LEADS_AMEND),
    "campaign_detail": (LEADS, NOBODY),
    "campaign_edit": (LEADS, LEADS_AMEND),
    "campaign_state": (NOBODY, LEADS_DO),
    "campaign_preview": (LEADS, NOBODY),
    "campaign_pictures": (LEADS, NOBODY),
    "campaign_picture_file": (LEADS, NOBODY),
    "comparison_list": (JUDGES, NOBODY),
    "comparison_detail": (JUDGES, NOBODY),
    # one's own keys
    "keys": (SIGNED_IN, "302"),
    "keys_switch": (NOBODY, SIGNED_IN),
    # raters' work
    "rate_home": (RATERS, NOBODY),
    "rate": (RATERS, RATERS_DO),
    "rate_beat": (NOBODY, RATERS),
    "rate_draft": (NOBODY, RATERS_DO),
    "rate_skip": (NOBODY, RATERS_DO),
    "rate_report": (NOBODY, RATERS_DO),
    "rate_undo": (NOBODY, RATERS_DO),
    "rate_said": (RATERS, NOBODY),
    "rate_said_one": (RATERS, NOBODY),
    "guideline": (RATERS, NOBODY),
    "report_list": (JUDGES, NOBODY),
    "report_decide": (NOBODY, JUDGES_DO),
    # reward weighting
    "weighting_list": (JUDGES, NOBODY),
    "weighting_new": (LEADS, LEADS_DO),
    "weighting_detail": (JUDGES, NOBODY),
    # It reads what it is sent and answers; nothing is kept.
    "weighting_what_if": (NOBODY, JUDGES),
    "weighting_body": (JUDGES, NOBODY),
    "weighting_weights": (JUDGES, NOBODY),
    "weighting_picture": (JUDGES, NOBODY),
    "signal_list": (JUDGES, NOBODY),
    "signal_new": (LEADS, LEADS_AMEND),
    "signal_edit": (LEADS, LEADS_AMEND),
    "budget_edit": (LEADS, LEADS_AMEND),
    "recipe_list": (JUDGES, NOBODY),
    "recipe_new": (LEADS, LEADS_AMEND),
    "recipe_detail": (JUDGES, NOBODY),
    "version_new": (LEADS, LEADS_AMEND),
    "reference_pin": (LEADS, LEADS_AMEND),
    # drift
    "drift_list": (JUDGES, NOBODY),
    "drift_body": (JUDGES, NOBODY),
    "drift_monitor": (JUDGES, NOBODY),
    "drift_picture": (JUDGES, NOBODY),
    "drift_power": (JUDGES, NOBODY),
    "drift_declare": (LEADS, LEADS_DO),
    "drift_alarm": (JUDGES, NOBODY),
    "drift_alarm_body": (JUDGES, NOBODY),
    "drift_alarm_picture": (JUDGES, NOBODY),
    "drift_triage": (NOBODY, LEADS_DO),
    "drift_thumbs_off": (NOBODY, LEADS_DO),
    "drift_block_exports": (NOBODY, LEADS_DO),
    "drift_raise_gold": (NOBODY, LEADS_DO),
    "drift_ask_incident": (NOBODY, LEADS_DO),
    "drift_reset": (NOBODY, LEADS_DO),
    # live experiments
    "experiment_list": (LEADS, NOBODY),
    "experiment_new": (LEADS, LEADS_AMEND),
    "experiment_detail": (LEADS, NOBODY),
    "experiment_body": (LEADS, NOBODY),
    "experiment_picture": (LEADS, NOBODY),
    "experiment_tried": (LEADS, LEADS_AMEND),
    "experiment_plan": (LEADS, LEADS_AMEND),
    "experiment_power": (LEADS, NOBODY),
    "experiment_start": (NOBODY, LEADS_DO),
    "experiment_ramp": (NOBODY, LEADS_DO),
    "experiment_hold": (NOBODY, LEADS_DO),
    "experiment_release": (NOBODY, LEADS_DO),
    "experiment_stop": (NOBODY, LEADS_DO),
    "experiment_decide": (LEADS, LEADS_AMEND),
    # turns of chats on their way to raters
    "promotion_list": (LEADS, LEADS_DO),
    "promotion_review": (LEADS, LEADS_DO),
    "promotion_drop": (NOBODY, LEADS_DO),
    # programmes and their people
    "programme_list": (LEADS, NOBODY),
    "programme_new": (LEADS, LEADS_AMEND),
    "programme_detail": (LEADS, NOBODY),
    "programme_settings": (LEADS, LEADS_AMEND),
    "programme_consent": (NOBODY, LEADS_AMEND),
    "programme_open": (NOBODY, LEADS_DO),
    "programme_close": (NOBODY, LEADS_DO),
    "programme_volunteers": (LEADS, LEADS_AMEND),
    "volunteer_resend": (NOBODY, LEADS_DO),
    "volunteer_remove": (NOBODY, LEADS_DO),
    "volunteer_erase": (NOBODY, LEADS_DO),
    # model endpoints and bundles
    "model_list": (LEADS, NOBODY),
    "endpoint_new": (LEADS, LEADS_AMEND),
    "endpoint_edit": (LEADS, LEADS_AMEND),
    "endpoint_try": (NOBODY, LEADS_DO),
    "endpoint_remove": (NOBODY, LEADS_DO),
    "bundle_new": (LEADS, LEADS_AMEND),
    "bundle_detail": (LEADS, NOBODY),
    # volunteers' chats
    "chat_home": (VOLUNTEERS, NOBODY),
    "chat_programme": (VOLUNTEERS, NOBODY),
    "chat_agree": (NOBODY, VOLUNTEERS),
    "chat_begin": (NOBODY, VOLUNTEERS),
    "chat_data": (VOLUNTEERS, NOBODY),
    "chat_download": (VOLUNTEERS, NOBODY),
    "chat_leave": (NOBODY, VOLUNTEERS),
    "chat_delete": (NOBODY, VOLUNTEERS),
    "chat": (VOLUNTEERS, NOBODY),
    "chat_turn": (VOLUNTEERS, NOBODY),
    "chat_say": (NOBODY, VOLUNTEERS),
    "chat_stop": (NOBODY, VOLUNTEERS),
    "chat_again": (NOBODY, VOLUNTEERS),
    "chat_go_on": (NOBODY, VOLUNTEERS),
    "chat_end": (NOBODY, VOLUNTEERS),
    "chat_thumb": (NOBODY, VOLUNTEERS),
    "chat_labels": (NOBODY, VOLUNTEERS),
    "chat_felt_off": (NOBODY, VOLUNTEERS),
    "chat_choice": (NOBODY, VOLUNTEERS),
    "chat_form": (NOBODY, VOLUNTEERS),
    "chat_report": (NOBODY, VOLUNTEERS),
    # what comes in and what leaves
    # spot checks; what experts get of their own stands in EXPERTS
    "check_list": (EXPERTS_ONLY, NOBODY),
    "check_detail": (EXPERTS_ONLY, EXPERTS_ONLY),
    "check_start": (NOBODY, EXPERTS_ONLY),
    "check_decline": (NOBODY, EXPERTS_ONLY),
    "check_grid": (LEADS, LEADS_AMEND),
    "check_withdraw": (NOBODY, LEADS_DO),
    # what an alpha says
    "programme_body": (LEADS, NOBODY),
    "programme_picture": (LEADS, NOBODY),
    "flag_list": (LEADS, NOBODY),
    "flag_step": (NOBODY, LEADS_DO),
    "talk_list": (LEADS, NOBODY),
    "talk_detail": (LEADS, NOBODY),
    "talk_scores": (LEADS, NOBODY),
    # what comes in and what leaves
    "import_list": (LEADS, NOBODY),
    "import_new": (LEADS, LEADS_AMEND),
    "import_detail": (LEADS, NOBODY),
    "import_confirm": (NOBODY, LEADS_DO),
    "import_discard": (NOBODY, LEADS_DO),
    "import_rejected": (LEADS, NOBODY),
    "export_list": (LEADS, NOBODY),
    "export_new": (LEADS, LEADS_DO),
    "export_detail": (LEADS, NOBODY),
    "export_again": (NOBODY, LEADS_DO),
    "export_file": (LEADS, NOBODY),
}

# What GET and POST answer to the expert who was asked for the check, and who rates besides.
EXPERTS = {
    "check_list": (200, 405),
    "check_detail": (200, 302),
    "check_start": (405, 302),
    "check_decline": (405, 302),
    "check_grid": (404, 404),
    "check_withdraw": (405, 404),
    "rate_home": (200, 405),
    "drift_list": (404, 405),
    "comparison_list": (404, 405),
}

# What stays open to whoever owes a spot check, since it says nothing of how candidates do. Everything else in a project
# is refused, so an address that is neither here nor refused fails.
OPEN_TO_WHO_OWES = {
    # no project's
    *("home", "sign_in_request", "sign_in_by_link", "invitation_accept", "profile", "sign_out_elsewhere"),
    *("account_login", "account_logout", "account_inactive", "account_change_password", "account_set_password"),
    *("account_reset_password", "account_reset_password_done", "account_reset_password_from_key"),
    *("account_reset_password_from_key_done", "keys", "keys_switch"),
    # It leads to the first page of each role.
    "project_home",
    # people, programs and their work
    *("member_list", "member_change", "member_end", "member_reactivate", "invitation_resend", "invitation_revoke"),
    *("token_list", "token_revoke", "webhook_edit", "webhook_remove", "webhook_try", "job_list", "job_retry"),
    # which models can be asked and how, not what came of it
    *("model_list", "endpoint_new", "endpoint_edit", "endpoint_try", "endpoint_remove", "bundle_new", "bundle_detail"),
}

# Sockets: whether they open, or the code with which they are closed.
SOCKETS = {
    "ws/p/<slug:slug>/campaigns/<slug:name>/": "4401 4403 4403 4403 4403 open open",
    "ws/p/<slug:slug>/experiments/<slug:key>/": "4401 4403 4403 4403 4403 open open",
    # A chat is its volunteer's alone.
    # Whose conversation it is opens it (tests/alpha_chat/test_chat_socket.py); none of these people is a volunteer.
    "ws/p/<slug:slug>/chat/<uuid:conversation>/": "4401 4403 4403 4403 4403 4403 4403",
    "ws/p/<slug:slug>/alpha/<slug:key>/": "4401 4403 4403 4403 4403 open open",
}

# What stands outside of the resolver: answered by middleware, before anybody asks who it is, so the same for all.
OUTSIDE = {
    "/livez": dict.fromkeys(("GET", "HEAD", "POST", "OPTIONS"), 200),
    "/readyz": dict.fromkeys(("GET", "HEAD", "POST", "OPTIONS"), 200),
    "/static/css/base.css": {"GET": 200, "HEAD": 200, "POST": 405, "OPTIONS": 405},
    "/static/js/rating.js": {"GET": 200, "HEAD": 200, "POST": 405, "OPTIONS": 405},
    "/static/nothing.css": dict.fromkeys(("GET", "HEAD", "POST", "OPTIONS"), 404),
}

# The pages about passwords are allauth's classes: they answer OPTIONS, take PUT for a form without fields, and send
# whoever need not see them away before they look at the method.
_AWAY = "302 302 302 302 302 302"
_REFUSED = "302 405 405 405 405 405 405"
OTHER_METHODS = {
    **{("account_login", method): f"200 {_AWAY}" for method in ("PUT", "OPTIONS")},
    **{("account_login", method): f"405 {_AWAY}" for method in ("PATCH", "DELETE", "TRACE")},
    ("account_logout", "OPTIONS"): "200",
    ("account_inactive", "OPTIONS"): "200",
    **{("account_change_password", method): "302" for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")},
    **{("account_set_password", method): SIGNED_IN for method in ("PUT", "OPTIONS")},
    **{("account_set_password", method): _REFUSED for method in ("PATCH", "DELETE", "TRACE")},
    **{("account_reset_password", method): "200" for method in ("PUT", "OPTIONS")},
    ("account_reset_password_done", "OPTIONS"): "200",
    **{("account_reset_password_from_key", method): "200" for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")},
    ("account_reset_password_from_key_done", "OPTIONS"): "200",
}

# What a GET may write, by table, and why. Everything else that a GET, HEAD, OPTIONS or TRACE writes fails.
_RENDERED = {"catalog_content": "a text's HTML is kept when it is first shown; the text itself stays as it is"}
GETS_THAT_WRITE: dict[tuple[str, str], dict[str, str]] = {
    ("rate", "rater"): {
        "annotate_slot": "opening the rating page takes the next pairs for this rater, for the time of a lease",
        **_RENDERED,
    },
    ("rate_said_one", "rater"): _RENDERED,
    **{
        (name, actor): _RENDERED
        for name in ("campaign_preview", "comparison_detail")
        for actor in ("reviewer", "ml_lead", "owner")
        if (name, actor) != ("campaign_preview", "reviewer")
    },
}
