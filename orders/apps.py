"""What the marketplace says: the mirror of its orders, and every page that reads it."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import alerts, pages
        from orders import frame, ports, tasks, timeline, troubles  # noqa: F401  (tasks: registers the repeating jobs)

        alerts.WORDS.update(troubles.WORDS)
        pages.NAVIGATION.append(frame.navigation)
        pages.FRESHNESS.append(frame.fresh)
        ports.TIMELINE += [timeline.of_marketplace, timeline.of_requests, timeline.of_people]
