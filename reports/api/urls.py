from django.urls import URLPattern, path

from reports.api import reports

urlpatterns: list[URLPattern] = [
    path("reports/weighting/", reports.WeightingList.as_view(), name="api_weighting_list"),
    path("reports/weighting/<uuid:id>/", reports.WeightingDetail.as_view(), name="api_weighting_detail"),
]
