"""What can be set about the market's behaviour; the defaults are those of the dossier."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Settings:
    """Durations in seconds of the market's clock unless the name says otherwise; a limit of 0 is no limit."""

    token_life: int = 7_200
    tokens_per_hour: int = 500
    calls_per_hour: int = 600  # U17
    quota_retry_after: bool = True  # the quota's 403 also carries Retry-After
    preparation_delay: float = 30  # R6
    cancellation_delay: float = 20  # R42
    gesture_delay: float = 20  # R50
    import_delay: float = 10
    approval_hours: float = 48  # R5
    rejected_share: float = 0  # of cancellations and gestures, drawn
    late_decision_share: float = 0  # decided only after late_decision_delay
    late_decision_delay: float = 86_400
    closed_bodies: bool = True  # a member the contract does not name is a 400
    closed_queries: bool = True  # an unknown query name is a 400, but for orders (section 2.2)
    strict_tracking: bool = True  # R28 beyond the pattern: the number is in the URL, the host is public
    processing_listed: bool = True  # sellers rarely see Processing (3.1)
    latest_orders: int = 100  # R14: how many come without a date filter
    late_share: float = 0  # of the updates that lists show late
    late_seconds: float = 120  # how late at most
    drift_share: float = 0  # of the list calls after which an order of the page changes
    latency: float = 0  # wall seconds before each answer
    link_origin: str = "https://api.octopia-io.net"
    check_answers: bool = False  # validate every answer against the contract: slow, for tests
    live_orders_per_hour: float = 30
    live_queue: int = 150  # above this many open orders a colleague ships some
    live_approvals: int = 30  # above this many waiting orders a colleague accepts the oldest ones

    def change(self, values: dict[str, Any]) -> None:
        """Set several at once; `ValueError` names the one that is unknown or of the wrong kind, and nothing changes."""
        kinds = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in values.items():
            if name not in kinds:
                raise ValueError(f"no setting is called {name!r}")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            fits = number if kinds[name] in (int, float) else isinstance(value, kinds[name])
            if not fits:
                raise ValueError(f"{name} is a {kinds[name].__name__}")
        for name, value in values.items():
            setattr(self, name, value)
