from django.urls import path

from alpha.consumers import ChatConsumer
from alpha.reading.live import ProgrammeConsumer

websocket_urlpatterns = [
    path("ws/p/<slug:slug>/chat/<uuid:conversation>/", ChatConsumer.as_asgi()),
    path("ws/p/<slug:slug>/alpha/<slug:key>/", ProgrammeConsumer.as_asgi()),
]
