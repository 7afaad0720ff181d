"""What is derived from the orders so that finding and counting stay quick: search words and rollups."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F

from orders.models.base import Owned
from orders.models.documents import Order


class SearchRow(Owned):
    """Personal data: one folded word by which an order is found, with the order's date beside it."""

    class Kind(models.IntegerChoices):
        NAME = 1  # names and companies
        PLACE = 2  # postcode and town
        STREET = 3
        PHONE = 4  # the last nine digits
        EMAIL = 5

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.PositiveSmallIntegerField(choices=Kind)
    word = models.CharField(max_length=60, db_collation="C")
    placed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(F("account"), F("word"), F("placed_at").desc(), F("order"), F("kind"), name="search_word"),
            models.Index(fields=["order"], name="search_order"),
        ]


class Word(models.Model):
    """The vocabulary of SearchRow names and places: what one wrong letter may have meant. No link to anybody."""

    word = models.CharField(max_length=60, primary_key=True, db_collation="C")

    class Meta:
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="word_trigrams")]


class DayRollup(Owned):
    """Orders of one shop day, channel, status and currency; written in the mirror's transaction."""

    day = models.DateField()
    channel = models.CharField(max_length=64)
    status = models.CharField(max_length=64)
    currency = models.CharField(max_length=8)
    orders = models.IntegerField(default=0)
    items = models.BigIntegerField(default=0)
    revenue = models.DecimalField(max_digits=24, decimal_places=4, default=0)  # selling totals
    untimed = models.IntegerField(default=0, db_default=0)  # gone, ours, and nobody knows when
    commission = models.DecimalField(max_digits=24, decimal_places=4, default=0, db_default=0)
    estimated = models.IntegerField(default=0, db_default=0)  # orders whose commission is partly our estimate
    fees = models.DecimalField(max_digits=24, decimal_places=4, default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "channel", "status", "currency"], name="one_day_rollup")
        ]


class ShippedRollup(Owned):
    """Orders shipped on one shop day, by channel, punctuality and hours; written in the mirror's transaction."""

    class Verdict(models.TextChoices):
        MET = "met"
        MISSED = "missed"
        NONE = "none"  # no deadline known

    day = models.DateField()  # of shipped_at
    channel = models.CharField(max_length=64)
    verdict = models.CharField(max_length=6, choices=Verdict)
    hours = models.PositiveSmallIntegerField()  # whole hours from the order to its parcel
    orders = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "channel", "verdict", "hours"], name="one_shipped_rollup")
        ]


class SkuRollup(Owned):
    """What one SKU sold in one month, with its title: the vocabulary of product words as well."""

    month = models.DateField()
    sku = models.CharField(max_length=500)
    currency = models.CharField(max_length=8)
    title = models.CharField(max_length=500, blank=True)
    folded = models.CharField(max_length=500, blank=True, db_collation="C")
    lines = models.IntegerField(default=0)
    items = models.BigIntegerField(default=0)
    revenue = models.DecimalField(max_digits=24, decimal_places=4, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "month", "sku", "currency"], name="one_sku_rollup")]
        indexes = [GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="sku_words")]
