"""Who packs which order: one person at one station, for twenty minutes or until it is taken over; never two at once."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from backoffice.models import User
from fulfilment.models import Claim
from fulfilment.models.warehouse import REASON
from orders.models import Order

LASTS = timedelta(minutes=20)
STATION = "station"  # of the session: two stations may share one login


class Claimed(Exception):
    """Somebody else packs this order: `holder`."""

    def __init__(self, holder: Claim) -> None:
        super().__init__(str(holder))
        self.holder = holder


def station(request: HttpRequest) -> str:
    """The name of this device for its claims, drawn once a session."""
    known = str(request.session.get(STATION, ""))
    if not known:
        known = request.session[STATION] = secrets.token_urlsafe(12)
    return known


def claimed(order: Order) -> Claim | None:
    """The claim that stands on this order now."""
    return Claim.objects.filter(order=order, ended_at=None, until__gt=timezone.now()).select_related("user").first()


def claim(order: Order, user: User, at: str = "") -> Claim:
    """The order is `user`'s at the station `at`; a claim of one's own begins anew. Raises Claimed where it is not."""
    return _taken(order, user, at, over=False, reason="")


def take_over(order: Order, user: User, at: str = "", *, reason: str) -> Claim:
    """The order is `user`'s from now on, whoever had it; the reason is kept."""
    return _taken(order, user, at, over=True, reason=reason)


def release(order: Order, user: User, at: str = "") -> bool:
    """Nobody packs the order any more; whether it was `user`'s at this station."""
    mine = Claim.objects.filter(order=order, user=user, station=at, ended_at=None)
    return bool(mine.update(ended_at=timezone.now()))


def ended_by(order: Order) -> None:
    """The order was declared, or kept back: whoever packed it has done so."""
    Claim.objects.filter(order=order, ended_at=None).update(ended_at=timezone.now())


def lock(order: Order) -> None:
    """Keep the order's row to the end of the transaction. It comes before its claims and holds, as where the order is
    declared: two that began at either end would wait for each other. What only names the order does not wait for it.
    """
    Order.objects.select_for_update(no_key=True).values("pk").get(pk=order.pk)


def _taken(order: Order, user: User, at: str, *, over: bool, reason: str) -> Claim:
    now = timezone.now()
    with transaction.atomic():
        lock(order)
        standing: Claim | None = Claim.objects.select_for_update().filter(order=order, ended_at=None).first()
        if standing is not None:
            mine = standing.user_id == user.pk and standing.station == at
            if mine and standing.until > now:
                standing.until = now + LASTS
                standing.save(update_fields=["until"])
                return standing
            if standing.until > now and not over:
                raise Claimed(standing)
            standing.ended_at = min(now, standing.until)
            standing.save(update_fields=["ended_at"])
        was = standing.user_name if standing is not None and standing.ended_at == now else ""
        new = Claim(
            account_id=order.account_id, order=order, user=user, user_name=str(user), station=at, at=now,
            until=now + LASTS, taken_from=was, reason=reason[:REASON],
        )  # fmt: skip
        try:
            with transaction.atomic():
                new.save(force_insert=True)
        except IntegrityError:  # another station was quicker: the constraint says so
            raise Claimed(Claim.objects.get(order=order, ended_at=None)) from None
    return new
