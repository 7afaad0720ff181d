"""The outbox: one row for each thing we ask of the marketplace, its lines, and everything that happened to it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from fulfilment.models.batches import Batch
from fulfilment.models.states import ENDED, OPEN, State
from octopia.contract.vocabulary import Verb
from orders.lifecycle import Verdict
from orders.models import Order, Owned, money

SCHEMA = 1  # of the payload; a row of a newer one is left to newer workers


class Command(Owned):
    """One thing we ask of the marketplace. The row is the queue, the log and the receipt; it is never deleted."""

    subject = models.CharField(max_length=64)  # the number of the order it is about
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8)  # a Verb
    payload = models.JSONField(default=dict)  # in our words: the verb's file translates
    schema = models.PositiveSmallIntegerField(default=SCHEMA)
    fingerprint = models.CharField(max_length=64)  # of kind and payload: what was asked, whoever asked it
    form_token = models.CharField(max_length=40)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="commands")
    author = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=100, blank=True)  # kept when the person has gone
    approver = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    order_version = models.PositiveIntegerField()  # of the order as the author saw it
    amount = money()  # of a command that moves money
    currency = models.CharField(max_length=8, blank=True)
    refund = models.BooleanField(default=False)  # moves money: never sent again by the machine, settled by its rights
    note = models.CharField(max_length=500, blank=True)  # for the team; never sent

    state = models.CharField(max_length=16, choices=State, default=State.READY)
    epoch = models.PositiveIntegerField(default=0)  # one more with every claim, mark and look
    lease = models.DateTimeField(null=True)
    due = models.DateTimeField(default=timezone.now)  # a hold, a back-off, the next look: the same thing
    held = models.BooleanField(default=False)  # a person may still take it back until `due`
    deadline = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # marks: how often bytes may have left
    tries = models.PositiveIntegerField(default=0)  # claims in a row that ended without a mark, for the back-off
    crashes = models.PositiveSmallIntegerField(default=0)  # claims nobody ended
    left_at = models.DateTimeField(null=True)  # the end of the last attempt: looks are counted from here
    looks = models.PositiveSmallIntegerField(default=0)  # which look of its plan comes next
    absent_reads = models.PositiveSmallIntegerField(default=0)
    look_first = models.BooleanField(default=False)  # an attempt may have gone through: read before the next one
    baseline = models.JSONField(null=True)  # ids of the list before the first mark
    evidence = models.JSONField(default=dict)  # what proved the effect, or its absence
    remote_id = models.CharField(max_length=100, blank=True)
    seen_at = models.DateTimeField(null=True)  # the effect, or its request, was read back
    reason = models.TextField(blank=True)  # the marketplace's words, or ours, about how it ended
    verdict = models.JSONField(null=True)  # what we expected when it was judged last; our refusal, where it is one
    created_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)  # a person has read how it ended badly
    acknowledged_by = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form_token", "account", "subject"], name="one_command_a_form"),
            models.UniqueConstraint(
                fields=["account", "subject"],
                condition=(Q(state__in=OPEN) | Q(state=State.TAKEN, seen_at=None)) & ~Q(kind=Verb.INVOICE),
                name="one_open_command",
            ),
            models.UniqueConstraint(
                fields=["account", "subject"],
                condition=(Q(state__in=OPEN) | Q(state=State.TAKEN, seen_at=None)) & Q(kind=Verb.INVOICE),
                name="one_open_upload",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="a_known_state"),
            models.CheckConstraint(condition=Q(kind__in=list(Verb)), name="a_known_verb"),
        ]
        indexes = [
            models.Index(
                fields=["due"],
                condition=Q(state__in=[State.READY, State.UNKNOWN, State.TAKEN]),
                name="command_due",
            ),
            models.Index(
                fields=["lease"], condition=Q(state__in=[State.PREPARING, State.SENDING]), name="command_lease"
            ),
            models.Index(fields=["account", "subject"], name="command_subject"),
            models.Index(fields=["order"], name="command_order"),
            models.Index(fields=["account", "created_at"], condition=~Q(state__in=ENDED), name="command_unended"),
            models.Index(fields=["account", "kind", "ended_at"], name="command_ended"),
            models.Index(
                fields=["account"],
                condition=Q(state=State.REFUSED, acknowledged_at=None),
                name="command_bad_news",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def verb(self) -> Verb:
        return Verb(self.kind)

    @property
    def judged(self) -> Verdict | None:
        """What we expected when it was judged last."""
        return Verdict.from_json(self.verdict) if self.verdict else None

    @property
    def is_open(self) -> bool:
        """Does it close the order to other commands?"""
        return self.state in OPEN or (self.state == State.TAKEN and self.seen_at is None)

    @property
    def in_flight(self) -> bool:
        """Will the machine move it without anybody's doing?"""
        return self.state not in ENDED and self.state not in (State.PROPOSED, State.ATTENTION)

    @property
    def on_hold(self) -> bool:
        """Held for a moment, so that its author may take it back."""
        return self.state == State.READY and self.held and self.due > timezone.now()


class CommandLine(Owned):
    """A line that a command names; while the command is open or in progress no other may name it."""

    command = models.ForeignKey(Command, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["command", "code"], name="one_line_a_command")]

    def __str__(self) -> str:
        return self.code


class CommandEvent(Owned):
    """One thing that happened to a command; `was` = `became` for what moved nothing (a look, a note). Append-only."""

    command = models.ForeignKey(Command, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    was = models.CharField(max_length=16, blank=True)  # empty for the first
    became = models.CharField(max_length=16)
    epoch = models.PositiveIntegerField()
    actor = models.ForeignKey("backoffice.User", null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=100, blank=True)  # empty: the machine
    what = models.CharField(max_length=24)  # a word of `fulfilment.words.EVENTS`
    said = models.CharField(max_length=2000, blank=True)  # the marketplace's words, or a person's reason

    class Meta:
        indexes = [models.Index(fields=["command", "id"], name="event_command")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.was} → {self.became}"


def lines_of(payload: dict[str, Any]) -> list[str]:
    """The codes of the lines that a payload names, in its order, each once; empty: the whole order."""
    named = [code for parcel in payload.get("parcels", ()) for code in parcel.get("lines", ())]
    named += [line["code"] for line in payload.get("lines", ()) if isinstance(line, dict)]
    return list(dict.fromkeys(named))


__all__ = ["Command", "CommandEvent", "CommandLine", "lines_of"]
