from django.urls import include, path

urlpatterns = [
    path("", include("core.accounts.urls")),
    path("", include("annotate.urls")),
    path("", include("exchange.urls")),
]
