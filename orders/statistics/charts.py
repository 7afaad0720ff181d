"""What is drawn, in the coordinates of its drawing: bars up for parcels, down for those that were late. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice import typography
from orders.ports import Span

DAYS = 92  # more are drawn by the week
STEP, WIDE = 10, 6  # of a bar and its gap
UP, DOWN = 100, 40
LEAST = 2  # of a bar that is not nothing: it can be seen


@dataclass(frozen=True)
class Bar:
    """One day, or the days of one week. `x`, `y`: the upper corner of the bar that goes up."""

    begins: date
    ends: date
    label: str
    shipped: int
    late: int
    x: int
    y: int
    height: int
    depth: int
    url: str
    late_url: str


@dataclass(frozen=True)
class Chart:
    bars: tuple[Bar, ...]
    by_week: bool
    most: int
    most_late: int
    width: int
    wide: int = WIDE
    base: int = UP
    tall: int = UP + DOWN

    @property
    def marks(self) -> list[str]:
        """What stands under the drawing: its first, middle and last day."""
        places = sorted({0, (len(self.bars) - 1) // 2, len(self.bars) - 1})
        return [self.bars[place].label for place in places]

    @property
    def shipped(self) -> int:
        return sum(bar.shipped for bar in self.bars)

    @property
    def late(self) -> int:
        return sum(bar.late for bar in self.bars)


def shipped(days: Mapping[date, tuple[int, int]], span: Span, address: Callable[[date, date, bool], str]) -> Chart:
    """Parcels a day, or a week where the days are many. `address`: of the list of some days, or of its late ones."""
    by_week = (span.ends - span.begins).days >= DAYS
    pieces = list(_pieces(span, by_week))
    sums = [_sum(days, begins, ends) for begins, ends in pieces]
    most = max((orders for orders, _late in sums), default=0)
    most_late = max((late for _orders, late in sums), default=0)
    scale = min(UP / most if most else 1, DOWN / most_late if most_late else UP)  # one for both ways: lengths compare
    bars = []
    for place, ((begins, ends), (orders, late)) in enumerate(zip(pieces, sums, strict=True)):
        height, depth = (max(LEAST, round(scale * count)) if count else 0 for count in (orders, late))
        bars.append(
            Bar(
                begins=begins, ends=ends, label=typography.days(begins, ends, year=False),
                shipped=orders, late=late, x=place * STEP + (STEP - WIDE) // 2,
                y=UP - height, height=height, depth=depth,
                url=address(begins, ends, False), late_url=address(begins, ends, True),
            )
        )  # fmt: skip
    return Chart(tuple(bars), by_week, most, most_late, max(1, len(bars)) * STEP)


def _pieces(span: Span, by_week: bool) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    begins = span.begins
    while begins <= span.ends:
        ends = min(span.ends, begins + timedelta(days=6 - begins.weekday())) if by_week else begins
        found.append((begins, ends))
        begins = ends + timedelta(days=1)
    return found


def _sum(days: Mapping[date, tuple[int, int]], begins: date, ends: date) -> tuple[int, int]:
    orders = late = 0
    for ahead in range((ends - begins).days + 1):
        one = days.get(begins + timedelta(days=ahead), (0, 0))
        orders, late = orders + one[0], late + one[1]
    return orders, late
