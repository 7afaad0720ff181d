"""Lists that the marketplace keeps for the account: carriers, channels, indicators, reasons."""

from django.db import models
from django.utils import timezone

from orders.models.base import Owned, money


class Carrier(Owned):
    """A carrier as listed by the marketplace; the label is the value, codes repeat (measured)."""

    label = models.CharField(max_length=200)
    code = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    synced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "label", "code"], name="one_carrier_a_label")]
        ordering = ["position"]


class Channel(Owned):
    """A sales channel of the account, from its subscriptions and from the orders themselves."""

    code = models.CharField(max_length=64)
    name = models.CharField(max_length=500, blank=True)
    subscription = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=100, blank=True)
    offer_currency = models.CharField(max_length=8, blank=True)
    payment_currency = models.CharField(max_length=8, blank=True)
    synced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "code"], name="one_channel_a_code")]
        ordering = ["code"]


class Indicator(Owned):
    """The marketplace's own measure of the seller, as last read."""

    name = models.CharField(max_length=64)  # acceptance, shipping, deadlines, claims, refunds, else their word
    description = models.CharField(max_length=500, blank=True)
    value_d30 = money()
    value_d60 = money()
    value_d365 = money()
    threshold = money()
    threshold_type = models.CharField(max_length=64, blank=True)
    compliant_d30 = models.BooleanField(null=True)
    compliant_d60 = models.BooleanField(null=True)
    compliant_d365 = models.BooleanField(null=True)
    computed_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_indicator_a_name")]


class Reason(Owned):
    """What the marketplace calls a reason of cancellations, as its list told when a dialog last asked for it."""

    LONGEST = 100  # of a code, as in a request

    code = models.CharField(max_length=LONGEST)
    label = models.CharField(max_length=500)
    learned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "code"], name="one_reason_a_code")]
