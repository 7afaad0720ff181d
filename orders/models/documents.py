"""Our copy of an order as last read. `mirror.py` is its only writer; keys and days are those of the documents.

Times named `*_at` by the marketplace are theirs (`created_at`, `changed_at`), `synced_at` and `seen_at` are ours.
Amounts are numeric(14,4) as received.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from orders.models.base import Owned, money


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
    commission = money()  # of the lines that stand, without VAT
    commission_estimated = models.BooleanField(default=False, db_default=False)  # told as a rate for one of them
    fees_total = money()  # of `fees`
    recipient = models.ForeignKey(
        "Address", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False, db_constraint=False
    )  # whom a list names: the first line's delivery address, or else the billing address
    version = models.PositiveIntegerField(default=1)  # how many versions we have accepted
    shipped_at = models.DateTimeField(null=True)
    shipped_day = models.DateField(null=True)  # of shipped_at, once the order is gone: these three are what is counted
    on_time = models.BooleanField(null=True)  # null: not gone, not ours, or no deadline known
    ship_hours = models.PositiveSmallIntegerField(null=True)  # whole hours from placed_at to shipped_at
    closed_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(default=timezone.now)
    contact_erased_at = models.DateTimeField(null=True)
    name_erased_at = models.DateTimeField(null=True)
    keep_personal = models.BooleanField(default=False)  # a person wants it kept: a dispute
    invoiced = models.BooleanField(default=False, db_default=False)  # surely: an invoice from here is confirmed

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
            models.Index(
                F("account"),
                F("shipped_at").desc(),
                F("id").desc(),
                condition=Q(shipped_day__isnull=False),
                name="order_shipped",
            ),
            models.Index(
                F("account"),
                F("channel"),
                F("placed_at").desc(),
                F("id").desc(),
                condition=Q(status__in=["Delivered", "Shipped"], invoiced=False),
                name="order_uninvoiced",
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
        indexes = [
            models.Index(fields=["number"], opclasses=["text_pattern_ops"], name="parcel_number_like"),
            models.Index(fields=["account", "seen_at"], name="parcel_seen"),
        ]

    def __str__(self) -> str:
        return self.number
