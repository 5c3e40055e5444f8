from django.urls import URLPattern, path

from abtest.api import feedback

urlpatterns: list[URLPattern] = [
    path("feedback/", feedback.FeedbackList.as_view(), name="api_feedback"),
]
