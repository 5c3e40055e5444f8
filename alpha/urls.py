from django.urls import URLPattern, URLResolver, path

from alpha.views import checking, covering

_checks: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/checks/", checking.check_list, name="check_list"),
    path("p/<slug:slug>/checks/<uuid:pk>/", checking.check_detail, name="check_detail"),
    path("p/<slug:slug>/checks/<uuid:pk>/start/", checking.check_start, name="check_start"),
    path("p/<slug:slug>/checks/<uuid:pk>/decline/", checking.check_decline, name="check_decline"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/", covering.check_grid, name="check_grid"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/<uuid:pk>/withdraw/", covering.check_withdraw, name="check_withdraw"),
]

urlpatterns: list[URLPattern | URLResolver] = [*_checks]
