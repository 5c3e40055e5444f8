from django.apps import AppConfig


class AnnotateConfig(AppConfig):
    name = "annotate"

    def ready(self) -> None:
        from annotate import departure
        from core.accounts import members

        members.on_departure(departure.free_what_they_hold)
