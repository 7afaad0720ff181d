"""What every page shares: people, accounts, rights, the call budget and the machinery of tasks."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import checks  # noqa: F401  (registers the system checks)
