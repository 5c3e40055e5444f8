from django.urls import URLPattern, URLResolver, path

from exchange.views import exports, imports

urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/imports/", imports.import_list, name="import_list"),
    path("p/<slug:slug>/imports/new/", imports.import_new, name="import_new"),
    path("p/<slug:slug>/imports/<uuid:pk>/", imports.import_detail, name="import_detail"),
    path("p/<slug:slug>/imports/<uuid:pk>/confirm/", imports.import_confirm, name="import_confirm"),
    path("p/<slug:slug>/imports/<uuid:pk>/discard/", imports.import_discard, name="import_discard"),
    path("p/<slug:slug>/imports/<uuid:pk>/rejected/", imports.import_rejected, name="import_rejected"),
    path("p/<slug:slug>/exports/", exports.export_list, name="export_list"),
    path("p/<slug:slug>/exports/new/", exports.export_new, name="export_new"),
    path("p/<slug:slug>/exports/<uuid:pk>/", exports.export_detail, name="export_detail"),
    path("p/<slug:slug>/exports/<uuid:pk>/again/", exports.export_again, name="export_again"),
    path("p/<slug:slug>/exports/<uuid:pk>/<str:name>", exports.export_file, name="export_file"),
]
