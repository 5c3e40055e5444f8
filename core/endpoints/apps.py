from django.apps import AppConfig


class EndpointsConfig(AppConfig):
    name = "core.endpoints"
    label = "endpoints"
