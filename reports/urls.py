from django.urls import URLPattern, URLResolver, path

from reports.views import recipes, register, weighting, what_if

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
]
