from django.urls import path

from abtest.consumers import ExperimentConsumer

websocket_urlpatterns = [
    path("ws/p/<slug:slug>/experiments/<slug:key>/", ExperimentConsumer.as_asgi()),
]
