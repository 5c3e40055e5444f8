from django.urls import URLPattern, path

from alpha.api.programmes import ProgrammeDetail, ProgrammeList

urlpatterns: list[URLPattern] = [
    path("programmes/", ProgrammeList.as_view(), name="api_programme_list"),
    path("programmes/<slug:key>/", ProgrammeDetail.as_view(), name="api_programme_detail"),
]
