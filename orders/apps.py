"""What the marketplace says: the mirror of its orders, and every page that reads it."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import alerts, health, pages
        from orders import frame, gauges, ports, tasks, timeline, troubles  # noqa: F401  (tasks: registers the jobs)

        alerts.WORDS.update(troubles.WORDS)
        health.GAUGES.append(gauges.mirror)
        pages.NAVIGATION.append(frame.navigation)
        pages.BARS.append(frame.practice)
        pages.FRESHNESS.append(frame.fresh)
        ports.TIMELINE += [timeline.of_marketplace, timeline.of_requests, timeline.of_people]
