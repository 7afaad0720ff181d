"""Many orders asked the same at once: a frozen set, shown before anything is sent and followed to its end."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from orders.models import Order, Owned


class Batch(Owned):
    """A set of orders of one account and one verb. A draft is a preview; it is thrown away after a day."""

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"  # sent off: its commands have states of their own
        PAUSED = "paused"  # its unsent commands wait
        WITHDRAWN = "withdrawn"  # what had not left is being taken back, or was
        DISCARDED = "discarded"  # a preview that nobody confirmed: its orders are forgotten

    class Group(models.TextChoices):
        """What a preview says of one order."""

        CLEAR = "clear"
        LOOK = "look"  # it would be taken; a person looks first
        NOT = "not"  # not possible here

    token = models.CharField(max_length=40, unique=True)  # of the form that made it
    kind = models.CharField(max_length=8)  # a Verb
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    author = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=100, blank=True)
    view = models.CharField(max_length=2000, blank=True)  # the address of the list it was chosen in
    options = models.JSONField(default=dict)  # what holds for every order of it (a carrier, a reason)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at"], name="batch_newest"),
            models.Index(fields=["state"], condition=Q(ended_at=None), name="batch_unended"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class BatchItem(Owned):
    """One order of a batch, in the version that was seen when the set was frozen."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=64)
    order_version = models.PositiveIntegerField()
    payload = models.JSONField(default=dict)  # what is particular to this order: its parcel
    answer = models.CharField(max_length=8, blank=True)  # the Group it was in when the set was frozen
    why = models.CharField(max_length=12, blank=True)  # of that group: a word of `batches.words.WHY`
    verdict = models.JSONField(null=True)  # the rule behind it, or whose command is in the way
    left_out = models.BooleanField(default=False)  # by a person, in the preview
    trouble = models.CharField(max_length=500, blank=True)  # why it was not put: a word of `batches.words.TROUBLES`
    command = models.ForeignKey("fulfilment.Command", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="one_item_a_place"),
            models.UniqueConstraint(fields=["batch", "order"], name="one_item_an_order"),
            models.UniqueConstraint(fields=["command"], condition=~Q(command=None), name="one_item_a_command"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.number
