from django.urls import path

from core.accounts.views import signing_in

urlpatterns = [
    path("in/", signing_in.sign_in_request, name="sign_in_request"),
    path("in/<str:secret>/", signing_in.sign_in_by_link, name="sign_in_by_link"),
]
