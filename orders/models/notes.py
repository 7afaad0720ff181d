"""What people write beside an order: for each other, or for whoever packs it. Never sent to the marketplace."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders import folding
from orders.models.base import Owned
from orders.models.documents import Order

LONGEST = 2000  # signs


class Note(Owned):
    """One note; it may hold personal data, and goes with the order's contact data."""

    class Kind(models.TextChoices):
        TEAM = "team", _("For the team")
        PACKER = "packer", _("For the packer")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="notes", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEAM)
    text = models.CharField(max_length=LONGEST)
    folded = models.CharField(max_length=2 * LONGEST, blank=True, db_collation="C")  # by which it is found
    author = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=100, blank=True)  # kept when the person has gone
    at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_note_says_something"),
            models.CheckConstraint(condition=Q(kind__in=["team", "packer"]), name="a_known_kind_of_note"),
        ]
        indexes = [
            models.Index(fields=["order", "at"], name="note_order"),
            GinIndex(fields=["folded"], opclasses=["gin_trgm_ops"], name="note_words"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} note"

    def save(self, **kwargs: Any) -> None:
        self.folded = folding.fold(self.text)[: 2 * LONGEST]
        super().save(**kwargs)
