"""The call budget as the client sees it: asked before each call, told what came of it; the policy is elsewhere."""

from typing import Protocol


class Gate(Protocol):
    """Handed to the client. A lane is a share of the budget: command, unknown, single, sync, backfill."""

    def admit(self, lane: str) -> None:
        """Count one call in `lane`, or raise Busy with the seconds until one may be made."""

    def heard(self, lane: str, *, status: int | None, wait: float | None, quota: bool) -> None:
        """What came of an admitted call: its status, None when no whole answer came; the seconds it asks us to wait,
        and whether that is the quota, which pauses every lane. Must not raise: the answer would be lost."""


class OpenGate:
    """Admits everything and remembers nothing: tests and single commands."""

    def admit(self, lane: str) -> None:
        return None

    def heard(self, lane: str, *, status: int | None, wait: float | None, quota: bool) -> None:
        return None
