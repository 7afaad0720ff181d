"""The market's own clock: real, paused or fast; always UTC, never backwards by itself."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Clock:
    """Seconds since the epoch as the market sees them: `start` at wall time `since`, running `factor` times as fast."""

    start: float
    since: float
    factor: float = 1.0

    @classmethod
    def at(cls, moment: datetime | None = None) -> "Clock":
        """A real clock, optionally set to another moment."""
        wall = time.time()
        return cls(start=moment.timestamp() if moment else wall, since=wall)

    def time(self) -> float:
        return self.start + (time.time() - self.since) * self.factor

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def _restart(self, moment: float, factor: float) -> None:
        self.start, self.since, self.factor = moment, time.time(), factor

    def pause(self, moment: datetime | None = None) -> None:
        """Stand still, here or at another moment."""
        self._restart(moment.timestamp() if moment else self.time(), 0.0)

    def resume(self) -> None:
        self._restart(self.time(), 1.0)

    def run(self, factor: float) -> None:
        """Go on `factor` times as fast; 0 pauses."""
        if not 0 <= factor <= 1_000_000:
            raise ValueError("factor must lie between 0 and 1000000")
        self._restart(self.time(), factor)

    def advance(self, seconds: float) -> None:
        """Jump ahead; effects that fall due on the way happen at their own time."""
        if seconds < 0:
            raise ValueError("the clock does not go back")
        self._restart(self.time() + seconds, self.factor)

    def saved(self) -> dict[str, float]:
        return {"start": self.start, "since": self.since, "factor": self.factor}
