"""How the copy came to be: versions, records set aside, reads that wait, cursors, and the proof of completeness."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from orders.models.base import Owned
from orders.models.documents import Order


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
    why = models.CharField(max_length=40)  # person, look-up, quarantine, hash, audit, gap, cancelled, wanted
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
