from django.urls import URLPattern, URLResolver, path

from abtest.views import experiments, running, setting_up

urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/experiments/", experiments.experiment_list, name="experiment_list"),
    path("p/<slug:slug>/experiments/new/", setting_up.experiment_new, name="experiment_new"),
    path("p/<slug:slug>/experiments/<slug:key>/", experiments.experiment_detail, name="experiment_detail"),
    path("p/<slug:slug>/experiments/<slug:key>/readout.json", experiments.experiment_body, name="experiment_body"),
    path(
        "p/<slug:slug>/experiments/<slug:key>/data/<slug:arm>/<slug:picture>.<str:kind>",
        experiments.experiment_picture,
        name="experiment_picture",
    ),
    path("p/<slug:slug>/experiments/<slug:key>/plan/tried/", setting_up.experiment_tried, name="experiment_tried"),
    path("p/<slug:slug>/experiments/<slug:key>/plan/<slug:step>/", setting_up.experiment_plan, name="experiment_plan"),
    path(
        "p/<slug:slug>/experiments/<slug:key>/plan/<slug:step>/power/",
        setting_up.experiment_power,
        name="experiment_power",
    ),
    path("p/<slug:slug>/experiments/<slug:key>/start/", running.experiment_start, name="experiment_start"),
    path("p/<slug:slug>/experiments/<slug:key>/ramp/", running.experiment_ramp, name="experiment_ramp"),
    path("p/<slug:slug>/experiments/<slug:key>/hold/", running.experiment_hold, name="experiment_hold"),
    path("p/<slug:slug>/experiments/<slug:key>/release/", running.experiment_release, name="experiment_release"),
    path("p/<slug:slug>/experiments/<slug:key>/stop/", running.experiment_stop, name="experiment_stop"),
    path("p/<slug:slug>/experiments/<slug:key>/decide/", running.experiment_decide, name="experiment_decide"),
]
