from django.urls import URLPattern, URLResolver, path

from alpha.views import checking, covering, programmes, volunteers

_checks: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/checks/", checking.check_list, name="check_list"),
    path("p/<slug:slug>/checks/<uuid:pk>/", checking.check_detail, name="check_detail"),
    path("p/<slug:slug>/checks/<uuid:pk>/start/", checking.check_start, name="check_start"),
    path("p/<slug:slug>/checks/<uuid:pk>/decline/", checking.check_decline, name="check_decline"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/", covering.check_grid, name="check_grid"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/<uuid:pk>/withdraw/", covering.check_withdraw, name="check_withdraw"),
]

_programmes: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/alpha/", programmes.programme_list, name="programme_list"),
    path("p/<slug:slug>/alpha/new/", programmes.programme_new, name="programme_new"),
    path("p/<slug:slug>/alpha/<slug:key>/", programmes.programme_detail, name="programme_detail"),
    path("p/<slug:slug>/alpha/<slug:key>/settings/", programmes.programme_settings, name="programme_settings"),
    path("p/<slug:slug>/alpha/<slug:key>/consent/", programmes.programme_consent, name="programme_consent"),
    path("p/<slug:slug>/alpha/<slug:key>/open/", programmes.programme_open, name="programme_open"),
    path("p/<slug:slug>/alpha/<slug:key>/close/", programmes.programme_close, name="programme_close"),
    path("p/<slug:slug>/alpha/<slug:key>/volunteers/", volunteers.programme_volunteers, name="programme_volunteers"),
    path(
        "p/<slug:slug>/alpha/<slug:key>/volunteers/<uuid:volunteer>/resend/",
        volunteers.volunteer_resend,
        name="volunteer_resend",
    ),
    path(
        "p/<slug:slug>/alpha/<slug:key>/volunteers/<uuid:volunteer>/remove/",
        volunteers.volunteer_remove,
        name="volunteer_remove",
    ),
    path(
        "p/<slug:slug>/alpha/<slug:key>/volunteers/<uuid:volunteer>/erase/",
        volunteers.volunteer_erase,
        name="volunteer_erase",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [*_programmes, *_checks]
