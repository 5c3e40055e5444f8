"""Who gets what at every address of the API.

A row holds the status for each token, in this order, or one status for them all:

    none  bad  revoked  expired  left  foreign  demoted  read  import  export  label  ingest

`none` sends no token and `bad` one that never was; `left` is of somebody who has left the project; `foreign` may do
everything, in another project; `demoted` may do everything, but whoever made it is only a reviewer by now; the last
five are good and have that one scope. What is of another project is 404; what exists and may not be done is 403.
"""

TOKENS = (
    "none",
    "bad",
    "revoked",
    "expired",
    "left",
    "foreign",
    "demoted",
    "read",
    "import",
    "export",
    "label",
    "ingest",
)

_DEAD = "401 401 401 401 401"
ANY = f"{_DEAD} 200 200 200 200 200 200 200"
# Lists are of the token's own project, so a foreign one is empty and not refused.
LIST_ANY = f"{_DEAD} 200 403 200 200 200 200 200"
ONE_ANY = f"{_DEAD} 404 403 200 200 200 200 200"

# Whoever sends events must know of what, and who is in which arm.
ONE_TRIAL = f"{_DEAD} 404 403 200 403 403 403 200"

# The name of the address: by method, what it answers. Every other method is 405, whoever asks.
API = {
    "api_project_list": {"GET": ANY},
    "api_project_detail": {"GET": f"{_DEAD} 404 200 200 200 200 200 200"},
    "api_job_list": {"GET": f"{_DEAD} 200 403 200 200 200 403 403"},
    "api_job_detail": {"GET": f"{_DEAD} 404 403 200 200 200 403 403"},
    "api_job_retry": {"POST": f"{_DEAD} 404 403 403 200 200 403 403"},
    "api_campaign_list": {"GET": LIST_ANY},
    "api_campaign_detail": {"GET": ONE_ANY, "PATCH": f"{_DEAD} 404 403 403 403 403 200 403"},
    # A reviewer sees comparisons and judgments, without the bundles' names.
    "api_comparison_list": {"GET": f"{_DEAD} 200 200 200 403 403 403 403"},
    "api_comparison_detail": {"GET": f"{_DEAD} 404 200 200 403 403 403 403"},
    "api_judgment_list": {"GET": f"{_DEAD} 200 200 200 403 403 403 403"},
    "api_judgment_detail": {"GET": f"{_DEAD} 404 200 200 403 403 403 403"},
    "api_label_request_list": {
        "GET": f"{_DEAD} 200 403 200 403 403 200 403",
        # The comparison that is named is not in the other project: a field that is wrong.
        "POST": f"{_DEAD} 400 403 403 403 403 201 403",
    },
    "api_label_request_detail": {"GET": f"{_DEAD} 404 403 200 403 403 200 403"},
    # A reviewer sees reports, and asks for none.
    "api_weighting_list": {
        "GET": f"{_DEAD} 200 200 200 403 200 403 403",
        "POST": f"{_DEAD} 202 403 403 403 202 403 403",
    },
    "api_weighting_detail": {"GET": f"{_DEAD} 404 200 200 403 200 403 403"},
    # Every project has all ten monitors, so that another project's token gets those of its own.
    "api_monitor_list": {"GET": f"{_DEAD} 200 200 200 403 200 403 403"},
    "api_monitor_detail": {"GET": f"{_DEAD} 200 200 200 403 200 403 403"},
    "api_alarm_list": {"GET": f"{_DEAD} 200 200 200 403 200 403 403"},
    # A reviewer sees what recipes are made of; which bundle wrote a pool is not among it.
    "api_signal_list": {"GET": f"{_DEAD} 200 200 200 403 200 403 403"},
    "api_recipe_list": {"GET": f"{_DEAD} 200 200 200 403 200 403 403"},
    "api_recipe_detail": {"GET": f"{_DEAD} 404 200 200 403 200 403 403"},
    "api_pool_list": {"GET": f"{_DEAD} 200 200 200 200 403 403 403"},
    "api_pool_detail": {"GET": f"{_DEAD} 404 200 200 200 403 403 403"},
    "api_import_list": {"GET": f"{_DEAD} 200 403 200 200 403 403 403", "POST": f"{_DEAD} 202 403 403 202 403 403 403"},
    "api_import_detail": {
        "GET": f"{_DEAD} 404 403 200 200 403 403 403",
        "DELETE": f"{_DEAD} 404 403 403 204 403 403 403",
    },
    "api_import_confirm": {"POST": f"{_DEAD} 404 403 403 202 403 403 403"},
    "api_import_rejected": {"GET": f"{_DEAD} 404 403 200 200 403 403 403"},
    "api_export_list": {"GET": f"{_DEAD} 200 403 200 403 200 403 403", "POST": f"{_DEAD} 202 403 403 403 202 403 403"},
    "api_export_detail": {"GET": f"{_DEAD} 404 403 200 403 200 403 403"},
    "api_export_again": {"POST": f"{_DEAD} 404 403 403 403 202 403 403"},
    "api_export_file": {"GET": f"{_DEAD} 404 403 403 403 200 403 403"},
    # A reviewer sees nothing of who tries what.
    "api_programme_list": {"GET": f"{_DEAD} 200 403 200 403 403 403 403"},
    "api_programme_detail": {"GET": f"{_DEAD} 404 403 200 403 403 403 403"},
    "api_experiment_list": {"GET": f"{_DEAD} 200 403 200 403 403 403 200"},
    "api_experiment_detail": {"GET": ONE_TRIAL},
    "api_experiment_parameters": {"GET": ONE_TRIAL},
    "api_assignment": {"GET": ONE_TRIAL},
    # It answers, and keeps nothing.
    "api_assignment_bulk": {"POST": ONE_TRIAL},
    # What a batch names is not in the other project: each event of it is refused, and the answer says so.
    "api_feedback": {"POST": f"{_DEAD} 200 403 403 403 403 403 200"},
}

# What needs no token, and is answered to everybody alike.
OPEN = {"api_schema": 200, "api_reference": 200, "api_nowhere": 404}

# What a token's use leaves behind, whatever it reads.
USE = {"accounts_token", "api_bucket"}
