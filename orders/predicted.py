"""How our predictions turned out, for the administrator's page: wrong ones first, and what became of doubtful ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from backoffice.models import SellerAccount
from orders.lifecycle import Answer
from orders.models import Prediction

SHOWN = 50


@dataclass(frozen=True)
class Outcomes:
    """`wrong` and `doubtful` are counts by case, the latest first, at most SHOWN each; `missed` of `all` were wrong."""

    wrong: list[Prediction] = field(default_factory=list)
    doubtful: list[Prediction] = field(default_factory=list)
    missed: int = 0
    all: int = 0


def outcomes(among: Sequence[SellerAccount]) -> Outcomes:
    """One query; there is a row for each verb, rule, channel and answer, so that they are few."""
    rows = list(Prediction.objects.filter(account__in=among).select_related("account").order_by("-last_at", "pk"))
    wrong = [row for row in rows if is_wrong(row)]
    return Outcomes(
        wrong=wrong[:SHOWN],
        doubtful=[row for row in rows if row.answer == Answer.DOUBTFUL.name][:SHOWN],
        missed=sum(row.count for row in wrong),
        all=sum(row.count for row in rows),
    )


def is_wrong(row: Prediction) -> bool:
    """A yes that was refused, or a no that was taken; a doubt is never wrong."""
    answer = Answer[row.answer]
    return answer is not Answer.DOUBTFUL and row.accepted is not (answer is Answer.ALLOWED)
