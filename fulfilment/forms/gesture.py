"""How much, why, and in which words: bounded by what was fetched before a sign is typed. It fetches nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice import shop, typography
from fulfilment.forms.asking import GONE, Asking
from orders import words
from orders.models import GestureRequest, Order

OTHER = "Other"
CENT = Decimal("0.01")
_AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "class": "amount-field"}


@dataclass(frozen=True)
class Bounds:
    """What bounds the amount: `most` is what bites, `by` says which in words; `mine` what may be given alone."""

    most: Decimal
    by: str
    currency: str
    mine: Decimal
    given: Decimal

    @property
    def sign(self) -> str:
        return typography.SIGNS.get(self.currency, self.currency)

    @property
    def wall(self) -> str:
        """What bites, and why."""
        told = {"most": typography.amount(self.most, self.currency), "why": self.by}
        return gettext("At most %(most)s: %(why)s") % told

    @property
    def words(self) -> str:
        """What is said beside the amount before it is typed."""
        said = self.wall
        if self.mine < self.most:
            mine = typography.amount(self.mine, self.currency)
            said += " " + gettext("Above %(mine)s a colleague confirms it.") % {"mine": mine}
        return said


class AmountField(forms.DecimalField):
    """An amount as people type it: with a comma or a point, whatever the page's language; its sign may be left."""

    default_error_messages = {
        "required": _("Write the amount, such as 9.99."),
        "invalid": _("This is no amount: write it such as 9.99."),
        "min_value": _("The amount is above zero, such as 9.99."),
        "max_decimal_places": _("The amount has two decimals at most, such as 9.99."),
    }

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # as the field it extends
        typed = "".join(str(value or "").replace("€", "").split())
        if typed.count(",") == 1 and "." not in typed:
            typed = typed.replace(",", ".")
        amount: Decimal | None = super().to_python(typed)
        return amount


class GestureForm(Asking):
    """`bounds` were fetched; `earlier` are the order's gestures that stand in the way of the same one again."""

    amount = AmountField(
        label=_("Amount"), min_value=CENT, max_digits=10, decimal_places=2, widget=forms.TextInput(attrs=_AMOUNT)
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=list(words.GESTURE_REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason."), "invalid_choice": GONE},
    )
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
        amount = self.fields["amount"]
        amount.help_text = bounds.words
        amount.error_messages |= dict.fromkeys(("max_digits", "max_whole_digits"), bounds.wall.replace("%", "%%"))
        amount.label = gettext("Amount in %(currency)s") % {"currency": bounds.sign}

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"].quantize(CENT)  # it has two decimals at most
        if amount > self.bounds.most:
            raise forms.ValidationError(self.bounds.wall, code="above")
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        reason, amount = cleaned.get("reason"), cleaned.get("amount")
        if reason == OTHER and not cleaned.get("details", "").strip():
            self.add_error("details", _("Say in a sentence what it is for: “Other” needs it."))
        if (same := self.same(reason, amount)) is not None:
            self.add_error(None, _repeated(same))
        return cleaned

    def same(self, reason: Any, amount: Any) -> GestureRequest | None:
        """The gesture that this one would repeat: given, or being decided."""
        return next((one for one in self.earlier if (one.reason, one.amount) == (reason, amount)), None)

    def typed(self, data: Any) -> tuple[Decimal | None, str]:
        """The amount in `data`, None where it cannot be given; and why it would be turned down, or ""."""
        try:
            amount = self.fields["amount"].clean(data.get("amount"))
        except forms.ValidationError:
            return None, ""
        if amount > self.bounds.most:
            return None, self.bounds.words
        same = self.same(data.get("reason"), amount)
        return amount, _repeated(same) if same else ""


def _repeated(same: GestureRequest) -> str:
    if same.status != "Done" or same.created_at is None:
        return gettext("The same gesture is being decided already: the marketplace would reject a repeat.")
    day = typography.day(same.created_at, shop.zone(), timezone.now())
    return gettext("Already given on %(day)s: the marketplace rejects a repeat.") % {"day": day}
