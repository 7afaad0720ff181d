"""Why a command was not put, or not sent: each says what the caller may tell the person."""

from fulfilment.models import Command
from orders.lifecycle import Verdict
from orders.models import Order


class Late(Exception):
    """The claim is no longer ours, or nearly over: whoever has it now goes on."""


class Refused(Exception):
    """The marketplace would not take this, says the rule in `verdict`."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict.words))
        self.verdict = verdict


class Occupied(Exception):
    """Another command is under way for this order or for one of its lines: `command`."""

    def __init__(self, command: Command) -> None:
        super().__init__(f"{command.kind} of {command.subject} is {command.state}")
        self.command = command


class Stale(Exception):
    """The order changed since the page was opened: `order` as it is now."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"{order.number} is at version {order.version} now")
        self.order = order


class NotNow(Exception):
    """A person's step that the command's state, or the person, does not allow any more; the text is for the person."""
