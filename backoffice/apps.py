"""What every page shares: people, accounts, rights, the call budget and the machinery of tasks."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import acts, checks, pages, sealing, sessions  # noqa: F401  (system checks, the start of a session)
        from backoffice.administration import alerts, index
        from backoffice.models import Act

        sealing.JOURNALS.append(sealing.Journal("acts", Act, "at", acts.COLUMNS))
        pages.BARS.append(pages.plain_http)
        pages.SETTINGS.append(index.entries)
        pages.LAST.append(alerts.navigation)
