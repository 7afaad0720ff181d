"""What we ask of the marketplace: the outbox, and every page that asks."""

from typing import Any

from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    name = "fulfilment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import access, alerts, exports, health, pages, sealing, worker
        from fulfilment import (
            deciding,
            doubts,
            exporting,
            figures,
            following,
            frame,
            gauges,
            matters,
            models,
            uninvoiced,
            words,
        )
        from fulfilment import tasks as _jobs  # noqa: F401  (registers the jobs)
        from fulfilment.batches import following as batches
        from fulfilment.batches import kinds, putting
        from fulfilment.outbox import learning, moves, sweep
        from fulfilment.verbs import approval, cancellation, gesture, invoice, shipment  # noqa: F401  (each registers)
        from fulfilment.views import gestures, parcels, pick
        from fulfilment.warehouse import happened
        from orders import mirror, ports

        access.NAMES.update(words.LOOKED_AT)
        alerts.WORDS.update(words.ALERTS)
        alerts.NAMES.update(words.ALERT_NAMES)
        alerts.PLACES.update(words.ALERT_PLACES)
        alerts.SAID["verb"] = words.verb
        alerts.CONCERNED.update(words.ALERT_CONCERNED)
        sealing.JOURNALS.append(
            sealing.Journal(
                "commands", models.CommandEvent, "at",
                ("account_id", "command_id", "at", "was", "became", "epoch", "actor_name", "what", "said"),
            )
        )  # fmt: skip
        exports.SOURCES[exporting.SOURCE] = exporting.table
        health.GAUGES.append(gauges.outbox)
        ports.TIMELINE.append(following.timeline)
        ports.FIGURES.append(figures.figures)
        ports.LATEST.append(matters.latest)
        ports.MATTERS += [matters.questions, matters.matters]
        ports.TIMELINE.append(happened.timeline)
        ports.COUNTS["orders:support"] = frame.asked
        ports.ERASED.append(happened.erase)
        pages.NAVIGATION.insert(0, frame.packing)
        pages.NAVIGATION += [parcels.navigation, gestures.navigation, frame.navigation]
        ports.ROW_COLUMNS.update(following.row_columns() | happened.row_columns())
        ports.ROW_BADGES += [following.row_badge, happened.row_badge]
        ports.SETS["batch"] = batches.orders_of
        ports.DAYS["declared"] = figures.declared
        ports.DOUBTS.append(doubts.marks)
        ports.DECIDING.append(deciding.rows)
        pages.BARS.append(frame.bars)
        worker.SOURCES.append(worker.Source(sweep.due, sweep.ring, sweep.act, sweep.mend))
        worker.SOURCES.append(worker.Source(putting.due, putting.ring_now, putting.advance))
        ports.BULK += [kinds.bar, pick.bar]
        mirror.stored.connect(_seen, dispatch_uid="fulfilment")
        moves.moved.connect(learning.learn, dispatch_uid="fulfilment")
        moves.moved.connect(uninvoiced.learn, dispatch_uid="invoices")


def _seen(*, ids: list[int], new: int, **_: Any) -> None:
    """The mirror holds something new: what it shows is confirmed. New orders have no command yet."""
    from fulfilment.outbox import resolve

    if len(ids) > new:
        resolve.confirm_by_mirror(ids)
