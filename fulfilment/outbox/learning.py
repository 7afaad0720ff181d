"""What an answer of the marketplace teaches: whether our verdict was right, and what a channel can do."""

from typing import Any

from fulfilment.models import Command, State
from orders import lifecycle


def learn(*, command: Command, was: State, became: State, **_: Any) -> None:
    """Count the first clear answer to what was sent against what we expected; a verb with a request says yes first."""
    if was != State.SENDING or became not in (State.TAKEN, State.REFUSED) or command.verdict is None:
        return
    verdict = lifecycle.Verdict.from_json(command.verdict)
    accepted = became == State.TAKEN
    lifecycle.outcome(
        command.account, command.verb, command.order.channel, verdict, accepted, "" if accepted else command.reason,
        number=command.subject,
    )  # fmt: skip
