"""Accepting asks nothing; refusing asks why, for ourselves, and above the shop's limit the end of the number."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulfilment.forms.asking import Asking
from orders.models import Order

SIGNS = 4  # of the number, typed where much is at stake
REASONS = (
    ("out of stock", _("Out of stock")),
    ("wrong price", _("Price or offer was wrong")),
    ("cannot deliver", _("We cannot deliver there")),
    ("doubtful", _("The order looks doubtful")),
    ("other", _("Another reason")),
)


class AcceptForm(Asking):
    """Nothing to fill in."""


class RefuseForm(Asking):
    """`above`: the shop's limit; an order worth more is refused only with the last signs of its number typed."""

    reason = forms.ChoiceField(
        label=_("Why"),
        choices=REASONS,
        widget=forms.RadioSelect,
        help_text=_("For ourselves: neither the marketplace nor the customer gets to know it."),
    )
    details = forms.CharField(
        label=_("In your words"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )
    signs = forms.CharField(
        label=_("Last four signs of the order's number"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )

    def __init__(self, data: Any = None, *, order: Order, above: Decimal, **kwargs: Any) -> None:
        super().__init__(data, order=order, **kwargs)
        total = order.selling_total if order.selling_total is not None else order.offer_total
        if total is not None and total <= above:
            del self.fields["signs"]

    def clean_signs(self) -> str:
        typed: str = self.cleaned_data["signs"].strip()
        if typed.casefold() != self.order.number[-SIGNS:].casefold():
            raise forms.ValidationError(_("These are not the last four signs of this order's number."))
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == "other" and not cleaned.get("details", "").strip():
            self.add_error("details", _("Say in your words what the reason is."))
        return cleaned

    @property
    def why(self) -> str:
        """The reason as it is kept: our word for it, then the person's own."""
        return ": ".join(filter(None, (self.cleaned_data["reason"], self.cleaned_data["details"].strip())))
