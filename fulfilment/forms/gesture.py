"""How much, why, and in which words: bounded by what was fetched before a sign is typed. It fetches nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice import typography
from fulfilment.forms.asking import Asking
from orders.models import GestureRequest, Order

OTHER = "Other"
REASONS = (  # the documented codes; more exist, whose names are unknown (documented in words)
    ("MissingProduct", _("Missing product")),
    ("ShippingFees", _("Delivery costs")),
    (OTHER, pgettext_lazy("reason of a gesture", "Other")),
)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Bounds:
    """What bounds the amount: `most` is what bites, `by` says which in words; `mine` what may be given alone."""

    most: Decimal
    by: str
    currency: str
    mine: Decimal
    given: Decimal

    @property
    def words(self) -> str:
        """What is said beside the amount before it is typed."""
        told = {"most": typography.amount(self.most, self.currency), "why": self.by}
        said = _now("At most %(most)s: %(why)s") % told
        if self.mine < self.most:
            mine = typography.amount(self.mine, self.currency)
            said += " " + _now("Above %(mine)s a colleague confirms it.") % {"mine": mine}
        return said


class GestureForm(Asking):
    """`bounds` were fetched; `earlier` are the order's gestures that stand in the way of the same one again."""

    amount = forms.DecimalField(label=_("Amount"), min_value=CENT, max_digits=10, decimal_places=2, localize=True)
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS, widget=forms.RadioSelect)
    details = forms.CharField(
        label=_("Details"),
        help_text=_("Sent to the marketplace; needed for “Other”."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    note = forms.CharField(
        label=_("Note for the team"), help_text=_("Kept with the request, never sent."), required=False, max_length=500
    )

    def __init__(
        self, data: Any = None, *, order: Order, bounds: Bounds, earlier: Sequence[GestureRequest] = (), **kwargs: Any
    ) -> None:
        super().__init__(data, order=order, **kwargs)
        self.bounds, self.earlier = bounds, earlier
        self.fields["amount"].help_text = bounds.words
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "money-field"}

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if amount > self.bounds.most:
            most = typography.amount(self.bounds.most, self.bounds.currency)
            raise forms.ValidationError(
                _now("At most %(most)s: %(why)s") % {"most": most, "why": self.bounds.by}, code="above"
            )
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        reason, amount = cleaned.get("reason"), cleaned.get("amount")
        if reason == OTHER and not cleaned.get("details", "").strip():
            self.add_error("details", _("Say in a sentence what it is for: “Other” needs it."))
        for request in self.earlier:
            if (request.reason, request.amount) == (reason, amount):
                self.add_error(None, _("The same gesture was already given: the marketplace refuses a repeat."))
                break
        return cleaned
