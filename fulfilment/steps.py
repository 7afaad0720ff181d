"""A person's steps on one command: which there are for whom, and what each does. The outbox judges the state."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import octopia
from backoffice import marketplace, shop, typography
from backoffice.models import User
from fulfilment import limits
from fulfilment.models import Command, State
from fulfilment.outbox import asking
from fulfilment.outbox.refusals import NotNow
from fulfilment.verbs.registry import Guard, Proof, act_of
from octopia.contract.vocabulary import Verb


class Silent(Exception):
    """The marketplace did not answer a look that had to come first: nothing was sent."""


@dataclass(frozen=True)
class Step:
    """One button. `key`: of the order's page; `danger`: outlined in red."""

    name: str
    label: str | Promise
    do: Callable[[Command, User, str], None]
    may: Callable[[User, Command], bool]
    states: tuple[State, ...]
    done: str | Promise
    key: str = ""
    danger: bool = False

    def offered(self, user: User, command: Command) -> bool:
        return command.state in self.states and self.may(user, command)


def settles(user: User, command: Command) -> bool:
    """May this person say what became of it? Money has a right of its own."""
    right = "money" if moves_money(command) else command.kind
    return user.has_perm(f"fulfilment.attention_{right}")


def moves_money(command: Command) -> bool:
    return command.verb in (Verb.CANCEL, Verb.GESTURE) and act_of(command).guard(command) is Guard.MONEY


def _proposes(user: User, command: Command) -> bool:
    """Money that this person may not settle: a colleague closes it, on what this person found."""
    return moves_money(command) and user.has_perm("fulfilment.attention_propose") and not settles(user, command)


def own(user: User, command: Command) -> bool:
    return command.author_id == user.pk or user.has_perm("fulfilment.withdraw_any")


def _own_held(user: User, command: Command) -> bool:
    return command.on_hold and own(user, command)


def _second(user: User, command: Command) -> bool:
    return user.has_perm("fulfilment.approve") and command.author_id != user.pk


def _resends(user: User, command: Command) -> bool:
    """Money above the limit is sent again by another than its author alone."""
    if not settles(user, command):
        return False
    return not (moves_money(command) and _above(command)) or command.author_id != user.pk


def _above(command: Command) -> bool:
    """Is it more than one person sends again alone? So is what the limit says nothing of."""
    limit = Decimal(shop.choice("confirm_above"))
    return command.amount is None or command.currency != limits.CURRENCY or command.amount > limit


def _read(user: User, command: Command) -> bool:
    return command.acknowledged_at is None and (own(user, command) or settles(user, command))


def _withdraw(command: Command, by: User, _reason: str) -> None:
    asking.withdraw(command, by)


def _send_now(command: Command, by: User, _reason: str) -> None:
    asking.send_now(command, by)


def _confirm(command: Command, by: User, _reason: str) -> None:
    asking.confirm(command, by)


def _was_done(command: Command, by: User, reason: str) -> None:
    asking.close(command, by, was_done=True, reason=reason)


def _was_not_done(command: Command, by: User, reason: str) -> None:
    asking.close(command, by, was_done=False, reason=reason)


def _propose_closing(command: Command, by: User, reason: str) -> None:
    asking.propose_closing(command, by, reason)


def _acknowledge(command: Command, by: User, _reason: str) -> None:
    asking.acknowledge(command, by)


def _send_again(command: Command, by: User, reason: str) -> None:
    """Money is looked for in the same request: what is there already is not given twice. Raises Silent, NotNow."""
    if act_of(command).guard(command) is Guard.MONEY:
        _look_first(command)
    asking.send_again(command, by, reason)


def _look_first(command: Command) -> None:
    try:
        with marketplace.client(command.account, "unknown", marketplace.IMPATIENT) as client:
            finding = act_of(command).look(client, command)
    except (octopia.Trouble, marketplace.WrongAddress) as error:
        raise Silent from error
    if finding.proof is not Proof.ABSENT:
        raise NotNow(_("It was looked for just now, and something is there: close it as done, or look again later."))


TAKE_BACK = Step(
    "take-back", gettext_lazy("Take back"), _withdraw, own, (State.READY, State.PROPOSED),
    gettext_lazy("Taken back. Nothing was sent."), key="z",
)  # fmt: skip
SEND_NOW = Step(
    "send-now", gettext_lazy("Send now"), _send_now, _own_held, (State.READY,), gettext_lazy("It leaves now."), key="e"
)
STEPS = {
    step.name: step
    for step in (
        TAKE_BACK,
        SEND_NOW,
        Step("confirm", gettext_lazy("Confirm"), _confirm, _second, (State.PROPOSED,), gettext_lazy("Confirmed.")),
        Step(
            "was-done", gettext_lazy("Was done"), _was_done, settles, (State.ATTENTION,),
            gettext_lazy("Closed: it was done."),
        ),
        Step(
            "was-not-done", gettext_lazy("Was not done: close"), _was_not_done, settles, (State.ATTENTION,),
            gettext_lazy("Closed: it was not done."),
        ),
        Step(
            "send-again", gettext_lazy("Send again"), _send_again, _resends, (State.ATTENTION,),
            gettext_lazy("It is sent again."), danger=True,
        ),
        Step(
            "propose-closing", gettext_lazy("Propose to close"), _propose_closing, _proposes, (State.ATTENTION,),
            gettext_lazy("Proposed. A colleague closes it."),
        ),
        Step(
            "acknowledge", gettext_lazy("I have read it"), _acknowledge, _read, (State.REFUSED,),
            gettext_lazy("Put aside. It stays on the order's timeline."),
        ),
    )
}  # fmt: skip


def _label(step: Step, command: Command) -> str:
    """What a press does, with the amount where a colleague's word lets it go."""
    if step.name == "confirm" and command.amount is not None:
        return _("Confirm %(amount)s") % {"amount": typography.amount(command.amount, command.currency)}
    return str(step.label)


def offered(user: User, command: Command) -> list[dict[str, Any]]:
    """The buttons of a command for this person, each with its address."""
    return [
        {
            "name": step.name,
            "label": _label(step, command),
            "key": step.key,
            "danger": step.danger,
            "url": reverse("fulfilment:step", args=[command.pk, step.name]),
        }
        for step in STEPS.values()
        if step.offered(user, command)
    ]
