"""Our copy of what the marketplace says. `mirror.py` is its only writer; keys and days are those of the documents.

Times named `*_at` by the marketplace are theirs (`created_at`, `changed_at`), `synced_at` and `seen_at` are ours.
Amounts are numeric(14,4) as received.
"""

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from backoffice.models import SellerAccount

if TYPE_CHECKING:
    from backoffice.models import User


class Scoped(models.QuerySet[Any]):
    """Every query of a page passes here: rows of the accounts that this person may see, and no others."""

    def for_user(self, user: "User") -> "Scoped":
        return self if user.sees_every_account else self.filter(account__in=user.accounts.all())


def money() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(max_digits=14, decimal_places=4, null=True)


class Owned(models.Model):
    """A row that belongs to one seller account."""

    account = models.ForeignKey(SellerAccount, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = Scoped.as_manager()

    class Meta:
        abstract = True


class Order(Owned):
    """One order as last read. Without personal data: that is in Address, OrderExtra and SearchRow."""

    number = models.CharField(max_length=64)  # orderId
    channel_number = models.CharField(max_length=500, blank=True)  # reference: the channel's own number
    channel = models.CharField(max_length=64)
    channel_name = models.CharField(max_length=500, blank=True)
    seller = models.CharField(max_length=64, blank=True)
    customer = models.CharField(max_length=500, blank=True)  # customer.reference; a keyed hash after erasure
    business = models.BooleanField(default=False)
    status = models.CharField(max_length=64)
    payment_method = models.CharField(max_length=500, blank=True)
    currency = models.CharField(max_length=8)
    offer_total = money()
    selling_total = money()
    fees = models.JSONField(default=list)  # [[label, "1.49"]]
    purchased_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ship_by = models.DateTimeField(null=True)  # shippedAtMax of the order, as received
    hash = models.CharField(max_length=64)  # of the document as received

    placed_at = models.DateTimeField()  # purchased_at, or else created_at
    day = models.DateField()  # placed_at in the shop's zone
    deadline = models.DateTimeField(null=True)  # the earliest ship-by of the lines that we ship, or else the order's
    ours = models.BooleanField(default=False)  # has a line of supply mode Seller
    partly_shipped = models.BooleanField(default=False)
    cancel_asked = models.BooleanField(default=False)  # a line stands in CancelRequest
    line_count = models.PositiveSmallIntegerField(default=0)
    item_count = models.PositiveIntegerField(default=0)
    first_title = models.CharField(max_length=500, blank=True)
    recipient = models.ForeignKey(
        "Address", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )  # whom a list names: the first line's delivery address, or else the billing address
    version = models.PositiveIntegerField(default=1)  # how many versions we have accepted
    shipped_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(default=timezone.now)
    contact_erased_at = models.DateTimeField(null=True)
    name_erased_at = models.DateTimeField(null=True)
    keep_personal = models.BooleanField(default=False)  # a person wants it kept: a dispute

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "number"], name="one_order_a_number")]
        indexes = [
            models.Index(F("account"), F("placed_at").desc(), F("id").desc(), name="order_placed"),
            models.Index(F("account"), F("status"), F("placed_at").desc(), F("id").desc(), name="order_status_placed"),
            models.Index(
                F("account"),
                F("deadline"),
                F("id"),
                condition=Q(status="InPreparation", ours=True),
                name="order_to_ship",
            ),
            models.Index(fields=["account", "changed_at"], name="order_changed"),
            models.Index(fields=["account", "created_at"], name="order_created"),
            models.Index(fields=["number"], opclasses=["text_pattern_ops"], name="order_number_like"),
            models.Index(
                fields=["channel_number"],
                opclasses=["text_pattern_ops"],
                condition=~Q(channel_number=""),
                name="order_channel_number_like",
            ),
            models.Index(fields=["account", "customer"], condition=~Q(customer=""), name="order_customer"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:detail", args=[self.number])


class Address(Owned):
    """Personal data: a billing or delivery address of one order. Lines point to theirs, else to the order's."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="addresses", db_index=False)
    kind = models.CharField(max_length=8)  # billing, shipping
    hash = models.CharField(max_length=64)
    civility = models.CharField(max_length=500, blank=True)
    first_name = models.CharField(max_length=500, blank=True)
    last_name = models.CharField(max_length=500, blank=True)
    company = models.CharField(max_length=500, blank=True)
    vat_number = models.CharField(max_length=500, blank=True)
    line1 = models.CharField(max_length=500, blank=True)
    line2 = models.CharField(max_length=500, blank=True)
    line3 = models.CharField(max_length=500, blank=True)
    postcode = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=500, blank=True)
    region = models.CharField(max_length=500, blank=True)
    country = models.CharField(max_length=500, blank=True)
    phone = models.CharField(max_length=500, blank=True)
    email = models.CharField(max_length=500, blank=True)
    pickup_id = models.CharField(max_length=500, blank=True)
    pickup_name = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "kind", "hash"], name="one_address_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind} address"


class Line(Owned):
    """One line of an order: the unit of shipping and cancelling, whole."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=64)  # orderLineId: unique with the order only
    status = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    offer = models.CharField(max_length=500)  # offer.id, needed to cancel a line
    sku = models.CharField(max_length=500)  # offer.sellerProductId
    supply_mode = models.CharField(max_length=64)
    product = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=2000, blank=True)
    gtin = models.CharField(max_length=500, blank=True)
    condition = models.CharField(max_length=500, blank=True)
    delivery_mode = models.CharField(max_length=500, blank=True)
    promised_min = models.DateTimeField(null=True)
    promised_max = models.DateTimeField(null=True)
    ship_by = models.DateTimeField(null=True)
    offer_unit = money()
    offer_shipping = money()
    selling_unit = money()
    selling_shipping = money()
    offer_total = money()  # as received; never computed with (whether it includes shipping is disputed, U7)
    selling_total = money()
    commission_with_vat = money()
    commission_without_vat = money()
    commission_rate = money()  # hundredths of a percent: 800 is 8 % (measured)
    taxes = models.JSONField(default=dict)  # {"offer": [{code, target, amount, rate}], "selling": [...]}
    address = models.ForeignKey(
        Address, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )
    placed_at = models.DateTimeField()  # the order's, so that an index serves SKU and date together

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "code"], name="one_line_a_code")]
        indexes = [
            models.Index(F("account"), F("sku"), F("placed_at").desc(), F("order"), name="line_sku"),
            models.Index(
                F("account"), F("gtin"), F("placed_at").desc(), F("order"), condition=~Q(gtin=""), name="line_gtin"
            ),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.code


class OrderExtra(Owned):
    """Members that no column is for, by their path; personal data, at most 4 kB an order."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="extra")
    content = models.JSONField(default=dict)


class Parcel(Owned):
    """A parcel as the marketplace shows it, with the codes of the lines it holds."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parcels", db_index=False)
    number = models.CharField(max_length=100)
    carrier = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    lines = ArrayField(models.CharField(max_length=64), default=list)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "number", "carrier"], name="one_parcel_a_number")]
        indexes = [models.Index(fields=["number"], opclasses=["text_pattern_ops"], name="parcel_number_like")]

    def __str__(self) -> str:
        return self.number


