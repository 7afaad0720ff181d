"""Mirrors what was asked of the marketplace about orders, by us or elsewhere: cancellations and commercial gestures.

Gestures are listed by the time they changed. Cancellation requests are found only through their order, so each order
in which a line became cancelled is asked once, newest first, a few a night.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

import octopia
from backoffice import jobs, marketplace
from backoffice.alerts import close_alert, open_alert
from backoffice.models import Alert, SellerAccount
from octopia import schema
from orders import walking
from orders.models import CancellationRequest, GestureRequest, Reading

A_NIGHT = 40  # orders asked for their cancellation requests
OVERLAP = timedelta(hours=48)
PAGES = 200
LIMIT = 100
DOUBLE = "gesture-double"  # the alert's kind


def mirror_gestures(account: SellerAccount) -> int:
    """Read the gestures that changed since the last time, and alert where one was granted twice; how many were read."""
    cursor = walking.cursor(account, "gestures")
    since = cursor.position or timezone.now() - timedelta(days=settings.BACKFILL_DAYS)
    newest, seen, after = cursor.position, 0, ""
    with marketplace.client(account, "sync") as client:
        for _ in range(PAGES):
            page = client.gestures(changed_min=since - OVERLAP, limit=LIMIT, after=after)
            store_gestures(account, page.items)
            seen += page.received
            newest = max(filter(None, (newest, *(item.changed_at for item in page.items))), default=None)
            after = page.next
            if not after or not page.received or not jobs.going_on():
                break
    if not after:  # the list came to its end: nothing older is missing
        with suppress(walking.Overtaken):  # another process read the same
            walking.save(cursor, position=newest, last_success=timezone.now(), last_try=timezone.now(), trouble="")
    alert_doubles(account)
    return seen


def store_gestures(account: SellerAccount, gestures: Sequence[schema.GestureRequest]) -> None:
    """Bring the mirror up to these gestures; what is older than what we hold is left alone."""
    newest = {item.id: item for item in gestures if len(item.id) <= 100 and len(item.order) <= 64}
    _leave_older(GestureRequest.objects.filter(account=account), newest)
    GestureRequest.objects.bulk_create(
        [
            GestureRequest(
                account=account,
                remote_id=item.id,
                number=item.order,
                channel=item.channel[:64],
                reason=item.reason[:100],
                details=item.details,
                amount=item.amount,
                currency=item.currency[:8],
                status=item.status[:64],
                errors=[[complaint.code, complaint.message] for complaint in item.complaints],
                created_at=item.created_at,
                changed_at=item.changed_at,
                synced_at=timezone.now(),
            )
            for item in newest.values()
        ],
        update_conflicts=True,
        unique_fields=["account", "remote_id"],
        update_fields=[
            "number", "channel", "reason", "details", "amount", "currency", "status", "errors", "created_at",
            "changed_at", "synced_at",
        ],
    )  # fmt: skip


def _leave_older(held: "QuerySet[Any]", newest: dict[str, Any]) -> None:
    """Take out of `newest`, by id, what we hold in a newer version: a list may lag behind a single reading."""
    for remote_id, changed_at in held.filter(remote_id__in=newest).values_list("remote_id", "changed_at"):
        told = newest[remote_id].changed_at
        if told and changed_at and told < changed_at:
            del newest[remote_id]


def alert_doubles(account: SellerAccount) -> None:
    """A gesture of the same order, reason and amount that was granted twice is money given twice."""
    doubles = (
        GestureRequest.objects.filter(account=account, status="Done")
        .values("number", "reason", "amount")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
    )
    found = {row["number"]: row for row in doubles}
    for number, row in found.items():
        open_alert(DOUBLE, number, account, times=row["times"], reason=row["reason"])
    for subject in Alert.objects.filter(kind=DOUBLE, account=account, closed_at=None).values_list("subject", flat=True):
        if subject not in found:
            close_alert(DOUBLE, subject, account)


def mirror_cancellations(account: SellerAccount, limit: int = A_NIGHT) -> int:
    """Ask for the cancellation requests of at most `limit` orders, the newest first; how many were asked.

    An order that could not be asked stays in the queue; what a call raises ends the round.
    """
    asked = 0
    queue = Reading.objects.select_related("account").filter(
        account=account, kind=Reading.Kind.CANCELLATIONS, done_at=None
    )
    with marketplace.client(account, "sync") as client:
        for reading in queue.order_by("-asked_at", "-pk")[:limit]:
            if not jobs.going_on():
                break
            Reading.objects.filter(pk=reading.pk).update(tries=reading.tries + 1)
            outcome = read_cancellations(client, reading)
            asked += 1
            Reading.objects.filter(pk=reading.pk).update(done_at=timezone.now(), outcome=outcome)
    return asked


def read_cancellations(client: octopia.Client, reading: Reading) -> Reading.Outcome:
    """Ask for the cancellation requests of one order, and keep them; how it ended."""
    try:
        store_cancellations(reading.account, client.cancellations(order=reading.number).items)
    except octopia.Missing:
        return Reading.Outcome.MISSING
    except octopia.Rejected:
        return Reading.Outcome.FAILED
    return Reading.Outcome.STORED


def waiting(accounts: Sequence[SellerAccount]) -> int:
    """How many orders wait to be asked for their cancellation requests."""
    return Reading.objects.filter(account__in=accounts, kind=Reading.Kind.CANCELLATIONS, done_at=None).count()


def store_cancellations(account: SellerAccount, requests: Sequence[schema.CancellationRequest]) -> None:
    """Bring the mirror up to these cancellation requests; what is older than what we hold is left alone."""
    newest = {item.id: item for item in requests if len(item.id) <= 100 and len(item.order) <= 64}
    _leave_older(CancellationRequest.objects.filter(account=account), newest)
    CancellationRequest.objects.bulk_create(
        [
            CancellationRequest(
                account=account,
                remote_id=item.id,
                number=item.order,
                channel=item.channel[:64],
                type=item.kind[:32],
                status=item.status[:64],
                user_type=item.asked_by[:64],
                user_id=item.asked_by_id[:100],
                lines=[
                    {
                        "code": line.code,
                        "offer": line.offer_id,
                        "reason": line.reason or item.reason,
                        "refund_shipping": line.refund_shipping,
                        "status": line.status,
                    }
                    for line in item.lines
                ],
                errors=[[complaint.code, complaint.message] for complaint in item.complaints],
                created_at=item.created_at,
                changed_at=item.changed_at,
                synced_at=timezone.now(),
            )
            for item in newest.values()
        ],
        update_conflicts=True,
        unique_fields=["account", "remote_id"],
        update_fields=[
            "number", "channel", "type", "status", "user_type", "user_id", "lines", "errors", "created_at",
            "changed_at", "synced_at",
        ],
    )  # fmt: skip
