"""What one person may give without a colleague: by command and by the shop's day, from the shop's choices."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import shop
from backoffice.models import User
from fulfilment.models import Command, State
from octopia.contract.vocabulary import Verb

CURRENCY = "EUR"  # of the shop's limits
UNSPENT = (State.PROPOSED, State.REFUSED, State.WITHDRAWN, State.CLOSED_NOT_DONE)


@dataclass(frozen=True)
class Over:
    """The limit that bites; `left` of it before this command, None where the limits say nothing of the amount: it is
    in another currency, or `unknown`."""

    left: Decimal | None
    daily: bool
    unknown: bool = False

    @property
    def words(self) -> str:
        if self.unknown:
            return _("A price of it is not known here: a colleague confirms it.")
        if self.left is None:
            return _("Your limits are in %(currency)s: a colleague confirms this.") % {"currency": CURRENCY}
        if self.daily:
            return _("This is above what you may still give today: a colleague confirms it.")
        return _("This is above what you may give at once: a colleague confirms it.")


def over(
    by: User, kind: shop.Money, amount: Decimal | None, currency: str, again: Command | None = None
) -> Over | None:
    """The limit that this amount exceeds, as one that nobody knows does; None when the person may give it alone.

    Inside a transaction it holds the person's row, so that two commands at once do not both fit under the limit.
    `again`: the command that is judged once more, with this amount instead of its own.
    """
    User.objects.select_for_update(no_key=True).filter(pk=by.pk).only("pk").first()
    return exceeded(by, kind, amount, currency, again)


def exceeded(
    by: User, kind: shop.Money, amount: Decimal | None, currency: str, again: Command | None = None
) -> Over | None:
    """The same for a page that only shows it: it locks nothing."""
    if amount is None:
        return Over(None, daily=False, unknown=True)
    if currency != CURRENCY:
        return Over(None, daily=False)
    at_once, a_day = shop.limit(kind, by.role), left_today(by, kind, again)
    if amount > at_once:
        return Over(at_once, daily=False)
    return Over(a_day, daily=True) if amount > a_day else None


def left_today(by: User, kind: shop.Money, again: Command | None = None) -> Decimal:
    """What this person may still give in the shop's day, `again` aside."""
    begins, ends = shop.today(timezone.now())
    given = Command.objects.filter(
        author=by,
        kind=Verb.CANCEL if kind == "cancel" else Verb.GESTURE,
        currency=CURRENCY,
        approver=None,  # what a colleague confirmed is the colleague's
        created_at__gte=begins,
        created_at__lt=ends,
    )
    others = given.exclude(state__in=UNSPENT).exclude(pk=again.pk if again else None)
    spent = others.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return max(Decimal(0), shop.daily_limit(kind, by.role) - spent)
