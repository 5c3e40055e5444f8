from django.urls import path

from annotate.consumers import CampaignConsumer

websocket_urlpatterns = [
    path("ws/p/<slug:slug>/campaigns/<slug:name>/", CampaignConsumer.as_asgi()),
]
