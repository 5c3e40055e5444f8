from django.urls import URLPattern, URLResolver, path

from alpha.views import checking, covering, flags, reading

_checks: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/checks/", checking.check_list, name="check_list"),
    path("p/<slug:slug>/checks/<uuid:pk>/", checking.check_detail, name="check_detail"),
    path("p/<slug:slug>/checks/<uuid:pk>/start/", checking.check_start, name="check_start"),
    path("p/<slug:slug>/checks/<uuid:pk>/decline/", checking.check_decline, name="check_decline"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/", covering.check_grid, name="check_grid"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/<uuid:pk>/withdraw/", covering.check_withdraw, name="check_withdraw"),
]

_reading: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/alpha/<slug:key>/", reading.programme_detail, name="programme_detail"),
    path("p/<slug:slug>/alpha/<slug:key>/programme.json", reading.programme_body, name="programme_body"),
    path(
        "p/<slug:slug>/alpha/<slug:key>/data/<slug:picture>.<str:kind>",
        reading.programme_picture,
        name="programme_picture",
    ),
    path("p/<slug:slug>/alpha/<slug:key>/inbox/", flags.flag_list, name="flag_list"),
    path("p/<slug:slug>/alpha/<slug:key>/inbox/<uuid:pk>/", flags.flag_step, name="flag_step"),
    path("p/<slug:slug>/alpha/<slug:key>/conversations/", reading.talk_list, name="talk_list"),
    path("p/<slug:slug>/alpha/<slug:key>/conversations/<uuid:pk>/", reading.talk_detail, name="talk_detail"),
    path("p/<slug:slug>/alpha/<slug:key>/conversations/<uuid:pk>/scores.csv", reading.talk_scores, name="talk_scores"),
]

urlpatterns: list[URLPattern | URLResolver] = [*_checks, *_reading]
