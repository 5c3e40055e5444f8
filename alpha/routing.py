from django.urls import URLPattern, path

from alpha.reading.live import ProgrammeConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/p/<slug:slug>/alpha/<slug:key>/", ProgrammeConsumer.as_asgi()),
]
