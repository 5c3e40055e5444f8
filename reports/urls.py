from django.urls import URLPattern, URLResolver, path

from reports.views import alarms, drift, recipes, register, weighting, what_if

urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/weighting/", weighting.weighting_list, name="weighting_list"),
    path("p/<slug:slug>/weighting/new/", weighting.weighting_new, name="weighting_new"),
    path("p/<slug:slug>/weighting/<uuid:pk>/", weighting.weighting_detail, name="weighting_detail"),
    path("p/<slug:slug>/weighting/<uuid:pk>/what-if/", what_if.weighting_what_if, name="weighting_what_if"),
    path("p/<slug:slug>/weighting/<uuid:pk>/report.json", weighting.weighting_body, name="weighting_body"),
    path("p/<slug:slug>/weighting/<uuid:pk>/weights.json", weighting.weighting_weights, name="weighting_weights"),
    path(
        "p/<slug:slug>/weighting/<uuid:pk>/data/<slug:picture>.<str:kind>",
        weighting.weighting_picture,
        name="weighting_picture",
    ),
    path("p/<slug:slug>/signals/", register.signal_list, name="signal_list"),
    path("p/<slug:slug>/signals/new/", register.signal_new, name="signal_new"),
    path("p/<slug:slug>/signals/<slug:key>/", register.signal_edit, name="signal_edit"),
    path("p/<slug:slug>/budget/", register.budget_edit, name="budget_edit"),
    path("p/<slug:slug>/recipes/", recipes.recipe_list, name="recipe_list"),
    path("p/<slug:slug>/recipes/new/", recipes.recipe_new, name="recipe_new"),
    path("p/<slug:slug>/recipes/<slug:name>/", recipes.recipe_detail, name="recipe_detail"),
    path("p/<slug:slug>/recipes/<slug:name>/new/", recipes.version_new, name="version_new"),
    path("p/<slug:slug>/recipes/<slug:name>/<uuid:pk>/pin/", recipes.reference_pin, name="reference_pin"),
    path("p/<slug:slug>/drift/", drift.drift_list, name="drift_list"),
    path("p/<slug:slug>/drift/monitors.json", drift.drift_body, name="drift_body"),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/", alarms.drift_alarm, name="drift_alarm"),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/alarm.json", alarms.drift_alarm_body, name="drift_alarm_body"),
    path(
        "p/<slug:slug>/drift/alarms/<uuid:pk>/data/<slug:picture>.<str:kind>",
        alarms.drift_alarm_picture,
        name="drift_alarm_picture",
    ),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/triage/", alarms.drift_triage, name="drift_triage"),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/thumbs-off/", alarms.drift_thumbs_off, name="drift_thumbs_off"),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/block-exports/", alarms.drift_block_exports, name="drift_block_exports"),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/raise-gold/", alarms.drift_raise_gold, name="drift_raise_gold"),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/ask-incident/", alarms.drift_ask_incident, name="drift_ask_incident"),
    path("p/<slug:slug>/drift/alarms/<uuid:pk>/reset/", alarms.drift_reset, name="drift_reset"),
    path("p/<slug:slug>/drift/<slug:key>/", drift.drift_monitor, name="drift_monitor"),
    path("p/<slug:slug>/drift/<slug:key>/settings/", drift.drift_declare, name="drift_declare"),
    path("p/<slug:slug>/drift/<slug:key>/data/<slug:picture>.<str:kind>", drift.drift_picture, name="drift_picture"),
]
