"""Orders that a person keeps back, with a reason and until when. A hold ends by itself; nothing of it is sent."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop, typography
from backoffice.models import User
from fulfilment.models import Claim, Hold
from fulfilment.models.warehouse import REASON
from fulfilment.outbox.refusals import NotNow
from orders.models import Order


class Held(NotNow):
    """The order is kept back: `hold`, whose words are the message's."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(words(hold))
        self.hold = hold


def held(order: Order) -> Hold | None:
    """The hold that stands on this order now."""
    return Hold.objects.filter(order=order, ended_at=None, until__gt=timezone.now()).first()


def refuse_held(order: Order) -> None:
    """Raise Held where the order is kept back."""
    if (standing := held(order)) is not None:
        raise Held(standing)


def hold(order: Order, user: User, *, reason: str, until: datetime) -> Hold:
    """Keep the order back until then; a former hold is replaced, and nobody packs it any more."""
    now = timezone.now()
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        Hold.objects.filter(order=order, ended_at=None).update(ended_at=now, ended_by_name=str(user))
        Claim.objects.filter(order=order, ended_at=None).update(ended_at=now)
        return Hold.objects.create(
            account_id=order.account_id,
            order=order,
            reason=reason[:REASON],
            until=until,
            at=now,
            by=user,
            by_name=str(user),
        )


def let_go(order: Order, user: User) -> bool:
    """End the hold before its time; whether there was one."""
    standing = Hold.objects.filter(order=order, ended_at=None)
    return bool(standing.update(ended_at=timezone.now(), ended_by_name=str(user)))


def words(hold: Hold) -> str:
    """Who keeps it back, until when and why, as one sentence."""
    told = {
        "who": hold.by_name,
        "time": typography.exact(hold.until, shop.zone(), timezone.now()),
        "reason": hold.reason,
    }
    return _("Kept back by %(who)s until %(time)s: %(reason)s") % told
