from django.urls import URLPattern, path

from exchange.api import exports, imports

urlpatterns: list[URLPattern] = [
    path("imports/", imports.ImportList.as_view(), name="api_import_list"),
    path("imports/<uuid:id>/", imports.ImportDetail.as_view(), name="api_import_detail"),
    path("imports/<uuid:id>/confirm/", imports.ImportConfirm.as_view(), name="api_import_confirm"),
    path("imports/<uuid:id>/rejected/", imports.ImportRejected.as_view(), name="api_import_rejected"),
    path("exports/", exports.ExportList.as_view(), name="api_export_list"),
    path("exports/<uuid:id>/", exports.ExportDetail.as_view(), name="api_export_detail"),
    path("exports/<uuid:id>/again/", exports.ExportAgain.as_view(), name="api_export_again"),
    path("exports/<uuid:id>/files/<str:name>", exports.ExportFile.as_view(), name="api_export_file"),
]
