"""The states of a command and the moves between them, as data: whatever else is written is a mistake."""

from collections.abc import Mapping

from django.db import models


class State(models.TextChoices):
    """What became of our request; its words for the screen are `wording.REQUEST`."""

    PROPOSED = "PROPOSED"
    READY = "READY"
    PREPARING = "PREPARING"
    SENDING = "SENDING"
    TAKEN = "TAKEN"
    CONFIRMED = "CONFIRMED"
    UNKNOWN = "UNKNOWN"
    ATTENTION = "ATTENTION"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    CLOSED_DONE = "CLOSED_DONE"
    CLOSED_NOT_DONE = "CLOSED_NOT_DONE"


OPEN = (State.PROPOSED, State.READY, State.PREPARING, State.SENDING, State.UNKNOWN, State.ATTENTION)
"""An order has one command in these, and in TAKEN until its effect was seen."""

ENDED = (State.CONFIRMED, State.REFUSED, State.WITHDRAWN, State.CLOSED_DONE, State.CLOSED_NOT_DONE)
WITH_A_PERSON = (State.PROPOSED, State.ATTENTION)

MOVES: Mapping[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.READY, State.WITHDRAWN}),
    State.READY: frozenset({State.PREPARING, State.WITHDRAWN}),
    State.PREPARING: frozenset(
        {State.SENDING, State.CONFIRMED, State.TAKEN, State.REFUSED, State.READY, State.ATTENTION}
    ),
    State.SENDING: frozenset(
        # SENDING again: the one repetition after a refused token, under a mark of its own
        {State.SENDING, State.TAKEN, State.CONFIRMED, State.REFUSED, State.ATTENTION, State.READY, State.UNKNOWN}
    ),
    State.UNKNOWN: frozenset({State.CONFIRMED, State.TAKEN, State.READY, State.ATTENTION}),
    State.TAKEN: frozenset({State.CONFIRMED, State.REFUSED, State.ATTENTION}),
    State.ATTENTION: frozenset({State.CLOSED_DONE, State.CLOSED_NOT_DONE, State.READY}),  # by a person only
    **{state: frozenset() for state in ENDED},
}
