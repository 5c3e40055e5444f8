from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Makes every process know the Celery app, so that a command's or a page's ring goes to the configured broker."""

    name = "config"
    verbose_name = "wiring"

    def ready(self) -> None:
        import config.celery  # noqa: F401
