"""What every page shares: people, accounts, rights, the call budget and the machinery of tasks."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("tasks")  # each app's repeating jobs, for the loop commands and the figures too
        from backoffice import checks, sessions  # noqa: F401  (register the system checks and the start of a session)
