from django.urls import URLPattern, URLResolver, path

from core.endpoints import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/models/", views.model_list, name="model_list"),
    path("p/<slug:slug>/models/endpoints/new/<slug:kind>/", views.endpoint_new, name="endpoint_new"),
    path("p/<slug:slug>/models/endpoints/<slug:name>/", views.endpoint_edit, name="endpoint_edit"),
    path("p/<slug:slug>/models/endpoints/<slug:name>/try/", views.endpoint_try, name="endpoint_try"),
    path("p/<slug:slug>/models/endpoints/<slug:name>/remove/", views.endpoint_remove, name="endpoint_remove"),
    path("p/<slug:slug>/models/bundles/new/", views.bundle_new, name="bundle_new"),
    path("p/<slug:slug>/models/bundles/<uuid:pk>/", views.bundle_detail, name="bundle_detail"),
]
