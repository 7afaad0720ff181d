"""Files of tracking numbers: who brought which and what was sent of it; labels on the cart; lists for drivers."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from fulfilment.models.batches import Batch
from orders.models import Owned


class Import(Owned):
    """One file. Its content is on disk for a day; here are only the cells that a shipment needs."""

    class State(models.TextChoices):
        OPENED = "opened"  # which column holds what is not settled
        CHECKED = "checked"  # every row has its verdict; nothing is sent
        SENT = "sent"  # its batch goes on from here
        DISCARDED = "discarded"  # nobody sent it within a day

    author = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200)  # of the file, as it was brought
    digest = models.CharField(max_length=64)  # of its content
    state = models.CharField(max_length=10, choices=State, default=State.OPENED)
    layout = models.CharField(max_length=64)  # the same for files laid out alike
    columns = models.JSONField(default=dict)  # an `imports.columns.Columns`
    rows = models.JSONField(default=list)  # `imports.rows.Checked` of each
    counts = models.JSONField(default=dict)  # how many rows have each verdict
    batch = models.OneToOneField(Batch, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], condition=Q(state="sent"), name="one_sending_a_file")
        ]
        indexes = [models.Index(F("account"), F("id").desc(), name="import_newest")]

    def __str__(self) -> str:
        return self.name


class DockScan(Owned):
    """A label that was scanned on the cart, before the truck: once a day for each number."""

    number = models.CharField(max_length=100)
    day = models.DateField()  # the shop's
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "day", "number"], name="one_scan_a_day")]

    def __str__(self) -> str:
        return self.number


class Handover(Owned):
    """A carrier's list of one cart, as it was printed; the first of a day is the list, the others are reprints."""

    run = models.UUIDField()  # printed together
    day = models.DateField()  # the cart's
    carrier = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=100, blank=True)
    parcels = models.JSONField(default=list, db_default=[])  # `handover.Parcel` of each row, as it was printed

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "account", "carrier"], name="one_list_a_run")]
        indexes = [models.Index(fields=["account", "day"], name="handover_day")]

    def __str__(self) -> str:
        return f"{self.carrier}, {self.day}"
