"""What each verb must say of itself, and where it says so; the outbox knows the verbs by this alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

import octopia
from fulfilment.models import Command
from octopia.contract.vocabulary import Verb
from orders.lifecycle import Verdict


class Proof(Enum):
    """What a look at the marketplace, or at our copy of it, says about one command."""

    FOUND = "found"  # its effect is there
    FOLLOWED = "followed"  # its request is there and not decided yet
    REJECTED = "rejected"  # its request is there and was turned down
    ABSENT = "absent"  # a complete reading shows that it is not there
    UNCLEAR = "unclear"  # several, a part of it, or something else in its place: a person looks


@dataclass(frozen=True)
class Finding:
    """A look's result. `said` is for a person; `evidence` is kept with the command."""

    proof: Proof
    said: str = ""
    remote_id: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


class Guard(StrEnum):
    """How well the marketplace guards against a second one: after how many absent reads the machine sends again."""

    STRONG = "S"
    WEAK = "W"
    MONEY = "M"  # never sent again by the machine


def nothing(client: octopia.Client, command: Command) -> None:
    """No read before the first send: the mirror's row was judged at the claim."""


Follow = Callable[[octopia.Client, Command], Finding]


@dataclass(frozen=True)
class Act:
    """One verb.

    `send` makes the write, the last thing it does, and gives the id of the request, "" when there is none. `look` reads
    whether the effect is there; it raises what a read raises, and proves nothing then. `mirrored` asks our copy alone.
    `prepare` reads before the first send: it keeps the baseline, and raises Refused when it finds it impossible.
    `follow` reads what became of a request that was taken; None where the effect shows in the order itself. `judge` is
    the verdict by the mirror's row.
    """

    verb: Verb
    send: Callable[[octopia.Client, Command], str]
    look: Callable[[octopia.Client, Command], Finding]
    mirrored: Callable[[Command], Finding]
    judge: Callable[[Command], Verdict]
    guard: Callable[[Command], Guard]
    prepare: Callable[[octopia.Client, Command], None] = nothing
    follow: Follow | None = None


ACTS: dict[Verb, Act] = {}


def register(act: Act) -> Act:
    ACTS[act.verb] = act
    return act


def act_of(command: Command) -> Act:
    return ACTS[command.verb]
