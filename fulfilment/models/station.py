"""The pack station's own tables: what stands on each station's screen, and what was counted into the parcels."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from fulfilment.models.commands import Command
from orders.models import Order, Owned


class Bench(models.Model):
    """One pack station, that is one session: the order on it and how far it is. It goes when it rests for days."""

    key = models.CharField(max_length=40, unique=True)  # the station of its claims
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    last = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")  # declared here last
    work = models.JSONField(default=dict)  # `station.work.Work`
    turn = models.PositiveIntegerField(default=0)  # one more with each step: which answer a page shows
    tokens = ArrayField(models.CharField(max_length=40), default=list)  # of the steps taken: none is taken twice
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key


class Packed(Owned):
    """How the items of a declaration were checked. Ours alone, never sent."""

    command = models.OneToOneField(Command, on_delete=models.CASCADE, related_name="packed")
    counts = models.JSONField(default=dict)  # by line: how many items were scanned; empty where none had to be

    def __str__(self) -> str:
        return str(self.command)
