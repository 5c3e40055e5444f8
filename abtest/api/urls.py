from django.urls import URLPattern, path

from abtest.api.assignments import AssignmentDetail, AssignmentList, ParametersDetail
from abtest.api.experiments import ExperimentDetail, ExperimentList
from abtest.api.feedback import FeedbackList

urlpatterns: list[URLPattern] = [
    path("experiments/", ExperimentList.as_view(), name="api_experiment_list"),
    path("experiments/<slug:key>/", ExperimentDetail.as_view(), name="api_experiment_detail"),
    path("experiments/<slug:key>/parameters/", ParametersDetail.as_view(), name="api_experiment_parameters"),
    path("experiments/<slug:key>/assignment/", AssignmentDetail.as_view(), name="api_assignment"),
    path("experiments/<slug:key>/assignments/", AssignmentList.as_view(), name="api_assignment_bulk"),
    path("feedback/", FeedbackList.as_view(), name="api_feedback"),
]
