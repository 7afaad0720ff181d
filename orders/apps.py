"""What the marketplace says: the mirror of its orders, and every page that reads it."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import access, alerts, exports, health, pages, sealing, shop
        from backoffice.administration import fields
        from orders import (
            exporting,
            frame,
            gauges,
            models,
            notes,
            ports,
            reference,
            rezoning,
            timeline,
            troubles,
            words,
        )
        from orders import tasks as _jobs  # noqa: F401  (registers the jobs)
        from orders.statistics import exporting as figures
        from orders.views import export

        access.NAMES.update(words.LOOKED_AT)
        alerts.WORDS.update(troubles.WORDS)
        alerts.NAMES.update(troubles.NAMES)
        alerts.PLACES.update(troubles.PLACES)
        alerts.SAID.update(troubles.SAID)
        alerts.CONCERNED.update(troubles.CONCERNED)
        fields.NAMES |= {"cutoffs": reference.carrier_labels, "approval_windows": reference.channel_codes}
        sealing.JOURNALS.append(
            sealing.Journal(
                "orders", models.Change, "synced_at",
                ("account_id", "order_id", "version", "changed_at", "synced_at", "source", "fields"),
            )
        )  # fmt: skip
        exports.SOURCES[exporting.SOURCE] = exporting.table
        exports.SOURCES[figures.SOURCE] = figures.table
        health.GAUGES.append(gauges.mirror)
        pages.NAVIGATION.append(frame.navigation)
        pages.SETTINGS.append(frame.settings)
        pages.BARS += [frame.practice, rezoning.bar]
        shop.chosen.connect(rezoning.follow, dispatch_uid="orders.rezoning")
        pages.FRESHNESS.append(frame.fresh)
        ports.BULK += [notes.bar, export.bar]
        ports.TIMELINE += [timeline.of_mirror, notes.timeline]
