from django.urls import path

from alpha.consumers import ChatConsumer

websocket_urlpatterns = [
    path("ws/p/<slug:slug>/chat/<uuid:conversation>/", ChatConsumer.as_asgi()),
]