class CancellationRequest(Owned):
    """A cancellation asked of the marketplace, by us or elsewhere; found through the order's lines."""

    remote_id = models.CharField(max_length=100)
    number = models.CharField(max_length=64)  # of the order
    channel = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=32, blank=True)
    status = models.CharField(max_length=64)
    user_type = models.CharField(max_length=64, blank=True)
    user_id = models.CharField(max_length=100, blank=True)
    lines = models.JSONField(default=list)  # [{code, offer, reason, refund_shipping, status}]
    errors = models.JSONField(default=list)  # [[code, message]]
    created_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "remote_id"], name="one_cancellation_an_id")]
        indexes = [models.Index(fields=["account", "number"], name="cancellation_number")]


class GestureRequest(Owned):
    """A commercial gesture asked of the marketplace, by us or elsewhere."""

    remote_id = models.CharField(max_length=100)
    number = models.CharField(max_length=64)
    channel = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=100)
    details = models.CharField(max_length=2000, blank=True)
    amount = money()
    currency = models.CharField(max_length=8, blank=True)
    status = models.CharField(max_length=64)
    errors = models.JSONField(default=list)
    created_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "remote_id"], name="one_gesture_an_id")]
        indexes = [models.Index(fields=["account", "number"], name="gesture_number")]


class Change(Owned):
    """An accepted version of an order: what was and what became, by field name, without personal data."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="changes", db_index=False)
    version = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    synced_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=10)  # live, deep, nightly, single, backfill, period, audit
    fields = models.JSONField(
        default=dict
    )  # {"status": [was, is], "lines.QK01.status": [was, is]}; was is null at first

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "version"], name="one_change_a_version")]


class Quarantine(Owned):
    """A record that could not be read, with its reason; read again every hour, kept 30 days."""

    number = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500)
    raw = models.TextField()  # at most 64 kB; personal data
    hash = models.CharField(max_length=64)
    changed_at = models.DateTimeField(null=True)  # of the record, where that at least could be read
    source = models.CharField(max_length=10)
    seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)
    solved_at = models.DateTimeField(null=True)  # read well since

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number", "hash"], condition=Q(solved_at=None), name="one_open_record"
            )
        ]


class Reading(Owned):
    """A read that was asked for and waits for its share of calls: one order by number, or a period."""

    class Kind(models.TextChoices):
        ORDER = "order"
        PERIOD = "period"
        CANCELLATIONS = "cancels"  # the cancellation requests of one order

    class Outcome(models.TextChoices):
        STORED = "stored"
        UNCHANGED = "unchanged"
        MISSING = "missing"  # the marketplace does not know it
        SET_ASIDE = "set aside"
        FAILED = "failed"  # after its last try

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ORDER)
    lane = models.CharField(max_length=10, default="single")
    number = models.CharField(max_length=64, blank=True)
    begins = models.DateTimeField(null=True)  # a period, by created_at
    ends = models.DateTimeField(null=True)
    page = models.PositiveIntegerField(default=1)  # where a period goes on
    why = models.CharField(max_length=40)  # person, look-up, quarantine, hash, audit, gap
    asked_by = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    due = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)  # the lease of the process that reads
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "number", "begins"],
                condition=Q(done_at=None),
                nulls_distinct=False,
                name="one_open_reading",
            )
        ]
        indexes = [models.Index(fields=["due"], condition=Q(done_at=None), name="reading_due")]


class Cursor(Owned):
    """How far a walk over the marketplace's changes has come; positions are the marketplace's timestamps only."""

    name = models.CharField(max_length=16)  # live, nightly, backfill, gestures
    position = models.DateTimeField(null=True)  # newest changed_at (live, gestures) or oldest day done (backfill)
    walk_from = models.DateTimeField(null=True)  # where an unfinished walk goes on, null when none is
    page = models.PositiveIntegerField(default=1)  # and at which page
    walk_newest = models.DateTimeField(null=True)  # newest seen by a walk that may move the position only at its end
    epoch = models.PositiveBigIntegerField(default=0)  # compare-and-set: two walks never both move it
    runs = models.PositiveBigIntegerField(default=0)
    complete_until = models.DateTimeField(null=True)  # end of the last clean run (our clock)
    news_at = models.DateTimeField(null=True)  # when a run last found something new (our clock)
    last_pages = models.PositiveIntegerField(default=0)  # calls of the last clean run
    last_success = models.DateTimeField(null=True)
    last_try = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True)
    seen = models.PositiveBigIntegerField(default=0)  # orders read, ever
    stored = models.PositiveBigIntegerField(default=0)
    set_aside = models.PositiveBigIntegerField(default=0)
    older = models.PositiveBigIntegerField(default=0)  # older than what we hold: counted and ignored
    mistrust = models.BooleanField(default=False)  # sort or filter was seen ignored: walk whole windows

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_cursor_a_walk")]


class Comparison(Owned):
    """Their count and ours of the same window: the proof of completeness. A difference seen twice is drift."""

    class Window(models.TextChoices):
        MONTH = "month"  # the last 30 days, one row a status, compared anew every hour
        DAY = "day"  # one closed day, one row a day

    window = models.CharField(max_length=8, choices=Window)
    begins = models.DateTimeField()  # created_at window
    ends = models.DateTimeField()
    status = models.CharField(max_length=64, blank=True)  # empty: every status
    theirs = models.PositiveIntegerField()
    ours = models.PositiveIntegerField()
    differs_since = models.DateTimeField(null=True)
    differs_times = models.PositiveSmallIntegerField(default=0)
    compared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "status"], condition=Q(window="month"), name="one_comparison_a_status"
            ),
            models.UniqueConstraint(
                fields=["account", "begins"], condition=Q(window="day"), name="one_comparison_a_day"
            ),
        ]


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

    name = models.CharField(max_length=64)  # order_acceptation, product_shipping, …
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "channel", "status", "currency"], name="one_day_rollup")
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
