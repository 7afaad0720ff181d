"""Why something was cancelled, in words: ours for the codes that are documented, else the marketplace's own, else the
code as it came. What its list of reasons taught is kept by account."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.models import SellerAccount
from orders.models import Reason

KNOWN: dict[str, Promise] = {  # the documented codes; more exist, which are named by the marketplace alone
    "seller-refusal": _("Refused by the seller"),
    "missing-product": _("Missing product"),
    "reference-mistake": _("Wrong reference"),
}


def learn(account: SellerAccount, told: Iterable[tuple[str, str]]) -> None:
    """Keep what the marketplace calls its reasons: (code, label). A label that is the code itself says nothing."""
    rows = {
        code: Reason(account=account, code=code, label=label[:500], learned_at=timezone.now())
        for code, label in told
        if label and label != code and len(code) <= Reason.LONGEST
    }
    Reason.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["account", "code"],
        update_fields=["label", "learned_at"],
    )


def labels(accounts: Sequence[int]) -> dict[str, str]:
    """What the marketplace calls the reasons of these accounts, by code; what was learned last counts."""
    rows = Reason.objects.filter(account__in=accounts).order_by("learned_at", "pk")
    return dict(rows.values_list("code", "label"))


def words(code: str, labels: Mapping[str, str]) -> str:
    """The reason in the reader's language where we know it; `labels`: the marketplace's, by code."""
    return str(KNOWN.get(code) or labels.get(code) or code)
