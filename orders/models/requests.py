"""What was asked of the marketplace about an order, by us or elsewhere, as the marketplace tells it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from orders.models.base import Owned, money

# What the seller asked for and the marketplace did not reject: the cancellations that count against us.
BY_US = Q(user_type="Seller") & ~Q(status="Rejected")


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
        indexes = [
            models.Index(fields=["account", "number"], name="cancellation_number"),
            models.Index(fields=["account", "created_at"], name="cancellation_created"),
        ]


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
        indexes = [
            models.Index(fields=["account", "number"], name="gesture_number"),
            models.Index(fields=["account", "created_at"], name="gesture_created"),
        ]
