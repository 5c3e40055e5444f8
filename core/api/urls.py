"""The addresses of what lies at or below accounts; `config.api` puts those of the other apps beside them."""

from django.urls import URLPattern, path

from core.api import jobs, projects

urlpatterns: list[URLPattern] = [
    path("projects/", projects.ProjectList.as_view(), name="api_project_list"),
    path("projects/<slug:slug>/", projects.ProjectDetail.as_view(), name="api_project_detail"),
    path("jobs/", jobs.JobList.as_view(), name="api_job_list"),
    path("jobs/<uuid:id>/", jobs.JobDetail.as_view(), name="api_job_detail"),
    path("jobs/<uuid:id>/retry/", jobs.JobRetry.as_view(), name="api_job_retry"),
]
