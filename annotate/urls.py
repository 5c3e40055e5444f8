from django.urls import URLPattern, URLResolver, path

from annotate.views import rating

urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/rate/", rating.rate_home, name="rate_home"),
    path("p/<slug:slug>/rate/<slug:name>/", rating.rate, name="rate"),
    path("p/<slug:slug>/rate/<slug:name>/beat/", rating.rate_beat, name="rate_beat"),
    path("p/<slug:slug>/rate/<slug:name>/draft/", rating.rate_draft, name="rate_draft"),
    path("p/<slug:slug>/rate/<slug:name>/skip/", rating.rate_skip, name="rate_skip"),
    path("p/<slug:slug>/rate/<slug:name>/undo/", rating.rate_undo, name="rate_undo"),
    path("p/<slug:slug>/rate/<slug:name>/guideline/", rating.guideline, name="guideline"),
]
