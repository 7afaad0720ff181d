"""The warehouse's own tables: who packs what, what a person keeps back, what we know of products, printed slips."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order, Owned

REASON = 200  # signs of a reason in a person's words


class Claim(Owned):
    """One person, at one station, packs this order until `until`; a row stays when it has ended."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    user_name = models.CharField(max_length=100)  # kept when the person has gone
    station = models.CharField(max_length=40, blank=True)  # two stations may share one login
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    taken_from = models.CharField(max_length=100, blank=True)  # whose it was, where it was taken over
    reason = models.CharField(max_length=REASON, blank=True)  # of a taking over
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(ended_at=None), name="one_claim_an_order"),
        ]
        indexes = [models.Index(fields=["order", "at"], name="claim_order")]

    def __str__(self) -> str:
        return f"{self.user_name} packs {self.order_id}"


class Problem(models.TextChoices):
    """What is the matter at the pack station: kept as a code, read by everybody in their own language."""

    MISSING = "missing", _("An item is missing.")
    BROKEN = "broken", _("An item is broken.")
    ADDRESS = "address", _("The address is impossible.")
    OTHER = "other", _("Something else is wrong.")


class Hold(Owned):
    """An order that a person keeps back, with a reason and until when: out of the queue, and not to be shipped."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    problem = models.CharField(max_length=8, blank=True, default="", db_default="")  # a Problem; "" for none of them
    reason = models.CharField(max_length=REASON, blank=True)  # in the person's own words
    until = models.DateTimeField()  # it ends by itself
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=100)
    asks = models.BooleanField(default=False, db_default=False)  # support is asked, and answers or releases it
    ended_at = models.DateTimeField(null=True)  # released before its time, answered, or followed by another
    ended_by_name = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(ended_at=None), name="one_hold_an_order"),
        ]
        indexes = [
            models.Index(fields=["account", "until"], condition=Q(ended_at=None), name="hold_standing"),
            models.Index(fields=["account", "at"], condition=Q(asks=True, ended_at=None), name="hold_question"),
            models.Index(fields=["order", "at"], name="hold_order"),
        ]

    def __str__(self) -> str:
        return self.why

    @property
    def why(self) -> str:
        """The problem in the reader's language, then what the person wrote."""
        told = str(Problem(self.problem).label) if self.problem in Problem else ""
        return f"{told} {self.reason}".strip()

    def stands(self, now: datetime) -> bool:
        return self.ended_at is None and self.until > now


class Product(Owned):
    """What the warehouse knows of one SKU and the marketplace does not tell."""

    sku = models.CharField(max_length=500)
    eans = ArrayField(models.CharField(max_length=32), default=list)
    location = models.CharField(max_length=60, blank=True)  # the shelf, as it is written on it
    weight = models.PositiveIntegerField(null=True)  # of one item, in grams
    instruction = models.CharField(max_length=500, blank=True)  # how to pack it
    stock = models.CharField(max_length=60, blank=True, db_default="")  # a note of ours: "3 left", "back on Friday"
    picture = models.CharField(max_length=80, blank=True)  # name of its file among ours: a hash and its kind
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by_name = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "sku"], name="one_product_a_sku")]

    def __str__(self) -> str:
        return self.sku


class Acknowledgement(Owned):
    """A person has read how to pack a product, in these words."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="acknowledgements", db_index=False)
    user = models.ForeignKey("backoffice.User", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)  # of the words: other words are read anew
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "user"], name="one_acknowledgement_a_person")]


class Slip(Owned):
    """One slip that was printed, in its place of a run; the first of an order is the slip, the others are reprints."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.UUIDField()  # printed together: the pick list and its slips
    position = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "order"], name="one_slip_a_run")]
        indexes = [models.Index(fields=["order", "at"], name="slip_order")]
