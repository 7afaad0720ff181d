"""How far a confirmed batch is, counted from its commands: nothing is called done while one of them is open."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from backoffice import wording
from fulfilment.batches import words
from fulfilment.models import ENDED, WITH_A_PERSON, Batch, BatchItem, State

TO_PUT, NOT_ASKED, OPEN = "to-put", "not-asked", "open"  # what is no state of a command
LEAVING = (State.PREPARING, State.SENDING)  # one word for both
SEQUENCE = (
    State.ATTENTION, State.REFUSED, State.UNKNOWN, State.PROPOSED, State.READY, State.SENDING, State.TAKEN,
    State.CONFIRMED, State.CLOSED_DONE, State.CLOSED_NOT_DONE, State.WITHDRAWN,
)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """The numbers of one batch. `states`: of its commands; `to_put`: orders whose command is not there yet;
    `not_asked`: orders left alone on purpose; `failed`: orders that could not be asked for."""

    states: dict[str, int]
    to_put: int
    not_asked: int
    failed: int
    repeating: int = 0  # of those that wait to be sent: an attempt may have gone through already

    @property
    def asked(self) -> int:
        """The orders that were sent off: everything but what was left alone on purpose."""
        return sum(self.states.values()) + self.to_put + self.failed

    @property
    def ended(self) -> int:
        return sum(number for state, number in self.states.items() if state in ENDED) + self.failed

    @property
    def done(self) -> int:
        return self.states.get(State.CONFIRMED, 0) + self.states.get(State.CLOSED_DONE, 0)

    @property
    def taken_back(self) -> int:
        return self.states.get(State.WITHDRAWN, 0)

    @property
    def open(self) -> int:
        return self.asked - self.ended

    @property
    def in_flight(self) -> int:
        """What moves by itself: as long as there is some, the page asks again."""
        return self.open - sum(self.states.get(state, 0) for state in WITH_A_PERSON)

    @property
    def unsent(self) -> int:
        """What can be taken back."""
        return self.to_put + self.states.get(State.READY, 0) - self.repeating + self.states.get(State.PROPOSED, 0)


def progress(batch: Batch) -> Progress:
    """One query."""
    return of_batches([batch.pk])[batch.pk]


def of_batches(ids: list[int]) -> dict[int, Progress]:
    """Of several batches; one query."""
    rows: Any = BatchItem.objects.filter(batch__in=ids).order_by()
    counted = rows.values_list("batch", "command__state", "command__look_first", "trouble").annotate(orders=Count("pk"))
    found: dict[int, tuple[dict[str, int], list[int]]] = {pk: ({}, [0, 0, 0, 0]) for pk in ids}
    for pk, state, repeating, trouble, number in counted:
        states, rest = found[pk]
        if state:
            states[state] = states.get(state, 0) + number
            rest[3] += number if repeating and state == State.READY else 0
        else:
            rest[0 if not trouble else 1 if trouble in words.EXPECTED else 2] += number
    return {pk: Progress(states, *rest) for pk, (states, rest) in found.items()}


def version(batch: Batch, now: Progress) -> str:
    """Changes whenever the page would."""
    told = f"{batch.state}|{sorted(now.states.items())}|{now.to_put}|{now.not_asked}|{now.failed}|{batch.ended_at}"
    return blake2b(told.encode(), digest_size=8).hexdigest()


def tabs(now: Progress) -> list[tuple[str, str, int]]:
    """What the list can be narrowed to: (word of the address, label, number), without the empty ones."""
    found = [("", _("All"), now.asked + now.not_asked)]
    if now.to_put:
        found.append((TO_PUT, _("Not asked yet"), now.to_put))
    states = {**now.states, State.SENDING: sum(now.states.get(state, 0) for state in LEAVING)}
    found += [
        (state.lower(), str(wording.word(state, "request").label), states[state])
        for state in SEQUENCE
        if states.get(state)
    ]
    if now.failed + now.not_asked:
        found.append((NOT_ASKED, _("Not asked for"), now.failed + now.not_asked))
    return found


def narrowed(batch: Batch, name: str) -> Any:
    """The items behind one tab; all of them for a name that is none."""
    items = BatchItem.objects.filter(batch=batch)
    if name == TO_PUT:
        return items.filter(command=None, trouble="")
    if name == NOT_ASKED:
        return items.filter(command=None).exclude(trouble="")
    if name.upper() == State.SENDING:
        return items.filter(command__state__in=LEAVING)
    if name.upper() in State.values:
        return items.filter(command__state=name.upper())
    return items


def orders_of(pk: int) -> Q:
    """The condition on an order to be one of a batch that was sent off, for the list of orders."""
    sent = BatchItem.objects.filter(batch=pk, batch__confirmed_at__isnull=False)
    return Q(pk__in=sent.values("order"))


def told(batch: Batch, now: Progress) -> tuple[str, str]:
    """Tone and sentence about how far it is; never a success while one is open."""
    numbers = {"done": now.done, "all": now.asked, "open": now.open, "back": now.taken_back}
    if now.open:
        if batch.state == Batch.State.PAUSED:
            return "warn", _(
                "Paused: %(open)s of %(all)s have not ended. Nothing more leaves until you go on."
            ) % numbers
        if batch.state == Batch.State.WITHDRAWN:
            return "warn", _("Being taken back: %(open)s of %(all)s have not ended.") % numbers
        if not now.in_flight:
            return "warn", _("%(open)s of %(all)s wait for a person.") % numbers
        return "info", _("Under way: %(open)s of %(all)s have not ended.") % numbers
    if now.asked == 0:
        return "info", _("Nothing was asked for.")
    if now.done == now.asked:
        return "ok", _("All %(all)s are confirmed by the marketplace.") % numbers
    if now.done + now.taken_back == now.asked:
        return "info", _("%(done)s of %(all)s are confirmed, %(back)s were taken back.") % numbers
    return "warn", _("%(done)s of %(all)s are confirmed; see below what became of the others.") % numbers
