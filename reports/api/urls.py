from django.urls import URLPattern, path

from reports.api import monitors, reports

urlpatterns: list[URLPattern] = [
    path("reports/weighting/", reports.WeightingList.as_view(), name="api_weighting_list"),
    path("reports/weighting/<uuid:id>/", reports.WeightingDetail.as_view(), name="api_weighting_detail"),
    path("monitors/", monitors.MonitorList.as_view(), name="api_monitor_list"),
    path("monitors/<slug:key>/", monitors.MonitorDetail.as_view(), name="api_monitor_detail"),
    path("monitors/<slug:key>/alarms/", monitors.AlarmList.as_view(), name="api_alarm_list"),
]
